"""What counts as one HTTP request: stricter than waitress 3.0.2, so that nobody can disagree.

A request whose end two servers would see in different places lets a caller hide a second one in
it. Each such request is refused, and its connection closed.

Source: RFC 9112, sections 2.2, 3, 5, 6 and 9.6; RFC 9110, sections 7.2 and 10.1.1.
"""

from __future__ import annotations

import re
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest, Error

from invocation.errors import NoRoom, ProxyError
from invocation.logs import get_logger
from invocation.request_head import HeadTooLarge, head_lines
from proxy.server.bodies import BodyBudget, Dropped, PayloadBuffer
from proxy.server.chunked_body import TOKEN, BadChunks, Chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = get_logger("proxy")

NO_ROOM: Final = "There is no room for the payload: try again in a moment"

_EMPTY: Final = re.compile(rb"(?:\r\n\r\n)+")
_START: Final = re.compile(rb"((?:\r\n)*)(?:\r?\Z|[!#$%&'*+.^_`|~0-9A-Za-z-])")
_BARE_LF: Final = re.compile(rb"(?<!\r)\n")
_LINE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Z-]+ [!-~]+ HTTP/1\.[01]")
# One class of bytes after the colon: two that overlap would be tried in each combination.
_FIELD: Final = re.compile(rb"(" + TOKEN + rb"):([\t -~\x80-\xff]*)")
_HOST: Final = re.compile(rb"[!$%&'()*+.:;=\[\]_~0-9A-Za-z-]*")


class RequestParser(HTTPRequestParser):  # type: ignore[misc]
    """Parses one request; what it raises here becomes 400 and the connection's end.

    Args:
        adj: waitress's settings.
        look: tells from method, path, headers and size what the head is about: an invocation, why
            it is refused, or None for anything else, whose payload nobody wants.
        budget: of all payloads.
        leftover: of the connection.
    """

    chunked: bool
    completed: bool
    content_length: int
    body_rcv: Any
    error: Any
    head: object = None
    """What ``look`` said, or why there is no room for the payload."""
    _payload: PayloadBuffer | None = None
    _lines: list[bytes]
    """Of the head, as far as it is here."""

    def __init__(
        self,
        adj: Any,  # noqa: ANN401 - untyped library
        *,
        look: Callable[[str, str, Mapping[str, str], int], object] | None = None,
        budget: BodyBudget | None = None,
        leftover: Leftover | None = None,
    ) -> None:
        super().__init__(adj)
        self._look = look
        self._budget = budget or BodyBudget(sys.maxsize)
        self._leftover = leftover or Leftover()

    def received(self, data: bytes) -> int:
        """Take more of the request; return how many bytes of ``data`` belonged to it."""
        if self._leftover.receiver is not None and not self.completed:
            return self._pass_leftover(data)
        if not (self.header_plus or self.headers_finished) and (empty := _EMPTY.match(data)):
            self.empty = self.completed = True  # all at once: waitress takes one after the other
            return empty.end()
        try:
            if not self.headers_finished:
                self._refuse_what_cannot_become_a_head(data)
            consumed: int = super().received(data)
        except (BadChunks, ParsingError) as error:
            self.error, self.completed, consumed = BadRequest(str(error)), True, len(data)
        except HeadTooLarge as error:
            self.error = Refusal(error.status, str(error))
            self.completed, consumed = True, len(data)
        if self.completed and self._payload is not None and self._payload.lacks_room:
            self.head = NoRoom(NO_ROOM)
            if self._payload.fault:
                log.error("no room for a payload", bytes=self.body_bytes_received)
        if self.error:
            self.expect_continue = False  # or waitress would tell the caller to go on
        return consumed

    def parse_header(self, header_plus: bytes) -> None:  # noqa: ARG002 - we have its lines
        """Parse request line and header, and refuse what could be read in two ways.

        waitress gets to see the request line only, and the fields where it would have put them:
        its own expressions let a bare CR or LF pass at the end of some, and cost twice the time.

        Raises:
            ParsingError: with the reason.
        """
        line, *rest = self._lines
        if not _LINE.fullmatch(line):
            raise ParsingError("The request line is not one of HTTP/1.0 or HTTP/1.1")
        # A refusal is answered in the request's version, and one of HEAD without a body.
        self.version = line[-3:].decode("ascii")
        self.command = line.partition(b" ")[0].decode("ascii")
        fields = [_field(each) for each in rest]
        self._refuse_ambiguity(line, fields)
        self._keep(fields)
        try:
            super().parse_header(line + b"\r\n")
        except ValueError as error:  # such as half of an IPv6 address, or a number without end
            raise ParsingError("The request line or a header makes no sense") from error
        self._refuse_target()
        self._keep_connection_as_said(fields)
        if self._look:
            self.head = self._look(self.command, self.path, self.headers, self.content_length)
        if self.body_rcv is None:
            self.expect_continue = False  # waitress would wait for a body that never comes
        elif self._is_wanted():
            self._receive_payload()
        else:
            self._leave_payload()

    def _keep(self, fields: list[tuple[bytes, bytes]]) -> None:
        """Name fields as CGI does, where a hyphen and an underscore would be the same."""
        for name, value in fields:
            if b"_" not in name:
                key, text = name.decode("ascii").upper().replace("-", "_"), value.decode("latin-1")
                self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def _is_wanted(self) -> bool:
        return not self._look or not (self.head is None or isinstance(self.head, ProxyError))

    def _receive_payload(self) -> None:
        size = None if self.chunked else self.content_length
        self._payload = PayloadBuffer(self._budget, size)
        if self._payload.lacks_room:
            self.head = NoRoom(NO_ROOM)
            self._leave_payload()
        else:
            self._receive_into(self._payload)

    def _receive_into(self, payload: PayloadBuffer | Dropped) -> None:
        if self.chunked:
            self.body_rcv = Chunks(payload)
        else:
            self.body_rcv.buf = payload

    def _leave_payload(self) -> None:
        """Be complete without the payload; what comes of it all the same is dropped."""
        self._payload = None
        if self.expect_continue or self.content_length >= self.adj.max_request_body_size:
            self.headers["CONNECTION"] = "close"  # it may never come, or be too much to wait for
        else:
            self._receive_into(Dropped())
            self._leftover.receiver = self.body_rcv
        self.body_rcv, self.expect_continue, self.content_length = None, False, 0

    def _pass_leftover(self, data: bytes) -> int:
        """Let go by what belongs to the refused request before this one."""
        receiver = self._leftover.receiver
        try:
            passed: int = receiver.received(data)
            if len(receiver) >= self.adj.max_request_body_size:
                raise BadChunks("They have no end")
        except BadChunks:
            self.error, self.completed = Answered(), True
            return len(data)
        self.body_bytes_received += passed
        if receiver.completed:
            self._leftover.receiver = None
            self.empty = self.completed = True
        return passed

    def _refuse_what_cannot_become_a_head(self, data: bytes) -> None:
        """Tell those at once who speak TLS here, or end lines with LF: they would wait."""
        head = self.header_plus + data
        if not (start := _START.match(head)):
            raise ParsingError("This is no HTTP request")
        end = head.find(b"\r\n\r\n", start.end(1))  # behind it may be a payload
        end = len(head) if end < 0 else end
        if _BARE_LF.search(head, len(self.header_plus), end):
            raise ParsingError("A line ends without CR")
        if end >= self.adj.max_request_header_size:
            most = self.adj.max_request_header_size
            raise HeadTooLarge(431, f"The head is longer than {most} bytes")
        self._lines = head_lines(head[start.end(1) : end])

    def _refuse_ambiguity(self, line: bytes, fields: list[tuple[bytes, bytes]]) -> None:
        names = [name for name, _ in fields]
        codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
        if codings and (
            codings != [b"chunked"] or b"content-length" in names or line.endswith(b"1.0")
        ):
            raise ParsingError("Where the body ends is not clear")
        hosts = [value for name, value in fields if name == b"host"]
        if len(hosts) > 1 or (not hosts and line.endswith(b"1.1")):
            raise ParsingError("There must be one Host")
        if hosts and not _HOST.fullmatch(hosts[0]):
            raise ParsingError("Host is no host")

    def _refuse_target(self) -> None:
        if not self.request_uri.startswith(("/", "http://", "https://")):
            raise ParsingError("The request line names no path")
        # waitress makes one slash of several, whoever guards a path in front of us does not.
        if self.path.startswith("//") or (self.request_uri[0] != "/" and not self.proxy_netloc):
            raise ParsingError("The request line names no path of ours")

    def _keep_connection_as_said(self, fields: list[tuple[bytes, bytes]]) -> None:
        """Leave waitress the one option that it knows; it looks for no other beside it."""
        said = b",".join(value for name, value in fields if name == b"connection").lower()
        options = {option.strip(b" \t") for option in said.split(b",")}
        for known in ("close", "keep-alive"):
            if known.encode() in options:
                self.headers["CONNECTION"] = known
                return


class Refusal(Error):  # type: ignore[misc]
    """A refusal in words of ours, which quote nothing of the request."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.code = status
        self.reason = HTTPStatus(status).phrase


class Answered(Error):  # type: ignore[misc]
    """What follows a refused request is no payload: its connection ends, without another word."""

    def __init__(self) -> None:
        super().__init__("")


class Leftover:
    """What a refused request's client may still send of it; one for each connection."""

    receiver: Any = None
    """Takes it; None: nothing."""


def _field(line: bytes) -> tuple[bytes, bytes]:
    """Return a header's name in lower case, and its value without the blanks around it."""
    match = _FIELD.fullmatch(line)
    if not match:
        raise ParsingError("A header line is not well formed, or folded")
    return match[1].lower(), match[2].strip(b" \t")
