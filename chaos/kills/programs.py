"""Our programs as processes that are killed and started again."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from localstack import ROOT
from localstack.waiting import wait_until

START_LIMIT_S: Final = 60.0


@dataclass(kw_only=True)
class Program:
    """One program, at most one process of it at a time."""

    arguments: tuple[str, ...]
    """Of the Python interpreter."""
    env: dict[str, str] = field(repr=False)
    log_path: Path
    """Where everything that it prints is appended."""
    ready: str
    """What it prints when it has started."""
    fell_over: int = 0
    """How often it ended without having been killed."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _printed_before: int = 0

    def start(self) -> None:
        """Start it; it is not waited for."""
        self._printed_before = self.log_path.stat().st_size if self.log_path.exists() else 0
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.arguments],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in the terminal reaches us alone
            )

    def is_ready(self) -> bool:
        """Tell whether it has started; one that fell over is started again, as in a dyno."""
        if self._process is not None and self._process.poll() is not None:
            self.fell_over += 1
            self.start()
        return self.ready.encode() in self.log_path.read_bytes()[self._printed_before :]

    def send_kill(self) -> None:
        """Kill it, if it runs, without waiting for its end."""
        if self._process is not None:
            self.fell_over += self._process.poll() is not None
            self._process.kill()

    def await_end(self) -> None:
        """Wait for the end of a process that was killed."""
        if self._process is not None:
            self._process.wait()
            self._process = None


def kill(programs: Iterable[Program]) -> None:
    """Kill them all in the same instant."""
    programs = list(programs)
    for program in programs:
        program.send_kill()
    for program in programs:
        program.await_end()


def settle(programs: Iterable[Program]) -> None:
    """Wait until all of them have started."""
    programs = list(programs)
    wait_until(
        lambda: all([program.is_ready() for program in programs]),  # noqa: C419 - looks at each
        f"the start of everything ({programs[0].log_path.parent})",
        limit_s=START_LIMIT_S,
    )
