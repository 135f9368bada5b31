"""Run the relay as a real process: start it, end it, kill it, start it again."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localstack import ROOT
from localstack.waiting import NotReadyError, wait_until

STOP_LIMIT_S = 25.0


@dataclass(kw_only=True)
class RelayProcess:
    """``python -m relay``, at most one process at a time."""

    env: Mapping[str, str]
    """Its whole environment, see `localstack.settings`."""
    log_path: Path
    """Where everything that it prints is appended."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _printed_before: int = 0

    def start(self, *, wait: bool = True, env: Mapping[str, str] | None = None) -> None:
        """Start it; ``env`` replaces settings from now on."""
        if self.process is not None:
            raise RuntimeError("it runs already")
        self.env = dict(self.env) | dict(env or {})
        self._printed_before = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "relay"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if wait:
            self.wait_until_running()

    def wait_until_running(self) -> None:
        """Wait until it says that it runs jobs."""
        wait_until(self._runs_jobs, f"the relay's start ({self.log_path})")

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> int:
        """Ask it to end, and return its exit code.

        Raises:
            subprocess.TimeoutExpired: it does not.
        """
        if self.process is None:
            raise RuntimeError("it does not run")
        self.process.terminate()
        code = self.process.wait(STOP_LIMIT_S)
        self.process = None
        return code

    def runs(self) -> bool:
        """Tell whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        """Return everything that it printed."""
        return self.log_path.read_text()

    def _runs_jobs(self) -> bool:
        printed = self.log_path.read_bytes()[self._printed_before :].decode()
        if not self.runs():
            raise NotReadyError(f"the relay has ended: {printed}")
        return '"running jobs"' in printed


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
