"""What the function answers, read from the bytes of its response. No I/O.

Own code on `httptools`: an answer that is broken, too large, or followed by more is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import httptools

from invocation.errors import AnswerTooLarge, FunctionBroke

MOST_HEADER_BYTES: Final = 256 * 1024
BROKE: Final = "The function's connection broke before its whole answer arrived"
_DEAD_SESSION: Final = "INVALID_SESSION_ID"


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionAnswer:
    """What the function answered; nothing else of its response goes on."""

    status: int
    content_type: str | None
    extra_info: str | None
    """``X-Extra-Info``, percent-encoded so that every reader decodes it to the same text."""
    body: bytes = field(repr=False)

    @property
    def tells_of_a_dead_session(self) -> bool:
        """Whether the function's session had ended early: it is the first to notice.

        It is not run again: it may have done half of its work. Python and Java say so in the body,
        Node in the stack alone.
        """
        named = _DEAD_SESSION.encode() in self.body or _DEAD_SESSION in (self.extra_info or "")
        return self.status >= 500 and named


class AnswerReader:
    """Takes one response as it arrives; its ``on_`` methods are called by the parser.

    Args:
        max_body_bytes: largest body that is taken.
    """

    def __init__(self, max_body_bytes: int) -> None:
        self.complete = False
        self.keeps_connection = False
        self._max_body_bytes = max_body_bytes
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0
        self._headers: dict[bytes, bytes] = {}
        self._idle_bytes = 0
        self._body = bytearray()
        self._headers_complete = False

    def feed(self, data: bytes) -> None:
        """Take what has arrived; nothing is the connection's end.

        Raises:
            FunctionBroke: it is no HTTP response, or the connection ended inside of one.
            AnswerTooLarge: head or body are over the limit.
        """
        if not data:
            self._end()
            return
        before = (self._headers_complete, len(self._body))
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.complete:  # what follows a whole answer only costs the connection
                raise FunctionBroke(BROKE) from error
            self.keeps_connection = False
        # Bytes that bring the answer no further: of a head, a chunk's line or a trailer.
        moved = (self._headers_complete, len(self._body)) != before
        self._idle_bytes = 0 if moved else self._idle_bytes + len(data)
        if not self.complete and self._idle_bytes > MOST_HEADER_BYTES:
            raise AnswerTooLarge(f"The function's answer has over {MOST_HEADER_BYTES} header bytes")
        if len(self._body) > self._max_body_bytes:
            raise AnswerTooLarge(
                f"The function's answer is larger than {self._max_body_bytes} bytes"
            )

    def _end(self) -> None:
        """Accept the connection's end: fine only for a body whose end is the connection's."""
        framed = {b"content-length", b"transfer-encoding"} & self._headers.keys()
        if not self._headers_complete or framed:
            raise FunctionBroke(BROKE)
        self.complete = True

    def answer(self) -> FunctionAnswer:
        """Return what was read, once `complete`."""
        return FunctionAnswer(
            status=self._status,
            content_type=self._text(b"content-type"),
            extra_info=_without_raw_plus(self._text(b"x-extra-info")),
            body=bytes(self._body),
        )

    def _text(self, name: bytes) -> str | None:
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def on_message_begin(self) -> None:
        """Of the parser: a response begins."""
        if self.complete:
            self.keeps_connection = False  # a second answer to one question

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the parser: a field of head or trailer."""
        if not self._headers_complete:  # a trailer is no header
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Of the parser: the head is here, of an interim response too."""
        if not self.complete:
            self._status = self._parser.get_status_code()
            self._headers_complete = self._status >= 200

    def on_body(self, data: bytes) -> None:
        """Of the parser: a piece of the body."""
        if not self.complete and len(self._body) <= self._max_body_bytes:
            self._body += data

    def on_message_complete(self) -> None:
        """Of the parser: a response has ended."""
        if self.complete:
            return
        if self._status < 200:  # an interim answer such as 100; the real one follows
            self._headers.clear()
            return
        self.complete = True
        # Only here does the parser know; after this callback it always says False.
        # A body that a careless server adds to 204 or 304 may come late: to the next caller.
        self.keeps_connection = self._parser.should_keep_alive() and self._status not in {204, 304}


def _without_raw_plus(info: str | None) -> str | None:
    """Encode the plus signs of Node's ``encodeURI``, which Apex would read as blanks.

    That leaves colons as they are, which every JSON object has; what encodes blanks as plus signs,
    Java's ``URLEncoder``, does not.
    """
    return info.replace("+", "%2B") if info and ":" in info else info
