"""Who is left of a program that was started in a session of its own."""

import contextlib
import os

import psutil

from localstack.waiting import NotReadyError, wait_until


def session(leader: int) -> list[int]:
    """Return the processes of a session that run."""
    found = []
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getsid(pid) == leader and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found


def left_of(leader: int, *, limit_s: float) -> list[str]:
    """Wait until nobody is left of a session; return the command lines of those who are still."""
    with contextlib.suppress(NotReadyError):
        wait_until(lambda: not session(leader), "everybody's end", limit_s=limit_s)
    return [_command(pid) for pid in session(leader)]


def _command(pid: int) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(psutil.Process(pid).cmdline()[:4])
    return "a process"
