"""Connections of clients that never get to the point."""

import contextlib
import itertools
import resource
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast

from localstack.waiting import wait_until

DRIP_S: Final = 1.0
REQUEST: Final = b"POST /sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\nX: "


@dataclass(kw_only=True)
class Crowd:
    """So many connections at once, held by one thread."""

    port: int
    size: int
    drips: bool
    """Each sends a byte of a request every second; otherwise nothing at all."""
    comes_back: bool = False
    """Whoever is closed connects anew."""
    opened: int = 0
    closed_after_s: list[float] = field(default_factory=list)
    """How long those lasted that the proxy has closed."""
    _sockets: dict[socket.socket, float] = field(default_factory=dict)
    """When each was opened."""
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def around(self) -> Iterator["Crowd"]:
        """Be there for the length of a ``with`` block."""
        thread = threading.Thread(target=self._stay, name="crowd")
        thread.start()
        try:
            wait_until(lambda: self.opened >= self.size, "the crowd", limit_s=60)
            yield self
        finally:
            self._over.set()
            thread.join()

    def _stay(self) -> None:
        drops = itertools.chain(REQUEST, itertools.repeat(ord("x")))
        with selectors.PollSelector() as selector:
            while not self._over.is_set():
                missing = self.size - len(self._sockets)
                for _ in range(missing if self.comes_back or not self.opened else 0):
                    self._open(selector)
                if self.drips:
                    self._drip(bytes([next(drops)]))
                self._look(selector, time.monotonic() + DRIP_S)
        for sock in self._sockets:
            sock.close()

    def _open(self, selector: selectors.BaseSelector) -> None:
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self.port))
        selector.register(sock, selectors.EVENT_READ)
        self._sockets[sock] = time.monotonic()
        self.opened += 1

    def _drip(self, drop: bytes) -> None:
        for sock in self._sockets:
            with contextlib.suppress(OSError):  # not connected yet, or closed: `_look` finds out
                sock.send(drop)

    def _look(self, selector: selectors.BaseSelector, until_s: float) -> None:
        """Take note of those that the proxy closes, until the next drop is due."""
        while (left_s := until_s - time.monotonic()) > 0:
            for key, _ in selector.select(left_s):
                sock = cast("socket.socket", key.fileobj)
                if not _is_over(sock):
                    continue
                selector.unregister(sock)
                self.closed_after_s.append(time.monotonic() - self._sockets.pop(sock))
                sock.close()


def _is_over(sock: socket.socket) -> bool:
    try:
        return not sock.recv(4096)
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextlib.contextmanager
def open_files(limit: int) -> Iterator[None]:
    """Let this process, and those that it starts meanwhile, have so many files open by default."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
