"""A function's place taken by a server that records what arrives and answers as it is told."""

import base64
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from localstack.waiting import wait_until


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """One request that reached the function; health checks are not kept."""

    headers: list[tuple[str, str]]
    """In order, names in lower case."""
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the header's only value.

        Raises:
            AssertionError: it was sent more than once.
        """
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None


@dataclass(kw_only=True)
class FakeFunction:
    """What it received, and how it answers next."""

    port: int = 0
    status: int = 200
    body: bytes = b'{"ok":true}'
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    half: bool = False
    """Declare the whole body, send half of it, close."""
    delay_s: float = 0.0
    healthy: bool = True
    received: list[Received] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        function = self.server.function
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("x-health-check") == "true":
            self._answer(200 if function.healthy else 503, {}, b'"OK"')
            return
        headers = [(name.lower(), value) for name, value in self.headers.items()]
        function.received.append(Received(headers=headers, body=body))
        function.stopping.wait(function.delay_s)
        self._answer(function.status, function.headers, function.body, half=function.half)

    def _answer(
        self, status: int, headers: dict[str, str], body: bytes, *, half: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the proxy may have given up
            self.wfile.write(body[: len(body) // 2] if half else body)
        self.close_connection = half

    def log_message(self, *arguments: Any) -> None:  # noqa: ANN401
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, function: FakeFunction) -> None:
        super().__init__(("127.0.0.1", function.port), _Handler)
        self.function = function

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A connection that ended early is what some tests are about."""


@contextlib.contextmanager
def fake_function(port: int = 0) -> Iterator[FakeFunction]:
    """Serve a `FakeFunction` for the length of a ``with`` block; 0 is a free port."""
    function = FakeFunction(port=port)
    with _Server(function) as server:
        function.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield function
        finally:
            function.stopping.set()
            server.shutdown()
            thread.join()


def echo_context(received: Received) -> dict[str, Any]:
    """Return the function context that arrived, decoded."""
    context: dict[str, Any] = json.loads(base64.b64decode(received.header("ce-sffncontext") or ""))
    return context


def wait_for_calls(function: FakeFunction, count: int, *, limit_s: float = 60) -> None:
    """Wait until ``count`` invocations have arrived."""
    wait_until(lambda: len(function.received) >= count, f"{count} calls", limit_s=limit_s)
