"""Warn when something blocks the event loop, and with it all other calls and the health check."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from salesforce_functions._internal.log import get_logger
from salesforce_functions._internal.place import innermost_place, place_of_thread

_MOST_IDS: Final = 10

_ADVICE: Final = (
    "The event loop is blocked for more than %g s: no other call and no health check is answered"
    " meanwhile. Await what takes time, give it to asyncio.to_thread, or make the function a"
    " plain def"
)

_logger = get_logger()


@contextlib.contextmanager
def watched_loop(
    limit_s: float | None,
    project_path: Path,
    running_ids: Callable[[asyncio.AbstractEventLoop], Sequence[str]],
) -> Iterator[None]:
    """Watch the running event loop from a thread for the length of the block.

    Args:
        limit_s: How many seconds it may be blocked; `None`: it is not watched.
        project_path: The project whose line is to be named.
        running_ids: Returns the ids of the invocations that may be the cause.
    """
    if limit_s is None:
        yield
        return
    watch = _LoopWatch(limit_s, project_path, running_ids)
    threading.Thread(target=watch.run, name="loop-watch", daemon=True).start()
    try:
        yield
    finally:
        watch.over.set()


class _LoopWatch:
    """Asks the loop for a sign of life again and again."""

    def __init__(
        self,
        limit_s: float,
        project_path: Path,
        running_ids: Callable[[asyncio.AbstractEventLoop], Sequence[str]],
    ) -> None:
        self.over = threading.Event()
        self._limit_s = limit_s
        self._project_path = project_path
        self._running_ids = running_ids
        self._loop = asyncio.get_running_loop()
        self._thread_id = threading.get_ident()

    def run(self) -> None:
        # Four times per limit: a block is found at the latest a quarter after it reaches it.
        while not self.over.wait(self._limit_s / 4):
            alive = threading.Event()
            try:
                self._loop.call_soon_threadsafe(alive.set)
            except RuntimeError:  # the loop is closed
                return
            if alive.wait(self._limit_s):
                continue
            place = self._place()
            if place is None or alive.is_set():  # nobody's fault, or over by now
                continue
            self._warn(place)
            alive.wait()

    def _place(self) -> str | None:
        """Return what the loop is busy with, if it is.

        When the whole process was stopped for a while, or C code kept all of its threads waiting,
        the loop is late but blocked by nobody.
        """
        place = place_of_thread(self._thread_id, self._project_path)
        if place is None and asyncio.current_task(self._loop) is not None:
            return innermost_place(self._thread_id)
        return place

    def _warn(self, place: str) -> None:
        ids = self._running_ids(self._loop)
        shown = ",".join(ids[:_MOST_IDS]) + (",..." if len(ids) > _MOST_IDS else "")
        _logger.warning(_ADVICE, self._limit_s, invocationId=shown, at=place)
