"""Starts a program and stops it, kills it and starts it again; its output is kept in a file."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from localstack import ROOT
from localstack.families import MARK, end_all
from localstack.waiting import LOOK_S, NotReadyError

if TYPE_CHECKING:
    import pwd
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

START_LIMIT_S: Final = 300.0
"""For a very busy machine: what can't start is mostly noticed long before."""
STOP_LIMIT_S: Final = 45.0
"""For ending in order: the container needs as long for calls that are running."""
ASK_EVERY_S: Final = 2.0
"""Between two questions why it takes so long."""
_INHERITED: Final = ("PATH", "HOME", "LANG")


def inherited() -> dict[str, str]:
    """Return the few variables that any program needs; nothing else of ours leaks in."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


@dataclass(kw_only=True)
class Program:
    """One program, at most one process of it at a time, in a session of its own.

    So Ctrl-C in the terminal reaches us alone, and we stop everything in order.
    """

    name: str
    """As a person calls it."""
    command: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    """Its whole environment."""
    log_path: Path
    """Where everything that it prints is appended."""
    ready: str = ""
    """What it prints when it has started; empty: it does not say so."""
    output: int | None = None
    """A file descriptor that gets what it prints in place of the log."""
    stdin: int = subprocess.DEVNULL
    cwd: Path = ROOT
    user: pwd.struct_passwd | None = None
    """Whose process it becomes; None: ours."""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _mark: str = field(default_factory=lambda: uuid.uuid4().hex, repr=False)
    _printed_before: int = 0

    def __enter__(self) -> subprocess.Popen[bytes]:
        self.start(wait=False)
        return self.running()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *, wait: bool = True, env: Mapping[str, str] | None = None) -> None:
        """Start it, and wait until it says that it is ready; ``env`` replaces settings from now on.

        Raises:
            RuntimeError: it was started and neither stopped nor killed.
            NotReadyError: it does not say so.
        """
        if self.process is not None:
            raise RuntimeError(f"{self.name} runs already")
        self.env = dict(self.env) | dict(env or {})
        self._printed_before = self.log_path.stat().st_size if self.log_path.is_file() else 0
        with self.log_path.open("ab") as log:
            self.process = self._popen(log.fileno() if self.output is None else self.output)
        if wait and self.ready:
            self.wait_until_ready()

    def _popen(self, output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            cwd=self.cwd,
            env={**self.env, MARK: self._mark},
            stdin=self.stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )

    def running(self) -> subprocess.Popen[bytes]:
        """Return its process, which may have ended meanwhile.

        Raises:
            RuntimeError: it was not started.
        """
        if self.process is None:
            raise RuntimeError(f"{self.name} does not run")
        return self.process

    def runs(self) -> bool:
        """Tell whether there is a process that has not ended."""
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        """Return everything that it printed."""
        return self.log_path.read_text(errors="replace")

    def says(self, text: str) -> bool:
        """Tell whether it has printed this since its last start."""
        return text.encode() in self.log_path.read_bytes()[self._printed_before :]

    def tail(self) -> str:
        """Return the last lines of its output."""
        return "\n".join(self.log().splitlines()[-15:])

    def wait_until_ready(self) -> None:
        """Wait until it says that it is.

        Raises:
            NotReadyError: it does not.
        """
        self.wait_until(lambda: self.says(self.ready))

    def wait_until(
        self,
        condition: Callable[[], bool],
        *,
        why_not: Callable[[], str | None] = lambda: None,
        limit_s: float = START_LIMIT_S,
        look_s: float = LOOK_S,
    ) -> None:
        """Wait until something is true of it, as long as nothing says why it can't become so.

        Raises:
            NotReadyError: it has ended, something says why, or it takes too long.
        """
        deadline = time.monotonic() + limit_s
        ask_at = time.monotonic() + ASK_EVERY_S
        while not condition():
            reason = None
            if time.monotonic() > ask_at or not self.runs():
                reason = why_not()
                ask_at = time.monotonic() + ASK_EVERY_S
            if not self.runs():
                reason = reason or f"{self.name} has ended"
            elif time.monotonic() > deadline:
                reason = f"{self.name} was not ready within {limit_s:.0f} s"
            if reason:
                raise self.not_ready(reason)
            time.sleep(look_s)

    def not_ready(self, reason: str) -> NotReadyError:
        """Return an error that shows the end of its log."""
        return NotReadyError(f"{reason}; its log, {self.log_path}, ends:\n{self.tail()}")

    def wait(self, limit_s: float) -> None:
        """Wait until it ends by itself.

        Raises:
            NotReadyError: it does not, or it fails.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self.running().wait(limit_s) == 0:
                return
        raise self.not_ready(f"{self.name} failed")

    def send_kill(self) -> None:
        """Kill it without waiting for its end."""
        if self.process is not None:
            self.process.kill()

    def kill(self) -> None:
        """End it as a crash does; what it has started goes on."""
        self.send_kill()
        if self.process is not None:
            self.process.wait()
            self.process = None

    def terminate(self, limit_s: float) -> int:
        """Ask it to end, and return its exit code.

        Raises:
            subprocess.TimeoutExpired: it does not.
        """
        process = self.running()
        process.terminate()
        code = process.wait(limit_s)
        self.process = None
        return code

    def stop(
        self, *, limit_s: float = STOP_LIMIT_S, hurry: Callable[[], bool] = lambda: False
    ) -> list[str]:
        """Ask it to end, and make everything end that it has left.

        Args:
            limit_s: for ending by itself.
            hurry: whether to wait no longer.

        Returns:
            What did not end by itself and was killed.
        """
        if self.process is None:
            return []
        self.process.terminate()
        killed = end_all(self.process, self._mark, limit_s=limit_s, hurry=hurry)
        self.process = None
        return killed


def python(
    name: str, *arguments: str, env: Mapping[str, str], log_path: Path, ready: str = ""
) -> Program:
    """Return ``python -m ...`` of this interpreter, not started.

    Args:
        name: for messages.
        arguments: module and what it is given.
        env: its whole environment.
        log_path: where its output goes.
        ready: what it prints when it has started.
    """
    command = [sys.executable, "-m", *arguments]
    return Program(name=name, command=command, env=env, log_path=log_path, ready=ready)
