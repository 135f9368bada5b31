"""A small HTTP server in front of the proxy that behaves as Heroku's router does.

It passes requests on under a request id of its own, and answers with an error page by itself when
it is told to. It can also keep an answer back for a while, as a slow network does.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from uuid import uuid4

import urllib3

from localstack.ports import free_port

ERROR_PAGE: Final = b"<!DOCTYPE html><html><head><title>Application Error</title></head></html>"
"""What Heroku shows, shortened: H12 is a 503 with a page and no header of ours."""
HOP_BY_HOP: Final = frozenset({"connection", "content-length", "transfer-encoding"})
PATIENCE_S: Final = 60.0


def _at_once() -> None:
    """Keep no answer back."""


@dataclass
class Router:
    """What the router does to the next requests, and what passed through it."""

    target: str
    """Origin of the proxy."""
    port: int = field(default_factory=free_port)
    errors_left: int = 0
    """How many more requests get the error page and go nowhere."""
    lost_left: int = 0
    """How many more answers are replaced by the error page, as when they come too late (H12)."""
    hold: Callable[[], None] = _at_once
    """Is waited for before an answer goes back."""
    passed: list[tuple[str, int]] = field(default_factory=list)
    """Path and status of every request, in the order of the answers."""
    http: urllib3.PoolManager = field(default_factory=urllib3.PoolManager, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def be_well(self) -> None:
        """Pass everything on from now on, and forget what passed."""
        self.errors_left = self.lost_left = 0
        self.hold = _at_once
        self.passed.clear()

    @property
    def url(self) -> str:
        """Origin to call it by."""
        return f"http://127.0.0.1:{self.port}"

    def takes_error(self) -> bool:
        """Tell whether this request gets the error page and goes nowhere."""
        with self._lock:
            self.errors_left -= 1
            return self.errors_left >= 0

    def loses_answer(self) -> bool:
        """Tell whether this answer is replaced by the error page."""
        with self._lock:
            self.lost_left -= 1
            return self.lost_left >= 0

    def pass_on(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> urllib3.BaseHTTPResponse:
        """Send a request to the proxy."""
        sent = [pair for pair in headers if pair[0].lower() not in HOP_BY_HOP | {"x-request-id"}]
        return self.http.request(
            method,
            self.target + path,
            body=body,
            headers=urllib3.HTTPHeaderDict([*sent, ("X-Request-Id", str(uuid4()))]),
            retries=False,
            timeout=PATIENCE_S,
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        """Answer one request."""
        router = self.server.router
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if router.takes_error():
            self._show_error()
            return
        answer = router.pass_on(self.command, self.path, list(self.headers.items()), body)
        router.hold()
        if router.loses_answer():
            self._show_error()
            return
        router.passed.append((self.path, answer.status))
        self._answer(answer.status, list(answer.headers.items()), answer.data)

    def do_GET(self) -> None:
        """Answer one request."""
        self.do_POST()

    def _show_error(self) -> None:
        self.server.router.passed.append((self.path, 503))
        self._answer(503, [("Content-Type", "text/html; charset=utf-8")], ERROR_PAGE)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP | {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, router: Router) -> None:
        super().__init__(("127.0.0.1", router.port), _Handler)
        self.router = router


@contextlib.contextmanager
def running_router(router: Router) -> Iterator[Router]:
    """Serve for the length of a ``with`` block."""
    with _Server(router) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield router
        finally:
            server.shutdown()
            thread.join()
            router.http.clear()
