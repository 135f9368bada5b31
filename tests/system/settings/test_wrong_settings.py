"""Every wrong set-up is told by `--check`: cause, cure, exit code, at once, and no secret."""

import os
import resource
import subprocess
import sys
from collections.abc import Mapping

import pytest

from localstack import ROOT
from tests.system.settings.wrong_settings import (
    MISSPELT_REQUIRED,
    ORDINARY,
    REFUSED,
    WARNED,
    Slip,
    good,
)

CPU_LIMIT_S = 1.0
"""Of the processor, not by the clock: a busy machine gives others their turn meanwhile."""


def check(env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run ``python -m proxy --check`` with just these variables."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "proxy", "--check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < CPU_LIMIT_S
    return done


def require_in_order(line: str, parts: tuple[str, ...]) -> None:
    """Require each part behind the one before."""
    at = 0
    for part in parts:
        found = line.find(part, at)
        assert found >= 0, f"{part!r} is not in {line[at:]!r}"
        at = found + len(part)


def named(slips: list[Slip]) -> pytest.MarkDecorator:
    """Run a test for each of them."""
    return pytest.mark.parametrize("slip", slips, ids=lambda slip: slip.name)


@named(REFUSED)
def test_what_cannot_work_is_refused(slip: Slip) -> None:
    """One line that begins with the variable and says cause and cure; exit code 2; no secret."""
    env = slip.environment()

    done = check(env)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    require_in_order(line, ("proxy: " + slip.says[0] + " ", *slip.says[1:]))
    assert "s3cret" not in line
    key = env.get("ENCODED_PRIVATE_KEY", "")
    assert not key[100:120] or key[100:120] not in line


@named(WARNED)
def test_what_hardly_was_meant_is_warned_of(slip: Slip) -> None:
    """One warning, in which the cure stands; the start is not refused."""
    done = check(slip.environment())

    assert (done.returncode, done.stdout) == (0, "proxy: the settings are complete\n")
    (line,) = done.stderr.splitlines()
    require_in_order(line, ("proxy: warning: " + slip.says[0] + " ", *slip.says[1:]))
    assert "s3cret" not in line


@pytest.mark.parametrize(("written", "meant"), MISSPELT_REQUIRED)
def test_a_misspelt_required_name_is_found(written: str, meant: str) -> None:
    """What is missing is said together with what was written instead."""
    env = {written if name == meant else name: value for name, value in good().items()}

    done = check(env)

    assert done.returncode == 2
    missing, misspelt = done.stderr.splitlines()
    require_in_order(missing, (f"proxy: {meant} is missing",))
    require_in_order(misspelt, ("proxy: warning: ", f"is no setting: probably {meant} is meant"))


@pytest.mark.parametrize("heroku", [{}, {"DYNO": "web.1", "DATABASE_URL": "postgres://u:p@h/n"}])
def test_ordinary_variables_raise_no_alarm(heroku: dict[str, str]) -> None:
    """What others set is none of our business."""
    done = check(good() | ORDINARY | {"PATH": os.environ["PATH"]} | heroku)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("quote", ['"', "'", "\u201c"])
def test_kept_quotes_are_recognised_in_every_setting(quote: str) -> None:
    """docker's --env-file keeps quotes: one line for each variable that has them, nothing else."""
    values = {
        **good(),
        "PORT": "3000",
        "DATABASE_URL": "postgres://u:s3cret@h/n",
        "ASYNC_KEYS": "s3cret",
        "WEB_CONCURRENCY": "2",
        "SF_AUDIENCE": "https://login.salesforce.com",
        "LOG_LEVEL": "INFO",
        "ALLOWED_PERMISSION_SETS": "MySet",
        "FUNCTION_TIMEOUT_S": "9",
        "METRICS_TOKEN": "s3cret" * 5,
        "RUN_DIR": "/tmp/functions",  # noqa: S108
    }

    done = check({name: f"{quote}{value}{quote}" for name, value in values.items()})

    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert {line.split()[1] for line in lines} == set(values)
    assert len(lines) == len(values)
    for line in lines:
        assert "is in quotes" in line
        assert "remove them" in line
        assert "s3cret" not in line
