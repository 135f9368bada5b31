"""Starts a program and stops it, with everything that it started itself."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from demo.interrupts import Interrupts

STOP_LIMIT_S: Final = 45.0
"""For ending in order: the container needs as long for calls that are running."""
AFTERWARDS_S: Final = 5.0
"""For the rest, when the program itself has ended."""
KILL_LIMIT_S: Final = 10.0
_MARK: Final = "STARTED_AS"
"""A variable by which a process is found that has left its parent and its session."""


def run_to_end(
    command: list[str], env: Mapping[str, str], *, limit_s: float, interrupts: Interrupts
) -> tuple[int | None, str]:
    """Run a program and end what it leaves behind.

    Returns:
        Its exit code, None when it did not end in time, and what it printed.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        with interrupts.held():
            program = Program(Path(command[0]).name, command, env, Path(folder) / "output")
            cleanup.callback(program.stop, hurry=lambda: True)
        wait_for(lambda: not program.runs(), limit_s)
        code = program.process.poll()
        program.stop(hurry=lambda: True)
        return code, program.log.read_text(errors="replace")


class Program:
    """A program in a session of its own, its output kept in a file.

    Args:
        name: as a person calls it.
        command: what to run.
        env: its whole environment.
        log: where its output goes; what is there is lost.
    """

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._mark = uuid.uuid4().hex
        self._following = threading.Event()
        # Removed, not emptied: another run may still be writing to it.
        log.unlink(missing_ok=True)
        file = log.open("wb", buffering=0)
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop it in order.
        self.process = subprocess.Popen(
            command,
            env=dict(env) | {_MARK: self._mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None  # noqa: S101 - for the type checker: PIPE was asked for
        self._copier = threading.Thread(
            target=self._copy, args=(self.process.stdout, file), daemon=True
        )
        self._copier.start()

    def follow(self) -> None:
        """Show its further output."""
        self._following.set()

    def unfollow(self) -> None:
        """Show its output no longer."""
        self._following.clear()

    def runs(self) -> bool:
        """Tell whether it has not ended."""
        return self.process.poll() is None

    def tail(self) -> str:
        """Return the last lines of its output."""
        if not self.runs():
            self._copier.join(AFTERWARDS_S)
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def family(self) -> set[psutil.Process]:
        """Return it and what it started, as far as that has not left it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.process.pid)
            return {parent, *parent.children(recursive=True)}
        return set()

    def _left(self) -> set[psutil.Process]:
        """Return everything of it that runs."""
        found = self.family()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                in_session = os.getsid(process.pid) == self.process.pid
                if in_session or process.environ().get(_MARK) == self._mark:
                    found.add(process)
        return {process for process in found if _is_alive(process)}

    def stop(self, *, hurry: Callable[[], bool] = lambda: False) -> list[str]:
        """Ask it to end, and make everything end that is left of it.

        Args:
            hurry: whether to wait no longer.

        Returns:
            What did not end by itself and was killed.
        """
        self.process.terminate()
        wait_for(lambda: hurry() or not self.runs(), STOP_LIMIT_S)
        if not self.runs():
            wait_for(lambda: hurry() or not self._left(), AFTERWARDS_S)
        left = self._left()
        killed = [_described(process) for process in left]
        while left:  # a process may start another while it is being killed
            for process in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            wait_for(lambda: not any(map(_is_alive, left)), KILL_LIMIT_S)  # noqa: B023 - used here
            left = self._left()
        self.process.wait()
        self._copier.join(AFTERWARDS_S)
        return killed

    def _copy(self, output: IO[bytes], file: IO[bytes]) -> None:
        with file, output:
            while some := output.read1(65_536):  # type: ignore[attr-defined] # it is buffered
                file.write(some)
                if self._following.is_set():
                    self._show(some)

    def _show(self, some: bytes) -> None:
        # A closed terminal must not keep the program from writing: it would never end.
        try:
            sys.stdout.buffer.write(some)
            sys.stdout.flush()
        except (OSError, ValueError):
            self.unfollow()


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _described(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{process.name()} (process {process.pid})"
    return f"process {process.pid}"


def wait_for(condition: Callable[[], bool], limit_s: float) -> None:
    """Wait until something is true, but not for ever."""
    deadline = time.monotonic() + limit_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
