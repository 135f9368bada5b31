"""The port that callers reach, held from before the first program starts until the stop begins.

supervisord opens a socket when a program needs it and closes it after the last one: others could
take the port in between, and callers are refused. It also knows IPv4 only, while Heroku's newer
generation reaches a dyno by IPv6.
"""

from __future__ import annotations

import errno
import socket
from typing import Final

from supervisor.datatypes import InetStreamSocketConfig

from supervision.listeners import holder_of

BACKLOG: Final = 1024
LOOPBACK: Final = "127.0.0.1"


class PortTaken(Exception):
    """Nobody can listen on a port; the text says which, who does, and what to change."""


class HeldPort:
    """Listens for everyone who can reach this host.

    Args:
        port: of IPv6 and IPv4; of IPv4 alone on a host without IPv6.

    Raises:
        PortTaken: somebody else listens on it, or we may not.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = _listening(port)

    def share(self) -> socket.socket:
        """Return the same socket under another descriptor."""
        if self._socket is None:  # supervisord was told to start everything anew
            self._socket = _listening(self._port)
        return self._socket.dup()

    def release(self) -> None:
        """Let go of it: once the proxies have ended, new callers are refused and do not wait."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class HeldSocket(InetStreamSocketConfig):  # type: ignore[misc]
    """What a ``socket=tcp://0.0.0.0:PORT`` of the configuration becomes.

    Args:
        held: the port.
        meant: what supervisord made of that line.
    """

    def __init__(self, held: HeldPort, meant: InetStreamSocketConfig) -> None:
        super().__init__(meant.host, meant.port, backlog=meant.backlog)
        self._held = held

    def create_and_bind(self) -> socket.socket:
        """Return it, listening."""
        return self._held.share()


def require_free(port: int, setting: str) -> None:
    """Make sure that the function will be able to listen on its port.

    Raises:
        PortTaken: somebody else listens on it.
    """
    try:
        _bound(socket.AF_INET, LOOPBACK, port).close()
    except OSError as error:
        raise PortTaken(_why(port, setting, error)) from error


def _listening(port: int) -> socket.socket:
    try:
        try:
            sock = _bound(socket.AF_INET6, "::", port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise
            sock = _bound(socket.AF_INET, "0.0.0.0", port)  # noqa: S104 - callers are elsewhere
        sock.listen(BACKLOG)  # at once: two may bind a port, but only one may listen
    except OSError as error:
        raise PortTaken(_why(port, "PORT", error)) from error
    return sock


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _why(port: int, setting: str, error: OSError) -> str:
    if error.errno != errno.EADDRINUSE:
        return f"can't listen on port {port} ({error.strerror}): set {setting} to another one"
    holder = holder_of(port) or "another process"
    return f"port {port} is taken by {holder}: end it, or set {setting} to another port"
