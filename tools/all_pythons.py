"""``python -m tools.all_pythons``: unit and relay tests on every Python of this machine.

Each gets an environment of its own under ``.local/pythons``, with what the lock names.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
DECLARED: Final = ("3.11", "3.12", "3.13", "3.14")
"""Those of pyproject.toml's classifiers."""
TESTS: Final = ("tests/unit", "tests/system/relay")
UV: Final = Path(sys.executable).with_name("uv")


def interpreters() -> dict[str, str]:
    """Return the interpreters that we are declared for, by version: on PATH, or pyenv's."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    own = f"3.{sys.version_info.minor}"
    found = {own: str(Path(sys.base_prefix, "bin", f"python{own}"))}
    for version in DECLARED:
        installed = (str(path) for path in sorted(versions.glob(f"{version}*/bin/python{version}")))
        for python in (shutil.which(f"python{version}"), *installed):
            if python and version not in found and _runs(python):
                found[version] = python
    return found


def _runs(python: str) -> bool:
    # What pyenv puts on the path stands for an interpreter that may not be chosen here.
    done = subprocess.run([python, "-c", "import venv"], capture_output=True, check=False)
    return done.returncode == 0


def environment(version: str, python: str) -> Path:
    """Make an environment, or bring it up to date; return its interpreter."""
    folder = ROOT / ".local" / "pythons" / version
    own = folder / "bin" / "python"
    if not (own.exists() and _runs(str(own))):
        _run(UV, "venv", "--quiet", "--clear", "--python", python, folder)
    target = ("--quiet", "--python", own)
    _run(UV, "pip", "sync", *target, "--require-hashes", "requirements/dev.txt")
    _run(UV, "pip", "install", *target, "--no-deps", "--no-build-isolation", "-e", ".")
    return own


def _run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


def main() -> int:
    """Test on one Python after the other; 0 when all held."""
    parser = argparse.ArgumentParser(prog="python -m tools.all_pythons", description=__doc__)
    parser.add_argument("--others", action="store_true", help="not on the one that runs this")
    parser.add_argument("--workers", default="4", help="test files at once")
    parser.add_argument("--list", action="store_true", help="only say which Pythons there are")
    arguments = parser.parse_args()
    if arguments.list:
        sys.stdout.writelines(f"{version} {path}\n" for version, path in interpreters().items())
        return 0
    failed = []
    for version, python in interpreters().items():
        if arguments.others and version == f"3.{sys.version_info.minor}":
            continue
        began = time.monotonic()
        own = environment(version, python)
        tests = [own, "-m", "pytest", "-q", "-n", arguments.workers, "--dist", "loadfile", *TESTS]
        done = subprocess.run(tests, cwd=ROOT, check=False)
        said = "held" if done.returncode == 0 else "FAILED"
        sys.stdout.write(f"Python {version}: {said} ({time.monotonic() - began:.0f} s)\n")
        if done.returncode:
            failed.append(version)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
