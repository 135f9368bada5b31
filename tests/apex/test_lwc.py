"""The Lightning web component of force-app, tested by Jest."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parents[2] / "apex" / "lwc"
JEST: Final = PACKAGE / "node_modules" / ".bin" / "jest"
INSTALLED: Final = JEST.exists() and shutil.which("npm") is not None
LIMIT_S: Final = 300


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason="Jest is missing: npm ci --prefix apex/lwc")
def test_components_pass_their_tests() -> None:
    """Progress, outcome, retry, cancel and focus of the component are as its tests say."""
    done = subprocess.run(
        ["npm", "test", "--silent"],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_tests_of_components_are_not_skipped_in_ci() -> None:
    """Where CI runs, Jest is installed: skipped tests must not look green."""
    # A name of its own: a failed assertion must not print the environment.
    in_ci = os.environ.get("CI") == "true"

    assert INSTALLED or not in_ci
