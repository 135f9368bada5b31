"""A program's process and everything that it has started: found, and ended."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

import psutil

from localstack.waiting import passed

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

MARK: Final = "STARTED_AS"
"""A variable by which a process is found that has left its parent and its session."""
AFTERWARDS_S: Final = 5.0
"""For the rest, when the program itself has ended."""
KILL_LIMIT_S: Final = 10.0


def family(pid: int) -> set[psutil.Process]:
    """Return a process and what it started, as far as that has not left it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        return {parent, *parent.children(recursive=True)}
    return set()


def session(leader: int) -> list[int]:
    """Return the processes of a session that run."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if os.getsid(process.pid) == leader and is_alive(process):
                found.append(process.pid)
    return found


def left_of(leader: int, *, limit_s: float) -> list[str]:
    """Wait until nobody is left of a session; return the command lines of those who are still."""
    passed(lambda: not session(leader), limit_s)
    return [_command(pid) for pid in session(leader)]


def end_all(
    process: subprocess.Popen[bytes], mark: str, *, limit_s: float, hurry: Callable[[], bool]
) -> list[str]:
    """Wait for the end of a program that was asked for it, and kill what is left.

    Args:
        process: it leads a session of its own.
        mark: of its environment.
        limit_s: how long it may take; what it started has a moment more.
        hurry: whether to wait no longer.

    Returns:
        What did not end by itself and was killed.
    """
    passed(lambda: hurry() or process.poll() is not None, limit_s)
    if process.poll() is not None:
        passed(lambda: hurry() or not _left(process, mark), AFTERWARDS_S)
    left = _left(process, mark)
    killed = [_described(each) for each in left]
    while left:  # a process may start another while it is being killed
        for each in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        passed(lambda: not any(map(is_alive, left)), KILL_LIMIT_S)  # noqa: B023 - used here
        left = _left(process, mark)
    process.wait()
    return killed


def _left(process: subprocess.Popen[bytes], mark: str) -> set[psutil.Process]:
    """Return everything that runs of a program, also what has left its parent and session."""
    found = family(process.pid) if process.poll() is None else set()
    for each in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getsid(each.pid) == process.pid or each.environ().get(MARK) == mark:
                found.add(each)
    return {each for each in found if is_alive(each)}


def end(processes: list[psutil.Process]) -> None:
    """Ask some processes to end, and make them end."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, KILL_LIMIT_S)
    for process in alive:
        process.kill()
        process.wait()


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process has not ended; one that nobody has waited for has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _described(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{process.name()} (process {process.pid})"
    return f"process {process.pid}"


def _command(pid: int) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(psutil.Process(pid).cmdline()[:4])
    return "a process"
