"""``python -m tools.audit``: known weaknesses of what the locks bring, by pip-audit and npm audit.

Exit code 0: none is known. 1: some are, listed. 2: nobody could be asked, so nothing is known.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PIP_AUDIT: Final = "pip-audit==2.10.1"
LOCKS: Final = ("requirements.txt", "requirements/dev.txt")
NPM_FOLDERS: Final = ("apex/lwc", "apex/tools")
LIMIT_S: Final = 300
FOUND: Final = 1
NOT_ASKED: Final = 2


class NotAskedError(Exception):
    """The advisories could not be looked up; the text says where and what to do."""


def main() -> int:
    """Audit every lock; print what is known, or why nothing is."""
    found: list[str] = []
    missing: list[str] = []
    for name, audit, where in [
        *((lock, _audit_python, "PyPI") for lock in LOCKS),
        *((folder, _audit_npm, "the npm registry") for folder in NPM_FOLDERS),
    ]:
        try:
            weaknesses = audit(name)
        except NotAskedError as error:
            missing.append(f"{name}: nothing was checked, the advisories can't be reached: {error}")
            missing.append(
                f"  try again where {where} itself answers, not a mirror without advisories"
            )
        else:
            print(f"{name}: {len(weaknesses) or 'no'} known weaknesses")
            found += weaknesses
    for line in (*found, *missing):
        print(line)
    return FOUND if found else NOT_ASKED if missing else 0


def _audit_python(lock: str) -> list[str]:
    uv = str(Path(sys.executable).with_name("uv"))
    options = ("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off")
    return of_pip_audit(
        _run([uv, "tool", "run", "--from", PIP_AUDIT, "pip-audit", "-r", lock, *options])
    )


def of_pip_audit(report: dict[str, Any]) -> list[str]:
    """Return what a report of pip-audit knows, a line each.

    Raises:
        NotAskedError: it knows of no advisories.
    """
    packages = report.get("dependencies")
    if not packages:
        raise NotAskedError("pip-audit gave no report")
    # A mirror without advisories looks to it like an index without the packages.
    if skipped := [package for package in packages if "skip_reason" in package]:
        raise NotAskedError(skipped[0]["skip_reason"])
    return [
        f"{package['name']} {package['version']}: {weakness['id']}, mended in"
        f" {', '.join(weakness['fix_versions']) or 'no release'}"
        for package in packages
        for weakness in package["vulns"]
    ]


def _audit_npm(folder: str) -> list[str]:
    return of_npm_audit(_run(["npm", "audit", "--json", "--prefix", folder]))


def of_npm_audit(report: dict[str, Any]) -> list[str]:
    """Return what a report of npm audit knows, a line each.

    Raises:
        NotAskedError: it knows of no advisories.
    """
    if "vulnerabilities" not in report:
        raise NotAskedError(str(report.get("message", "npm audit gave no report")))
    return [
        f"{name}: {weakness['severity']}, {weakness['range']}"
        for name, weakness in report["vulnerabilities"].items()
    ]


def _run(command: list[str]) -> dict[str, Any]:
    try:
        ended = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAskedError(f"{command[0]}: {type(error).__name__}") from error
    try:
        report: dict[str, Any] = json.loads(ended.stdout)
    except ValueError as error:
        last = (ended.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise NotAskedError(last[:200]) from error
    return report


if __name__ == "__main__":
    sys.exit(main())
