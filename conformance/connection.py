"""Sends requests to the server over a connection, and reads what it answers. I/O only.

Own code around `http.client.HTTPResponse`: the connections of that library forget what a server
sends beyond its answer, and that is one of the faults to find.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import select
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import unquote

from conformance.fault import Fault
from conformance.reader import Given, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

_LATE_S: Final = 0.1
"""How long is waited for bytes that nobody asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    """By names in lower case."""
    body: bytes
    closes: bool
    """Whether it says that its connection ends with it."""

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what the body says; a body that is not JSON is its text."""
        text = self.body.decode("utf-8", "backslashreplace")
        try:
            return json.loads(text)
        except ValueError:
            return text

    def extra_info(self) -> dict[str, Any]:
        """Return what ``X-Extra-Info`` says.

        Raises:
            Fault: it is missing, or no percent-encoded JSON object.
        """
        header = self.headers.get("x-extra-info")
        if header is None:
            raise Fault("there is no X-Extra-Info", "send it with each answer")
        try:
            found = json.loads(unquote(header, errors="strict"))
        except ValueError:
            found = None
        if not isinstance(found, dict) or not header.isascii():
            raise Fault(
                f"X-Extra-Info is {header[:60]!r}", "send a JSON object, percent-encoded as UTF-8"
            )
        return found


class Connection:
    """A kept connection to the server; one request at a time.

    Args:
        host: the server's address.
        port: its port.
        limit_s: how long any single step may take.
    """

    def __init__(self, host: str, port: int, *, limit_s: float) -> None:
        self._address = (host, port)
        self._limit_s = limit_s
        self._sock: socket.socket | None = None
        self._reader: Reader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sock is not None:
            self._sock.close()

    def post(self, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send one request and return its answer.

        Raises:
            Fault: there is none, or no whole one.
        """
        try:
            sock, reader = self._opened()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have answered
                sock.sendall(self._head(headers, len(body)) + body)
            response = http.client.HTTPResponse(Given(reader), method="POST")
            response.begin()
            closes = response.will_close
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Fault(
                f"the call is not answered: {type(error).__name__} {error}".rstrip(),
                "answer each request with a whole response, also when something fails",
            ) from error
        return Answer(
            status=response.status,
            headers={name.lower(): text for name, text in response.getheaders()},
            body=answer,
            closes=closes,
        )

    def stays_silent(self, for_s: float = _LATE_S) -> bool:
        """Tell whether neither a byte nor the end of the connection comes."""
        sock, reader = self._opened()
        return not reader.has_more() and not select.select([sock], [], [], for_s)[0]

    def _opened(self) -> tuple[socket.socket, Reader]:
        if self._sock is None or self._reader is None:
            self._sock = socket.create_connection(self._address, timeout=self._limit_s)
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._reader = Reader(self._sock)
        return self._sock, self._reader

    def _head(self, headers: Mapping[str, str], size: int) -> bytes:
        host, port = self._address
        fields = {"Host": f"{host}:{port}", "Content-Length": str(size), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST / HTTP/1.1\r\n{lines}\r\n".encode("ascii")
