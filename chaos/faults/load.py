"""Calls at a steady pace, whatever becomes of those before: a slow answer slows nobody down."""

import asyncio
import contextlib
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from chaos.faults.calls import CUT, LATE, REFUSED, UNANSWERED, Call
from chaos.faults.connection import Connection, ConnectionEndedError
from localstack.apex import Identity
from localstack.waiting import NotReadyError, wait_until

ANSWER_LIMIT_S: Final = 90.0
"""Longer than anything may take here."""


@dataclass(kw_only=True)
class Load:
    """One sender with a thread and an event loop of its own."""

    port: int
    identity: Identity
    per_second: float
    """0: only what is sent at once."""
    host: str = "127.0.0.1"
    new_call: Callable[[], Call] = Call
    calls: list[Call] = field(default_factory=list)
    """All that were sent, in this order."""
    _idle: deque[Connection] = field(default_factory=deque)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _at_work: set["asyncio.Task[None]"] = field(default_factory=set)

    @contextlib.contextmanager
    def running(self) -> Iterator["Load"]:
        """Send for the length of a ``with`` block, which ends when all are answered."""
        thread = threading.Thread(target=self._run_loop, name="load")
        thread.start()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._over.set)
            thread.join()

    def send_at_once(self, calls: Iterable[Call]) -> None:
        """Send these in the same instant, each by a connection of its own."""
        ready = [(call, call.request(self.identity, keep=False)) for call in calls]
        self._loop.call_soon_threadsafe(self._start_all, ready)

    def outcomes(self) -> Counter[str]:
        """Return how many calls ended how."""
        return Counter(call.outcome for call in list(self.calls) if call.outcome)

    def wait_for(self, more: int, *, limit_s: float = 60.0) -> None:
        """Wait until so many more calls have ended well.

        Raises:
            NotReadyError: they have not in time.
        """
        wanted = self._good() + more
        try:
            wait_until(lambda: self._good() >= wanted, f"{more} answers", limit_s=limit_s)
        except NotReadyError as error:
            raise NotReadyError(f"{error}: {dict(self.outcomes())}") from None

    def _good(self) -> int:
        return sum(call.is_good for call in list(self.calls))

    def _run_loop(self) -> None:
        with contextlib.closing(self._loop) as loop:
            loop.run_until_complete(self._send_all())

    async def _send_all(self) -> None:
        if self.per_second:
            await self._send_steadily()
        await self._over.wait()
        await asyncio.gather(*self._at_work)
        for connection in self._idle:
            connection.close()

    async def _send_steadily(self) -> None:
        began, number = time.monotonic(), 0
        while not self._over.is_set():
            due_s = began + number / self.per_second
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            # Every other one by a connection of its own: both ways must hold.
            keep, call = number % 2 == 0, self.new_call()
            self._start(call, call.request(self.identity, keep=keep), keep=keep)
            number += 1

    def _start_all(self, ready: Iterable[tuple[Call, bytes]]) -> None:
        for call, request in ready:
            self._start(call, request, keep=False)

    def _start(self, call: Call, request: bytes, *, keep: bool) -> None:
        self.calls.append(call)
        task = self._loop.create_task(self._run(call, request, keep=keep))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _run(self, call: Call, request: bytes, *, keep: bool) -> None:
        call.began_s = call.sent_s = time.monotonic()
        outcome = ""
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                await self._exchange(call, request, keep=keep)
        except TimeoutError:
            outcome = LATE
        except (ConnectionRefusedError, ConnectionResetError):  # reset: as the listener closed
            outcome = REFUSED
        except ConnectionEndedError as error:
            outcome = CUT if error.began else UNANSWERED
        except OSError as error:
            outcome = f"no connection: {error}"
        call.ended_s = time.monotonic()
        call.outcome = call.outcome or outcome

    async def _exchange(self, call: Call, request: bytes, *, keep: bool) -> None:
        connection = self._kept() if keep else None
        if connection is None:
            _, connection = await self._loop.create_connection(Connection, self.host, self.port)
        call.port = connection.port
        call.sent_s = time.monotonic()
        stays = False
        try:
            answer = await connection.exchange(request)
            stays = answer.keeps_connection
        finally:
            if keep and stays:
                self._idle.append(connection)
            else:
                connection.close()
        call.ended_s = time.monotonic()
        call.take(answer)

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        return None
