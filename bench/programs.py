"""Starts programs, tells what they cost, and stops every one of them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import psutil

if TYPE_CHECKING:
    import pwd
    from collections.abc import Callable, Iterator, Mapping

ROOT: Final = Path(__file__).resolve().parents[1]
STANDSTILL_S: Final = 30.0
"""A program that has taken no CPU for so long will not come up. A clock alone can't tell: on a busy
machine a start takes ten times as long."""
START_LIMIT_S: Final = 300.0
STOP_LIMIT_S: Final = 30.0
POLL_S: Final = 0.002
_INHERITED: Final = ("PATH", "HOME", "LANG")


class NotReadyError(Exception):
    """A program did not do what it should; the text says which, and ends with its log."""


class Program:
    """One program from the start to the end of a ``with`` block, its output kept in a file.

    Args:
        name: for messages.
        command: what is run, in the project's folder.
        env: its environment, besides the few variables that any program needs.
        log: where its output is appended.
        user: whose process it becomes; None: ours.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        env: Mapping[str, str],
        log: Path,
        user: pwd.struct_passwd | None = None,
    ) -> None:
        self.name = name
        self._log = log
        inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches us alone, and we stop everything in order.
            self.process = psutil.Popen(
                command,
                cwd=log.parent if user else ROOT,
                env=inherited | dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _end([self.process])

    def wait(self, limit_s: float) -> None:
        """Wait until it ends by itself.

        Raises:
            NotReadyError: it does not, or it fails.
        """
        try:
            code = self.process.wait(limit_s)
        except psutil.TimeoutExpired:
            code = None
        if code != 0:
            raise self.not_ready("failed")

    def says(self, line: str) -> bool:
        """Tell whether it has printed a line with this in it."""
        return line in self._log.read_text(errors="replace")

    def runs(self) -> bool:
        """Tell whether it has not ended."""
        return self.process.poll() is None

    def not_ready(self, what: str) -> NotReadyError:
        """Return an error that shows the end of its log."""
        lines = self._log.read_text(errors="replace").splitlines()[-15:]
        return NotReadyError("\n".join([f"{self.name} {what}; its log ends:", *lines]))

    def cpu_s(self) -> float:
        """Return the CPU seconds that it and its children have taken."""
        spent_s = 0.0
        for each in self._tree():
            with contextlib.suppress(psutil.NoSuchProcess):  # a child may end meanwhile
                times = each.cpu_times()
                spent_s += times.user + times.system
        return spent_s

    def memory_mb(self) -> tuple[float, float]:
        """Return RSS and PSS in MB (10^6 bytes); PSS shares what several processes have mapped.

        Of a proxy and a relay only root sees PSS: for others RSS stands in for it.
        """
        each = [_memory(process) for process in self._tree()]
        return sum(rss for rss, _ in each) / 1e6, sum(pss for _, pss in each) / 1e6

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


def _memory(process: psutil.Process) -> tuple[int, int]:
    try:
        info = process.memory_full_info()
    except psutil.AccessDenied:
        rss = process.memory_info().rss
        return rss, rss
    return info.rss, info.pss


def python(name: str, *arguments: str, env: Mapping[str, str], folder: Path) -> Program:
    """Start ``python -m ...`` of this interpreter.

    Args:
        name: for messages, and of its log.
        arguments: module and what it is given.
        env: its environment.
        folder: where its log goes.
    """
    log = folder / f"{name.replace(' ', '-')}.log"
    return Program(name, [sys.executable, "-m", *arguments], env=env, log=log)


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Let what is started in a ``with`` block run on one core alone; None: wherever it likes."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def end_what_is_left() -> None:
    """End programs that an interruption came too early for: between their start and their block."""
    ours = os.getsid(0)
    _end([each for each in psutil.Process().children() if os.getsid(each.pid) != ours])


def _end(processes: list[psutil.Process]) -> None:
    """Ask them to end, and make them end."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, STOP_LIMIT_S)
    for process in alive:
        process.kill()
        process.wait()


def wait_until(condition: Callable[[], bool], program: Program) -> None:
    """Wait for something that a program makes true.

    Raises:
        NotReadyError: it does not, it stands still, or it ends.
    """
    deadline = time.monotonic() + START_LIMIT_S
    look_at, cpu_s = time.monotonic() + STANDSTILL_S, 0.0
    while not condition():
        now = time.monotonic()
        if not program.runs() or now > deadline:
            raise program.not_ready("did not come up")
        if now > look_at:  # not at every turn: to look costs more than to wait
            before_s, cpu_s = cpu_s, program.cpu_s()
            if cpu_s <= before_s:
                raise program.not_ready("stands still")
            look_at = now + STANDSTILL_S
        time.sleep(POLL_S)


def wait_until_listening(program: Program, port: int) -> None:
    """Wait until a program takes connections."""
    wait_until(lambda: is_listening(port), program)


def is_listening(port: int) -> bool:
    """Tell whether somebody takes connections."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
