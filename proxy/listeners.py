"""Who listens on a port of this machine, as Linux's /proc tells; elsewhere nothing is known.

Source: proc(5), ``/proc/net/tcp`` and ``/proc/PID/fd``.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC: Final = Path("/proc")
LISTENS: Final = "0A"

_LOOPBACK: Final = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), sys.byteorder):08X}"
_MAPPED: Final = f"{int.from_bytes(bytes((0, 0, 255, 255)), sys.byteorder):08X}"
_TAKE_LOOPBACK: Final = frozenset(
    {"0" * 8, "0" * 32, _LOOPBACK, "0" * 16 + _MAPPED + _LOOPBACK},
)
"""Addresses that get what is sent to 127.0.0.1: of any host, and of this one, in both tables."""


def sockets_on(port: int) -> frozenset[int]:
    """Return the sockets that take connections to 127.0.0.1 on ``port``; empty: nothing known."""
    return frozenset(
        int(inode)
        for address, inode in _listening()
        if address.rpartition(":")[2] == f"{port:04X}"
        and address.rpartition(":")[0] in _TAKE_LOOPBACK
    )


def sockets_below(pid: int) -> frozenset[int] | None:
    """Return the sockets of all processes that ``pid`` started, and of those that they started.

    None when one of them does not let us look.
    """
    found: set[int] = set()
    for each in _below(pid):
        try:
            found |= _sockets_of(each)
        except PermissionError:
            return None
    return frozenset(found)


def holder_of(port: int) -> str:
    """Return who listens on ``port``, such as ``node (process 123)``; empty: nothing known."""
    if wanted := sockets_on(port):
        for pid in _processes():
            with contextlib.suppress(PermissionError):
                if wanted & _sockets_of(pid):
                    return f"{_name(pid)} (process {pid})"
    return ""


def _listening() -> Iterator[tuple[str, str]]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            lines = (PROC / "self" / "net" / table).read_text("ascii").splitlines()[1:]
            for line in lines:
                _, address, _, state, *more = line.split()
                if state == LISTENS:
                    yield address, more[5]


def _processes() -> list[int]:
    try:
        return [int(each.name) for each in PROC.iterdir() if each.name.isdecimal()]
    except OSError:
        return []


def _below(pid: int) -> set[int]:
    parents = {each: _parent(each) for each in _processes()}
    found: set[int] = set()
    new = {pid}
    while new:
        new = {each for each, parent in parents.items() if parent in new} - found
        found |= new
    return found


def _parent(pid: int) -> int:
    """Return a process's parent, 0 for one that is gone."""
    try:
        stat = (PROC / str(pid) / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return 0
    # The name in brackets may hold anything, brackets too.
    return int(stat.rpartition(")")[2].split()[1])


def _sockets_of(pid: int) -> set[int]:
    """Return a process's sockets; none of one that is gone.

    Raises:
        PermissionError: it does not let us look.
    """
    found = set()
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for each in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                target = str(each.readlink())
                if target.startswith("socket:["):
                    found.add(int(target[8:-1]))
    return found


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / "comm").read_text("utf-8", errors="replace").strip()
    return "a process"
