"""The relay as a real process: start it, end it, kill it, start it again; or ask it something."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from localstack import ROOT
from localstack.programs import Program, python

STOP_LIMIT_S: Final = 25.0


def new_relay(*, env: Mapping[str, str], log_path: Path) -> Program:
    """Return ``python -m relay``, not started; ready when it runs jobs.

    Args:
        env: its whole environment, see `localstack.settings`.
        log_path: where everything that it prints is appended.
    """
    return python("the relay", "relay", env=env, log_path=log_path, ready='"running jobs"')


def run_command(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the relay's commands, such as ``jobs --json``."""
    return subprocess.run(
        [sys.executable, "-m", "relay", *arguments],
        cwd=ROOT,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
