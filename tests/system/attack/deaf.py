"""Clients that send requests and take no answer."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

REQUESTS: Final = b"GET /nowhere HTTP/1.1\r\nHost: functions.example\r\n\r\n" * 30
"""Their answers are more than two systems hold of them, see `narrow_listener`."""
TAKES: Final = 2048
"""Bytes that its system takes in for a client."""
ROUND_S: Final = 0.1
NEW_IN_A_ROUND: Final = 3
"""More would be a flood of requests, which is another matter."""


@dataclass(kw_only=True)
class DeafClients:
    """So many, held by one thread; they come, and those closed come back, a few at a time."""

    port: int
    size: int
    closed: int = 0
    """Those that the proxy has closed so far."""
    _sockets: list[socket.socket] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def around(self) -> Iterator["DeafClients"]:
        """Be there for the length of a ``with`` block."""
        thread = threading.Thread(target=self._stay, name="deaf clients")
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()
            for sock in self._sockets:
                sock.close()

    def are_here(self) -> bool:
        """Tell whether all have come."""
        return len(self._sockets) == self.size

    def _stay(self) -> None:
        while not self._over.wait(ROUND_S):
            for sock in [each for each in self._sockets if _is_closed(each)]:
                self._sockets.remove(sock)
                sock.close()
                self.closed += 1
            missing = self.size - len(self._sockets)
            self._sockets += [self._new() for _ in range(min(missing, NEW_IN_A_ROUND))]

    def _new(self) -> socket.socket:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, TAKES)
        sock.connect(("127.0.0.1", self.port))  # the system answers, also for a proxy that is full
        sock.sendall(REQUESTS)
        return sock


def _is_closed(sock: socket.socket) -> bool:
    """Tell whether the proxy has closed it, without taking a byte of what has come."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


def narrow_listener(port: int) -> socket.socket:
    """Return a listener whose connections hold few bytes of an answer that nobody takes.

    On a real path a system holds little of it, on this machine megabytes for each connection.
    """
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return listener
