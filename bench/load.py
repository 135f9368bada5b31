"""The load generator: ready-made requests over kept connections. Runs in a process of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httptools
import uvloop

from bench.timed import Timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SPARE_S: Final = 30.0
"""How much longer than planned a load may take before it is given up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What is sent where, by how many at once."""

    requests: Sequence[bytes]
    concurrency: int
    """Connections; each sends the next request when it has its answer."""
    port: int = 0
    expected_status: int = 200
    seconds: float | None = None
    """How long, with the requests sent again and again; None: each of them once."""
    per_second: float | None = None
    """Pace; None: as fast as the answers come."""


def send(load: Load) -> Timed:
    """Send a load and time the answers.

    Raises:
        TimeoutError: it does not end.
        OSError: nobody listens.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_send(load))


async def _send(load: Load) -> Timed:
    loop = asyncio.get_running_loop()
    run = _Run(load, loop)
    cpu_before = time.process_time()
    async with asyncio.timeout(SPARE_S + max(load.seconds or 0, run.planned_s)):
        await asyncio.gather(
            *(
                loop.create_connection(lambda: _Connection(run), "127.0.0.1", load.port)
                for _ in range(load.concurrency)
            )
        )
        await run.ended
    return Timed(
        seconds=run.last_answer - run.started,
        latencies_s=run.latencies_s,
        wrong=run.wrong,
        cpu_s=time.process_time() - cpu_before,
        ended_at_s=run.ended_at_s,
    )


class _Run:
    """What the connections of one load share."""

    def __init__(self, load: Load, loop: asyncio.AbstractEventLoop) -> None:
        self.load = load
        self.loop = loop
        self.started = self.last_answer = time.perf_counter()
        self.latencies_s: list[float] = []
        self.ended_at_s: dict[int, float] = {}
        self.wrong: list[str] = []
        self.ended: asyncio.Future[None] = loop.create_future()
        self.planned_s = len(load.requests) / (load.per_second or 100)
        self._connections = load.concurrency
        self._numbers = iter(self._next_numbers())

    def _next_numbers(self) -> Iterator[int]:
        if self.load.seconds is None:
            yield from range(len(self.load.requests))
            return
        sent = 0
        while time.perf_counter() - self.started < self.load.seconds:
            yield sent % len(self.load.requests)
            sent += 1

    def next_number(self) -> int | None:
        """Return which request is sent next; None: there are no more."""
        return next(self._numbers, None)

    def wait_s(self, number: int) -> float:
        """Return the seconds until it is that request's turn."""
        if not self.load.per_second:
            return 0.0
        return self.started + number / self.load.per_second - time.perf_counter()

    def note(self, number: int, status: int, since: float) -> None:
        """Note one answer."""
        self.last_answer = time.perf_counter()
        if status != self.load.expected_status:
            self.wrong.append(str(status))
            return
        self.latencies_s.append(self.last_answer - since)
        if self.load.seconds is None:
            self.ended_at_s[number] = time.time()

    def leave(self, *, broken: bool) -> None:
        """Note that a connection sends no more; the last one ends the run."""
        if broken:
            self.wrong.append("no whole answer")
        self._connections -= 1
        if not self._connections and not self.ended.done():
            self.ended.set_result(None)


class _Connection(asyncio.Protocol):
    """One caller; its ``on_`` methods are called by the parser."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._number: int | None = None
        self._since = 0.0
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - one of two classes
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        if self._number is not None:
            self._run.note(self._number, self._parser.get_status_code(), self._since)
            self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        if self._number is not None:
            self._number = None
            self._run.leave(broken=True)

    def _next(self) -> None:
        self._number = self._run.next_number()
        if self._number is None:
            self._transport.close()
            self._run.leave(broken=False)
        elif (wait_s := self._run.wait_s(self._number)) > 0:
            self._run.loop.call_later(wait_s, self._send)
        else:
            self._send()

    def _send(self) -> None:
        if self._number is not None:
            self._since = time.perf_counter()
            self._transport.write(self._run.load.requests[self._number])
