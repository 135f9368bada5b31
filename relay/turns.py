"""Whose turn it is with a job, and the waits in between: the policy, fed with clock and store."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING, Final

from invocation.jobs.job import JobState
from relay.policy import Limits, is_out_of_time, next_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from invocation.settings.config import Config
    from relay.ledger import Entry
    from relay.policy import GiveUp, Step

FIRST_PAUSE_S: Final = 0.5
_UNDER_WAY: Final = (JobState.INVOKING, JobState.DELIVERING)


class Turns:
    """Tells what to do next with a job, and waits. Safe to share between threads.

    Args:
        config: says how long a job is tried.
        is_alive: whether a process may still be running what it has started.
        stopping: set when the relay is told to stop.
    """

    def __init__(
        self, config: Config, *, is_alive: Callable[[str | None], bool], stopping: threading.Event
    ) -> None:
        self._limits = Limits.of(config)
        self._is_alive = is_alive
        self._stopping = stopping

    def next_step(self, entry: Entry) -> Step | GiveUp:
        """Return what to do with a job now."""
        # Asked only then: it is a question to the store.
        alive = entry.state in _UNDER_WAY and self._is_alive(entry.runner)
        return next_step(entry, self._limits, now_s=time.time(), owner_alive=alive)

    def is_out_of_time(self, entry: Entry) -> bool:
        """Tell whether to try no more when function or org are not there."""
        return is_out_of_time(entry, self._limits, now_s=time.time())

    def is_stopping(self) -> bool:
        """Tell whether to begin nothing more."""
        return self._stopping.is_set()

    def pause(self, seconds: float) -> None:
        """Wait; when the relay stops, wait for the process's end: the next one takes over."""
        if self._stopping.wait(seconds) or self._stopping.is_set():
            threading.Event().wait()


def growing_pauses(longest_s: float) -> Iterator[float]:
    """Yield growing pauses in seconds, with jitter so that many do not come back together."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        pause_s = min(pause_s * 2, longest_s)
