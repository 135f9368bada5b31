"""What `make audit` says of known weaknesses, and of not knowing."""

import os
import subprocess
import sys
from typing import Any

import pytest

from localstack import ROOT
from tools.audit import NOT_ASKED, NotAskedError, of_npm_audit, of_pip_audit


def package(name: str, *weaknesses: str) -> dict[str, object]:
    """Return what pip-audit reports of one package."""
    vulns = [{"id": each, "fix_versions": ["2.0", "1.9.1"]} for each in weaknesses]
    return {"name": name, "version": "1.0", "vulns": vulns}


def test_a_weakness_is_one_line_with_its_cure() -> None:
    """Which package, which advisory, which release mends it."""
    report = {"dependencies": [package("good"), package("bad", "PYSEC-1", "PYSEC-2")]}

    assert of_pip_audit(report) == [
        "bad 1.0: PYSEC-1, mended in 2.0, 1.9.1",
        "bad 1.0: PYSEC-2, mended in 2.0, 1.9.1",
    ]
    assert of_npm_audit(
        {"vulnerabilities": {"left-pad": {"severity": "high", "range": "<1.3"}}}
    ) == ["left-pad: high, <1.3"]


def test_no_weakness_is_no_line() -> None:
    """When it was really asked."""
    assert of_pip_audit({"dependencies": [package("good")]}) == []
    assert of_npm_audit({"vulnerabilities": {}}) == []


def test_not_knowing_is_not_no_weakness() -> None:
    """A mirror without advisories knows no package; an index that refuses gives no report."""
    skipped = {"name": "good", "skip_reason": "Dependency not found on PyPI"}
    reports: list[dict[str, Any]] = [{"dependencies": [package("a"), skipped]}, {}]
    for report in reports:
        with pytest.raises(NotAskedError):
            of_pip_audit(report)
    with pytest.raises(NotAskedError, match="405"):
        of_npm_audit({"message": "405 Method Not Allowed", "error": {}})


@pytest.mark.slow
def test_without_a_network_it_says_that_nothing_was_checked() -> None:
    """With exit code 2, and what to do about it."""
    closed = {"HTTPS_PROXY": "http://127.0.0.1:9", "UV_OFFLINE": "1", "UV_NO_CACHE": "1"}
    npm = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}

    ended = subprocess.run(
        [sys.executable, "-m", "tools.audit"],
        cwd=ROOT,
        env=os.environ | closed | npm,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert ended.returncode == NOT_ASKED, ended.stdout + ended.stderr
    lines = ended.stdout.splitlines()
    assert len(lines) == 8
    assert all("nothing was checked" in line for line in lines[::2])
    assert all("try again where" in line for line in lines[1::2])
