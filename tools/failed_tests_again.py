"""``python -m tools.failed_tests_again``: what failed in the last run once more, each alone.

Tests of whole programs run side by side, and a test that counts seconds may fail there and hold
alone. That is a fault of the test, and named as one at the end, but no news about the product.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MOST: Final = 3
"""More than these are no accident."""


def failed_tests(root: Path) -> list[str]:
    """Return the ids of the tests that failed when pytest ran last in ``root``."""
    noted = root / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return sorted(json.loads(noted.read_text())) if noted.exists() else []


def run_again(failed: list[str], root: Path) -> int:
    """Run tests one after the other; 0 when all hold now."""
    if not 0 < len(failed) <= MOST:
        print(f"{len(failed)} tests failed: only 1 to {MOST} are run again")
        return 1
    print(f"run again, alone: {', '.join(failed)}", flush=True)
    command = [sys.executable, "-m", "pytest", "-q", *failed]
    done = subprocess.run(command, cwd=root, check=False)
    if done.returncode == 0:
        for test in failed:
            print(f"UNSTABLE: {test} failed beside other tests and held alone: find out why")
    return done.returncode


def main() -> int:
    """Run again what failed; 0 when all of it held now, 1 when not, or when there was too much."""
    return run_again(failed_tests(ROOT), ROOT)


if __name__ == "__main__":
    sys.exit(main())
