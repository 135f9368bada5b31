"""HTTP/1 by hand: any bytes out, answers in, and what each answer of the proxy has to be like."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote

import httptools

LIMIT_S: Final = 5.0
"""How long the proxy may take to answer or to close; far more than it needs."""

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2}) [ -~]*")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~]*)")
_TCP_TABLES: Final = (Path("/proc/net/tcp6"), Path("/proc/net/tcp"))
_INTERNALS: Final = re.compile(
    rb"(?i:Traceback|File \"|\.py\b|site-packages|/usr/|/app/|/home/|waitress|falcon|127\.0\.0\.1)"
    rb"|\b[A-Z][A-Za-z]*(?:Error|Exception|Warning)\b|\bsys\.|__[a-z]+__|0x[0-9a-f]{6}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """What came back on one connection."""

    data: bytes = field(repr=False)
    ended: bool
    """The proxy closed the connection in time."""
    reset: bool
    """It closed while bytes were still on their way to it; the end of ``data`` may be missing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer."""

    status: int
    headers: dict[str, str]
    """By their names as written: Apex looks them up so."""
    body: bytes

    @property
    def message(self) -> str:
        """The text of an error."""
        text: str = json.loads(self.body)["message"]
        return text


def exchange(port: int, data: bytes, *, half_close: bool, limit_s: float = LIMIT_S) -> Exchange:
    """Send ``data`` on a connection of its own and read until the proxy closes it.

    Args:
        port: of the proxy.
        data: as it goes out.
        half_close: tell the proxy that nothing follows, as a client does that gives up.
        limit_s: longest pause of the proxy.
    """
    received, reset = bytearray(), False
    with socket.create_connection(("127.0.0.1", port), timeout=limit_s) as sock:
        try:
            sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        except TimeoutError:
            raise
        except OSError:
            reset = True
        try:
            while piece := sock.recv(65_536):
                received += piece
        except TimeoutError:
            return Exchange(data=bytes(received), ended=False, reset=reset)
        except OSError:
            reset = True
    return Exchange(data=bytes(received), ended=True, reset=reset)


def answers_in(exchanged: Exchange, *, to_head: bool = False) -> list[Answer]:
    """Take apart what came back; interim answers are left out.

    Raises:
        AssertionError: it is anything but a sequence of whole answers.
    """
    answers, rest = [], exchanged.data
    while rest:
        head, end, rest = rest.partition(b"\r\n\r\n")
        if not end and exchanged.reset:
            break
        assert end, rest
        status_line, *lines = head.split(b"\r\n")
        match = _STATUS_LINE.fullmatch(status_line)
        assert match, status_line
        if (status := int(match[1])) < 200:
            continue
        headers = _headers_in(lines)
        length = 0 if to_head else int(headers["Content-Length"])
        body, rest = rest[:length], rest[length:]
        if len(body) < length and exchanged.reset:
            break
        assert len(body) == length, f"{length} bytes were promised: {body!r}"
        answers.append(Answer(status=status, headers=headers, body=body))
    return answers


def _headers_in(lines: list[bytes]) -> dict[str, str]:
    headers = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        assert match, line
        name = match[1].decode()
        assert name not in headers, f"{name} was answered twice"
        headers[name] = match[2].decode()
    return headers


def check_answer(answer: Answer, *, to_head: bool = False) -> None:
    """Check what holds for each answer of the proxy: documented shape, nothing of its inside.

    Raises:
        AssertionError: with what is wrong.
    """
    for text in (answer.body, repr(answer.headers).encode()):
        leak = _INTERNALS.search(text)
        assert leak is None, f"the proxy's inside is told: {leak}: {text!r}"
    assert "Server" not in answer.headers
    assert "Via" not in answer.headers
    if answer.status < 400:
        return
    told = json.loads(unquote(answer.headers["X-Extra-Info"], errors="strict"))
    assert set(told) == {"requestId", "source", "statusCode", "isFunctionError", "stack"}
    assert (told["statusCode"], told["isFunctionError"], told["stack"]) == (
        answer.status,
        False,
        "",
    )
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    if to_head:
        return
    error = json.loads(answer.body)
    assert set(error) == {"statusCode", "error", "message"}
    assert error["statusCode"] == answer.status
    assert isinstance(error["error"], str)
    assert isinstance(error["message"], str)


class Connection:
    """One connection, kept open: requests out, answers in, each as soon as it is there."""

    def __init__(self, port: int, *, limit_s: float = LIMIT_S) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), timeout=limit_s)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ends = self._sock.getpeername()[1], self._sock.getsockname()[1]
        self._limit_s = limit_s
        self._ended = False
        self._data = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    @property
    def socket(self) -> socket.socket:
        """To be waited for, together with others."""
        return self._sock

    def send(self, *pieces: bytes) -> None:
        """Send the pieces, each when the one before has been read. The end may come meanwhile."""
        for piece in pieces:
            try:
                self._sock.sendall(piece)
            except TimeoutError:
                raise
            except OSError:
                return
            if piece is not pieces[-1]:
                self._wait_until_read()

    def hang_up(self) -> None:
        """Tell the proxy that nothing follows; the answers can still come."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def answers(self, count: int, *, to_head: Sequence[bool] = ()) -> list[Answer]:
        """Return the next ``count`` answers, interim ones among them, or those until the end.

        Raises:
            AssertionError: what came is no answer.
            TimeoutError: nothing came for `LIMIT_S`.
        """
        answers: list[Answer] = []
        while len(answers) < count:
            heads = to_head[len(answers)] if len(answers) < len(to_head) else False
            answer, self._data = take_answer(self._data, to_head=heads)
            if answer:
                answers.append(answer)
            elif not self._receive():
                break
        return answers

    def rest(self) -> bytes:
        """Return everything that still comes until the proxy closes the connection."""
        while self._receive():
            pass
        return self._data

    def _receive(self) -> bool:
        piece = b""
        if not self._ended:
            with contextlib.suppress(ConnectionError):  # it closed while bytes were on their way
                piece = self._sock.recv(65_536)
        self._data += piece
        self._ended = not piece
        return not self._ended

    def _wait_until_read(self) -> None:
        """Wait until the proxy has read everything: the next piece is then a read of its own."""
        deadline = time.monotonic() + self._limit_s
        while _unread(*self._ends):
            assert time.monotonic() < deadline, "the proxy does not read on"


def _unread(port: int, own_port: int) -> bool:
    """Tell whether bytes wait at the other end, as Linux tells it; elsewhere nobody knows."""
    ends = f":{port:04X}", f":{own_port:04X}"
    for table in _TCP_TABLES:
        for line in table.read_text().splitlines() if table.exists() else ():
            fields = line.split()
            if fields[1].endswith(ends[0]) and fields[2].endswith(ends[1]):
                return not fields[4].endswith(":00000000")
    return False


def take_answer(data: bytes, *, to_head: bool = False) -> tuple[Answer | None, bytes]:
    """Take the first answer off; None while it is not complete.

    Raises:
        AssertionError: it is none, in our eyes or in those of llhttp.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None, data
    status_line, *lines = head.split(b"\r\n")
    match = _STATUS_LINE.fullmatch(status_line)
    assert match, status_line
    answer = Answer(status=int(match[1]), headers=_headers_in(lines), body=b"")
    interim = answer.status < 200
    length = 0 if interim else int(answer.headers["Content-Length"])
    body_bytes = 0 if to_head else length
    if len(rest) < body_bytes:
        return None, data
    body, rest = rest[:body_bytes], rest[body_bytes:]
    _check_with_llhttp(head + end, bytes(length) if to_head else body, answer)
    return replace(answer, body=body), rest


def _check_with_llhttp(head: bytes, body: bytes, answer: Answer) -> None:
    """Another parser must see the same answer, with the same end."""
    seen = _Seen()
    parser = httptools.HttpResponseParser(seen)
    parser.feed_data(head + body[:-1])
    assert seen.complete == (not body)
    parser.feed_data(body[-1:])
    assert seen.complete
    assert parser.get_status_code() == answer.status
    assert seen.headers == answer.headers
    assert bytes(seen.body) == body


class _Seen:
    """What llhttp calls back."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("ascii")] = value.decode("ascii")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True
