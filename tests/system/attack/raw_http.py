"""HTTP/1 by hand: any bytes out, answers in, and what each answer of the proxy has to be like."""

import json
import re
import socket
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

LIMIT_S: Final = 5.0
"""How long the proxy may take to answer or to close; far more than it needs."""

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2}) [ -~]*")
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~]*)")
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
