"""What counts as one HTTP request: stricter than waitress 3.0.2, so that nobody can disagree.

A request whose end two servers would see in different places lets a caller hide a second one in
it. Each such request is refused, and its connection closed.

Source: RFC 9112, sections 6.1 and 6.3; RFC 9110, section 7.2.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any, Final

import structlog
from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.receiver import ChunkedReceiver
from waitress.utilities import BadRequest, Error

log = structlog.get_logger("proxy")

LONGEST_CHUNK_LINE: Final = 1024
LONGEST_TRAILER: Final = 8 * 1024
"""waitress searches an unfinished line anew at each read: without a bound, minutes of CPU."""


class RequestParser(HTTPRequestParser):  # type: ignore[misc]
    """Parses one request; what it raises here becomes 400 and the connection's end."""

    chunked: bool
    body_rcv: Any
    error: Any
    _payload: PayloadBuffer | None = None

    def __init__(self, adj: Any) -> None:  # noqa: ANN401 - waitress's settings
        super().__init__(adj)
        self.began_s = time.time()
        """When its first byte came; seconds since 1970."""

    def parse_header(self, header_plus: bytes) -> None:
        """Parse request line and header, and refuse what could be read in two ways.

        Raises:
            ParsingError: with the reason.
        """
        try:
            super().parse_header(header_plus)
        except TransferEncodingNotImplemented as error:
            raise ParsingError("Only chunked is known as Transfer-Encoding") from error
        except ValueError as error:  # such as half of an IPv6 address, or a number without end
            raise ParsingError("The request line or a header makes no sense") from error
        self._refuse_ambiguity(_names(header_plus))
        if self.body_rcv is None:
            self.expect_continue = False  # waitress would wait for a body that never comes
            return
        self._payload = PayloadBuffer(self.adj.inbuf_overflow)
        if self.chunked:
            self.body_rcv = BoundedChunks(self._payload)
        else:
            self.body_rcv.buf = self._payload

    def received(self, data: bytes) -> int:
        """Take more of the request; return how many bytes of ``data`` belonged to it."""
        consumed: int = super().received(data)
        if self.completed and not self.error and self._payload and self._payload.lacks_room:
            self.error = NoRoom("There is no room for the payload: try again in a moment")
            log.error("no room for a payload", bytes=self.body_bytes_received)
        return consumed

    def _refuse_ambiguity(self, names: list[bytes]) -> None:
        encodings = names.count(b"transfer-encoding")
        if encodings and (encodings > 1 or not self.chunked or b"content-length" in names):
            raise ParsingError("Where the body ends is not clear")
        if names.count(b"host") > 1:
            raise ParsingError("More than one Host")
        if self.version not in {"1.0", "1.1"}:
            raise ParsingError("Only HTTP/1.0 and HTTP/1.1 are known")
        if not self.request_uri.startswith(("/", "http://", "https://")):
            raise ParsingError("The request line names no path")


class NoRoom(Error):  # type: ignore[misc]
    """The payload could not be kept until it was complete; nothing was started."""

    code = 503
    reason = HTTPStatus(503).phrase


class PayloadBuffer(OverflowableBuffer):  # type: ignore[misc]
    """Keeps a payload, a large one in a file; when the disk is full, takes the rest and drops it.

    The rest must be taken: closing a connection with unread bytes would lose the answer too.
    """

    lacks_room = False

    def append(self, data: bytes) -> None:
        """Keep more of it, while there is room."""
        if self.lacks_room:
            return
        try:
            super().append(data)
        except OSError:
            self.lacks_room = True


class BoundedChunks(ChunkedReceiver):  # type: ignore[misc]
    """Receives a chunked body whose lines between the chunks have an end."""

    def received(self, data: bytes) -> int:
        """Take more of the body; return how many bytes of ``data`` belonged to it."""
        consumed: int = super().received(data)
        if len(self.control_line) > LONGEST_CHUNK_LINE or len(self.trailer) > LONGEST_TRAILER:
            self.error = BadRequest("A chunk's line or the trailer is too long")
        return consumed


def _names(header_plus: bytes) -> list[bytes]:
    """Return the header names, in lower case, each as often as it came."""
    lines = header_plus.split(b"\r\n")[1:]
    return [line.partition(b":")[0].lower() for line in lines if not line.startswith((b" ", b"\t"))]
