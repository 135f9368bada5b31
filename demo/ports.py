"""Which ports are free, and who holds one that is not."""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING, Any, Final

import psutil

from demo.choices import PORTS
from localstack.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# As the proxy binds (both protocols, all addresses) and as the function and the org do. All three:
# macOS lets a program have an address although another one has all of them.
_PLACES: Final = (
    (socket.AF_INET6, "::"),
    (socket.AF_INET, "0.0.0.0"),  # noqa: S104 - only to see whether it could
    (socket.AF_INET, "127.0.0.1"),
)


class PortTakenError(Exception):
    """A port can't be had; the text says which, who has it and what to do."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(
            f"port {port} is taken by {holder_of(port)}: end it, or choose another port with {name}"
        )


def choose_ports(wishes: Mapping[str, int], say: Callable[[str], None]) -> dict[str, int]:
    """Return a port for each variable: as wished for, else the default if it is free.

    Args:
        wishes: what was asked for, by variable.
        say: is told of each default that is taken, and what is used in its place.

    Raises:
        PortTakenError: a port that was asked for is taken.
    """
    ports = dict(wishes)
    for name, port in wishes.items():
        if not is_free(port):
            raise PortTakenError(name, port)
    for name, default in PORTS.items():
        if name in wishes:
            continue
        ports[name] = default
        if default in wishes.values() or not is_free(default):
            ports[name] = _another(set(ports.values()))
            say(f"port {default} is taken by {holder_of(default)}: using {ports[name]} ({name})")
    return ports


def is_free(port: int) -> bool:
    """Tell whether a program of this user could listen on it."""
    for family, address in _PLACES:
        try:
            with socket.socket(family) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                sock.bind((address, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            # else there is no such protocol here
    return True


def holder_of(port: int) -> str:
    """Return who listens on it, as far as this user may know."""
    if port < 1024 and not _somebody_listens(port):
        return "the system (ports below 1024 are for root alone)"
    with contextlib.suppress(psutil.Error, OSError):
        if process := _holder(port):
            return f"{process.name()} (process {process.pid}, in {process.cwd()})"
    return "another program"


def is_held_by(processes: set[psutil.Process], port: int) -> bool:
    """Tell whether one of them listens on it.

    The container's own programs let nobody look, not even who started them: they are believed when
    somebody listens, and nobody else is seen to.
    """
    closed = False
    for process in processes:
        try:
            if any(_listens(connection, port) for connection in process.net_connections("tcp")):
                return True
        except psutil.AccessDenied:
            closed = True
        except (psutil.Error, OSError):
            continue
    return closed and _holder(port) is None and _somebody_listens(port)


def is_held_by_others(processes: Callable[[], set[psutil.Process]], port: int) -> bool:
    """Tell whether somebody listens on it, and none of these processes does."""
    # In this order: one of ours may begin to listen in between.
    return _somebody_listens(port) and not is_held_by(processes(), port)


def _holder(port: int) -> psutil.Process | None:
    """Return who listens on it; None for other users' processes, and on macOS."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if _listens(connection, port) and connection.pid:
                return psutil.Process(connection.pid)
    return None


def _listens(connection: Any, port: int) -> bool:  # noqa: ANN401 - psutil's, of two kinds
    listens: bool = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    return listens


def _somebody_listens(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _another(taken: set[int]) -> int:
    while (port := free_port()) in taken or not is_free(port):
        pass
    return port
