"""Who listens on a port of this machine, as Linux tells; elsewhere nothing is known.

Source: sock_diag(7); proc(5), ``/proc/net/tcp`` and ``/proc/PID/fd``.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PROC: Final = Path("/proc")
LISTENS: Final = 10
"""The kernel's number of that state."""
SOCK_DIAG: Final = 4
"""The netlink protocol that tells of sockets; Python has no name for it, nor for the next four."""
BY_FAMILY: Final = 20
DUMP: Final = 0x301
ERROR: Final = 2
DONE: Final = 3
PATIENCE_S: Final = 1.0

_HEADER: Final = struct.Struct("=LHHLL")
_QUESTION: Final = struct.Struct("=BBBxI48x")
_ANSWER: Final = struct.Struct("=4xHH16s16s12x4xI8xI")

_LOOPBACK: Final = socket.inet_aton("127.0.0.1")
_TAKE_LOOPBACK: Final = frozenset(
    {bytes(4), bytes(16), _LOOPBACK, bytes(10) + b"\xff\xff" + _LOOPBACK}
)
"""Addresses that get what is sent to 127.0.0.1: of any host and of this one, IPv4 and IPv6."""


@dataclass(frozen=True, slots=True)
class _Listener:
    address: bytes
    port: int
    inode: int
    waiting: int
    """Connections that are made and not yet accepted."""


def sockets_on(port: int) -> frozenset[int]:
    """Return the sockets that take connections to 127.0.0.1 on ``port``; empty: nothing known."""
    return frozenset(
        each.inode for each in _listening() if each.port == port and each.address in _TAKE_LOOPBACK
    )


def takes_connections(port: int) -> bool:
    """Tell whether somebody listens on ``port`` and has accepted all; True: nothing is known."""
    everywhere = _listening()
    found = [each for each in everywhere if each.port == port]
    return not everywhere or (bool(found) and not any(each.waiting for each in found))


def sockets_below(pid: int) -> frozenset[int] | None:
    """Return the sockets of all processes that ``pid`` started, and of those that they started.

    None when one of them does not let us look, unless it is a copy of ``pid`` that has not executed
    another program: these are ours.
    """
    found: set[int] = set()
    for each in _below(pid):
        try:
            found |= _sockets_of(each)
        except PermissionError:
            if _command(each) != _command(pid):
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


def _listening() -> list[_Listener]:
    """Return all; a kernel that is not asked for them alone takes a hundred times as long."""
    try:
        return [*_asked(socket.AF_INET), *_asked(socket.AF_INET6)]
    except (OSError, AttributeError):  # not allowed here, or not Linux
        return [*_read("tcp"), *_read("tcp6")]


def _asked(family: socket.AddressFamily) -> Iterator[_Listener]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, SOCK_DIAG) as kernel:
        kernel.settimeout(PATIENCE_S)
        question = _QUESTION.pack(family, socket.IPPROTO_TCP, 0, 1 << LISTENS)
        size = _HEADER.size + len(question)
        kernel.send(_HEADER.pack(size, BY_FAMILY, DUMP, 1, 0) + question)
        while True:
            answer = kernel.recv(65_536)
            while answer:
                length, kind, *_ = _HEADER.unpack_from(answer)
                if kind == DONE:
                    return
                if kind == ERROR:
                    raise OSError("the kernel does not tell of sockets")
                yield _listener(answer[_HEADER.size : length], family)
                answer = answer[(length + 3) & ~3 :]


def _listener(message: bytes, family: socket.AddressFamily) -> _Listener:
    port, _, source, _, waiting, inode = _ANSWER.unpack_from(message)
    address = source[:4] if family is socket.AF_INET else source
    return _Listener(address, socket.ntohs(port), inode, waiting)


def _read(table: str) -> Iterator[_Listener]:
    with contextlib.suppress(OSError):
        for line in (PROC / "self" / "net" / table).read_text("ascii").splitlines():
            if f" {LISTENS:02X} " in line:  # few of thousands: the others are not taken apart
                _, local, _, state, queues, *more = line.split()
                if int(state, 16) == LISTENS:
                    address, _, port = local.rpartition(":")
                    waiting = int(queues.rpartition(":")[2], 16)
                    yield _Listener(_unhexed(address), int(port, 16), int(more[4]), waiting)


def _unhexed(words: str) -> bytes:
    """Return an address that is written as numbers of four bytes in this machine's order."""
    parts = (words[at : at + 8] for at in range(0, len(words), 8))
    return b"".join(int(part, 16).to_bytes(4, sys.byteorder) for part in parts)


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


def _command(pid: int) -> bytes:
    """Return the command line; empty for a process that is gone."""
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / "cmdline").read_bytes()
    return b""


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (PROC / str(pid) / "comm").read_text("utf-8", errors="replace").strip()
    return "a process"
