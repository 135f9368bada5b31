"""Calls the function over kept connections, and knows for sure whether it was called. I/O only.

Own code on `httptools`, not an HTTP library, for two reasons. What a broken call means depends on
how far it got: refused (nothing ran, safe to repeat) or broken after it was sent (may have run);
and the deadline holds for the whole answer, also when it drips.
"""

from __future__ import annotations

import math
import select
import socket
import threading
import time
from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Final

from invocation.errors import AnswerTooLarge, FunctionBroke, FunctionTimedOut, FunctionUnavailable
from invocation.function.answer import BROKE, AnswerReader, FunctionAnswer
from invocation.function.calls_under_way import CallsUnderWay
from invocation.request import ASYNC

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOST: Final = "127.0.0.1"
CONNECT_TIMEOUT_S: Final = 2.0
SEND_BYTES: Final = 65_536
RECEIVE_BYTES: Final = 262_144
IDLE_LIMIT_S: Final = 4.0
"""Servers close an idle connection, many after 5 s; a request sent at that instant is lost."""
LOOK_S: Final = 1.0
"""How often a waiting call looks whether the process is being stopped."""

ANSWER_S: Final = 2.0
"""How much sooner than the proxy the runtime gives up, so that its answer tells what happened:
a second for the function to clean up, and one for the answer to arrive on a busy machine."""
_TIMED_OUT: Final = "The function did not answer in time and may still be running"
_SYNC_ADVICE: Final = "invoke it asynchronously, or make it faster"
_ASYNC_ADVICE: Final = "make it faster, or raise ASYNC_FUNCTION_TIMEOUT_S"
_STOPPED: Final = (
    "The proxy is being stopped and can't wait for the function, which may still be running"
)


class Health(Enum):
    """What came of a health check."""

    WELL = "well"
    """It was answered with 200."""
    UNWELL = "unwell"
    """It was answered with another status: the function does hear us, and a restart is no cure."""
    BUSY = "busy"
    """No answer in time, but it takes connections and works on calls: as good as well."""

    SILENT = "silent"
    """No answer: not in time, not to the end, or nobody took the connection."""

    @property
    def is_fine(self) -> bool:
        """Whether calls can be sent to it."""
        return self in {Health.WELL, Health.BUSY}


class FunctionClient:
    """Sends requests to the function on this machine; safe to share between threads.

    Args:
        port: where the function listens.
        max_answer_bytes: largest body that is taken.
        is_ours: asked at each new connection whether it leads to the function, see `FunctionPort`.
        last_answer_s: until when anything is waited for at all, see `Draining`.
        calls: where calls are noted while they are under way; health checks are not.
        clock: monotonic seconds, the one of the deadlines.
    """

    def __init__(
        self,
        *,
        port: int,
        max_answer_bytes: int,
        is_ours: Callable[[], bool] = lambda: True,
        last_answer_s: Callable[[], float] = lambda: math.inf,
        calls: CallsUnderWay | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._is_ours = is_ours
        self._last_answer_s = last_answer_s
        self._calls = calls or CallsUnderWay(None)
        self._port = port
        self._max_answer_bytes = max_answer_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: deque[tuple[socket.socket, float]] = deque()

    def invoke(
        self, headers: Sequence[tuple[str, str]], body: bytes, *, deadline: float
    ) -> FunctionAnswer:
        """Call the function once and return its answer, whatever its status.

        Raises:
            FunctionUnavailable: it takes no connection; it was not called.
            FunctionTimedOut: no whole answer at ``deadline``; it may still run.
            FunctionBroke: the connection ended early; it may have run.
            AnswerTooLarge: it ran, and answered too much.
        """
        if deadline <= self._clock():
            raise FunctionUnavailable("No time was left to call the function")
        kind = dict(headers).get("ce-type")
        advice = _ASYNC_ADVICE if kind == ASYNC else _SYNC_ADVICE
        sock = self._take() or self._connect(deadline)
        reusable = False
        try:
            limited = [*headers, self._time_limit(deadline)] if kind else headers
            request = _request(self._port, limited, body)
            with self._calls.one(deadline):
                reader = self._exchange(sock, request, deadline, advice)
            reusable = reader.keeps_connection
        finally:
            if reusable:
                self._give_back(sock)
            else:
                sock.close()
        return reader.answer()

    def health(self, *, timeout_s: float) -> Health:
        """Send a health check and return what came of it within ``timeout_s``.

        It is a POST without body and content type: to the Node runtime, a body that is declared
        JSON and empty is an error. It comes by a connection of its own, since whether the function
        takes one is part of the question.
        """
        deadline = self._clock() + timeout_s
        try:
            with self._connect(deadline) as sock:
                request = _request(self._port, [("x-health-check", "true")], b"")
                answer = self._exchange(sock, request, deadline, _SYNC_ADVICE).answer()
        except (FunctionUnavailable, FunctionTimedOut, FunctionBroke):
            return Health.SILENT
        except AnswerTooLarge:
            return Health.UNWELL
        return Health.WELL if answer.status == 200 else Health.UNWELL

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            while self._idle:
                self._idle.pop()[0].close()

    def _connect(self, deadline: float) -> socket.socket:
        timeout_s = max(0.001, min(CONNECT_TIMEOUT_S, deadline - self._clock()))
        try:
            sock = socket.create_connection((HOST, self._port), timeout=timeout_s)
        except OSError as error:
            raise FunctionUnavailable("The function does not take requests") from error
        if not self._is_ours():
            sock.close()
            raise FunctionUnavailable("The function does not take requests")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)  # `_exchange` waits by itself, for sending and receiving together
        return sock

    def _take(self) -> socket.socket | None:
        """Return the connection used last that is still good; close those that are not."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                sock, since = self._idle.pop()
            # Readable while idle means closed, or speaking unasked: no use either way.
            if self._clock() - since < IDLE_LIMIT_S and not _ready(sock, select.POLLIN, 0):
                return sock
            sock.close()

    def _give_back(self, sock: socket.socket) -> None:
        now = self._clock()
        with self._lock:
            self._idle.append((sock, now))
            while self._idle and now - self._idle[0][1] >= IDLE_LIMIT_S:
                self._idle.popleft()[0].close()

    def _exchange(
        self, sock: socket.socket, request: list[memoryview], deadline: float, advice: str
    ) -> AnswerReader:
        """Send and receive at once: it may answer, such as 413, before it has read everything."""
        reader = AnswerReader(self._max_answer_bytes)
        try:
            while not reader.complete:
                left_s = self._left_s(deadline, advice)
                wanted = select.POLLIN | select.POLLOUT if request else select.POLLIN
                ready = _ready(sock, wanted, min(left_s, LOOK_S))
                if ready & ~select.POLLOUT:
                    reader.feed(sock.recv(RECEIVE_BYTES))
                elif ready:
                    _send_some(sock, request)
                if ready:
                    self._calls.moved(came=bool(ready & ~select.POLLOUT))
        except OSError as error:
            raise FunctionBroke(BROKE) from error
        if request:
            reader.keeps_connection = False
        return reader

    def _time_limit(self, deadline: float) -> tuple[str, str]:
        """Return the header that says how long the function may take; of a short time, half."""
        left_s = max(0.002, deadline - self._clock())
        return "x-time-limit-s", f"{max(left_s - ANSWER_S, left_s / 2):.3f}"

    def _left_s(self, deadline: float, advice: str) -> float:
        now = self._clock()
        if deadline <= now:
            raise FunctionTimedOut(f"{_TIMED_OUT}: {advice}")
        # A call that is cut off looks like one that never began, which the router makes of it.
        if self._last_answer_s() <= now:
            raise FunctionTimedOut(_STOPPED)
        return min(deadline, self._last_answer_s()) - now


def _request(port: int, headers: Sequence[tuple[str, str]], body: bytes) -> list[memoryview]:
    lines = [f"POST / HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Length: {len(body)}\r\n"]
    for name, value in headers:
        if not value.isprintable() or not value.isascii():
            raise AssertionError(f"{name} is not one line of ASCII")  # wire.py lets none through
        lines.append(f"{name}: {value}\r\n")
    head = ("".join(lines) + "\r\n").encode("ascii")
    parts = [head + body] if len(body) < SEND_BYTES else [head, body]
    return [memoryview(part) for part in parts]


def _send_some(sock: socket.socket, request: list[memoryview]) -> None:
    """Send what fits now, and take it off ``request``."""
    try:
        sent = sock.send(request[0][:SEND_BYTES])
    except (BrokenPipeError, ConnectionResetError):
        request.clear()  # it reads no more, but may have answered; the answer counts
        return
    request[0] = request[0][sent:]
    if not request[0]:
        del request[0]


def _ready(sock: socket.socket, events: int, timeout_s: float) -> int:
    poll = select.poll()  # select.select() fails for descriptors above 1023
    poll.register(sock, events)
    found = poll.poll(timeout_s * 1000)
    return found[0][1] if found else 0
