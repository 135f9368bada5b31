"""A chunked payload, taken apart by the letter of RFC 9112, section 7.1. Pure.

waitress 3.0.2 takes a bare LF or an empty line where a size belongs, and anything as a trailer;
each of these is where the payload ends for some other server.
"""

from __future__ import annotations

import re
from typing import Any, Final

LONGEST_LINE: Final = 1024
"""Bytes of a size with its extensions, or of a trailer's field: longer ones are an attack."""
LONGEST_TRAILER: Final = 8 * 1024

TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_EXTENSION: Final = rb";" + TOKEN + rb"(?:=(?:" + TOKEN + rb"|" + _QUOTED + rb"))?"
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})(?:" + _EXTENSION + rb")*\r\n")
_END_OF_DATA: Final = re.compile(rb"\r\n")
_TRAILER: Final = re.compile(rb"(?:" + TOKEN + rb":[\t -~\x80-\xff]*)?\r\n")


class BadChunks(ValueError):
    """Where the payload ends cannot be told for sure."""


class Chunks:
    """Receives a chunked payload; its interface is that of waitress's receivers.

    Args:
        payload: what the chunks' data is appended to.
    """

    error: None = None

    def __init__(self, payload: Any) -> None:  # noqa: ANN401 - a buffer of waitress
        self.completed = False
        self._payload = payload
        self._expected = _SIZE
        self._left = 0
        self._trailer_bytes = 0
        self._tail = b""

    def received(self, data: bytes) -> int:
        """Take more of it; return how many bytes of ``data`` belonged to it.

        Raises:
            BadChunks: with the reason.
        """
        known, data = len(self._tail), self._tail + data
        pieces: list[bytes] = []
        end = self._take(data, pieces)
        self._payload.append(b"".join(pieces))
        self._tail = data[end:]
        if self.completed:
            return end - known
        # A line that is here as a whole and was not taken will never be right.
        if b"\n" in self._tail or len(self._tail) > LONGEST_LINE:
            raise BadChunks("A chunk or the trailer is not well formed")
        return len(data) - known

    def _take(self, data: bytes, pieces: list[bytes]) -> int:
        """Take all that is complete; return where the rest begins."""
        at = 0
        while not self.completed:
            if self._left:
                pieces.append(data[at : at + self._left])
                at += len(pieces[-1])
                self._left -= len(pieces[-1])
                if self._left:
                    break
            elif line := self._expected.match(data, at):
                at = line.end()
                self._go_on(line)
            else:
                break
        return at

    def _go_on(self, line: re.Match[bytes]) -> None:
        if len(line[0]) > LONGEST_LINE:
            raise BadChunks("A line of a chunk or of the trailer is too long")
        if self._expected is _SIZE:
            self._left = int(line[1], 16)
            self._expected = _END_OF_DATA if self._left else _TRAILER
        elif self._expected is _END_OF_DATA:
            self._expected = _SIZE
        else:
            self._trailer_bytes += len(line[0])
            self.completed = line[0] == b"\r\n"
            if self._trailer_bytes > LONGEST_TRAILER:
                raise BadChunks("The trailer is too long")

    def __len__(self) -> int:
        return len(self._payload)

    def getfile(self) -> Any:  # noqa: ANN401 - a buffer of waitress
        """Return the payload, to be read."""
        return self._payload.getfile()

    def getbuf(self) -> Any:  # noqa: ANN401 - a buffer of waitress
        """Return the payload's buffer, to be closed."""
        return self._payload
