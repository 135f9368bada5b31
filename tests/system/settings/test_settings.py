"""What the start says when the set-up is wrong."""

import subprocess
import sys

import pytest

from localstack import ROOT
from localstack.ports import free_port
from localstack.settings import settings

WRONG = {
    "ORG_ID_18": "00Dxx0000006IYJ",
    "CONSUMER_KEY": " ",
    "ENCODED_PRIVATE_KEY": "not base64!",
    "PORT": "http",
    "FUNCTION_PORT": "0",
    "SF_AUDIENCE": "login",
    "ORG_DOMAIN_URL": "http://acme.my.salesforce.com",
    "ALLOWED_PERMISSION_SETS": "a b",
    "CALLER_CACHE_TTL_S": "-1",
    "TOKEN_CACHE_TTL_S": "nan",
    "ORG_TIMEOUT_S": "0",
    "FUNCTION_TIMEOUT_S": "soon",
    "PROXY_THREADS": "1.5",
    "MAX_INFLIGHT": "0",
    "MAX_BODY_BYTES": "1",
    "WEB_CONCURRENCY": "0",
    "LOG_LEVEL": "LOUD",
}


@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["start", "check"])
def test_every_wrong_setting_is_told_at_once(arguments: list[str]) -> None:
    """Exit code 2, one line per problem, nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "proxy", *arguments],
        cwd=ROOT,
        env=WRONG,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert {line.split(" ")[1] for line in lines} == set(WRONG)
    assert len(lines) == len(WRONG)


def test_right_settings_pass_the_check() -> None:
    """``--check`` starts nothing and exits 0."""
    env = settings(org_url="http://127.0.0.1:1", port=free_port(), function_port=free_port())
    done = subprocess.run(
        [sys.executable, "-m", "proxy", "--check"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "proxy: the settings are complete\n")
