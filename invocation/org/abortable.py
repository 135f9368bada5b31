"""Connections to the org that another thread can end.

No timeout of a socket bounds a whole answer: each byte that drips in starts it anew. So who waits
for an answer ends the connection at its deadline, and the thread that reads it is free again.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from collections.abc import Callable

_thread = threading.local()


class AbortableCall:
    """One call, which `abort` ends wherever it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sock: socket.socket | None = None
        self._aborted = False

    def run(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what ``work`` returns
        """Do ``work`` in this thread; connections it uses belong to this call."""
        _thread.call = self
        try:
            return work()
        finally:
            _thread.call = None

    def uses(self, sock: socket.socket) -> None:
        """Note the connection that the answer comes over."""
        with self._lock:
            self._sock = sock
            if self._aborted:
                _shut_down(sock)

    def abort(self) -> None:
        """End its connection, so that the thread that waits for it goes on."""
        with self._lock:
            self._aborted = True
            if self._sock is not None:
                _shut_down(self._sock)


def _shut_down(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may have ended by itself
        sock.shutdown(socket.SHUT_RDWR)


def _note_socket(sock: socket.socket | None) -> None:
    call: AbortableCall | None = getattr(_thread, "call", None)
    if call is not None and sock is not None:
        call.uses(sock)


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:  # noqa: ANN401 - urllib3's
        _note_socket(self.sock)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> Any:  # noqa: ANN401 - urllib3's
        _note_socket(self.sock)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class AbortableAdapter(HTTPAdapter):
    """Makes every connection of a session one that an `AbortableCall` can end."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        """Build the pools out of our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
