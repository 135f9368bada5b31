"""Reads the responses of a connection, and keeps what comes beyond them."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _Raw(io.RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        self.waits = True
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        return self._sock.recv_into(buffer) if self.waits else None


class Reader(io.BufferedReader):
    """What has come over a connection; it outlives the responses that read from it."""

    def __init__(self, sock: socket.socket) -> None:
        self._raw = _Raw(sock)
        super().__init__(self._raw)

    def has_more(self) -> bool:
        """Tell whether bytes have come that no response wanted."""
        self._raw.waits = False
        found = self.peek(1)
        self._raw.waits = True
        return bool(found)

    def close(self) -> None:
        """Stay open: a response closes what it has read."""


class Given(socket.socket):
    """Gives a response the reader that is there, instead of one of its own."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def makefile(self, *_: object, **__: object) -> Reader:  # type: ignore[override]
        """Return the reader, whatever is asked for."""
        return self._reader
