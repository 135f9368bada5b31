"""How much of the job store is taken by whom: one user's jobs must not fill everybody's."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from invocation.errors import BacklogFull

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOOK_S: Final = 1.0
"""How old what is known of the store may be; others add to it meanwhile."""
MOST_LOOKING: Final = 0.05
"""The part of the time that may be spent on looking."""


class Backlog:
    """Knows the bytes of jobs that are not at their end; safe to share between threads.

    Args:
        most: bytes of all users together.
        most_of_one: bytes of one user.
        clock: monotonic seconds.
    """

    def __init__(
        self, *, most: int, most_of_one: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._clock = clock
        self._lock = threading.Lock()
        self._stored: Counter[str] = Counter()
        self._look_again_s = 0.0

    def add(self, user: str, size: int, look: Callable[[], Mapping[str, int]]) -> None:
        """Count a job that is about to be stored.

        Args:
            user: whose it is.
            size: in bytes, as it is stored.
            look: returns the bytes of each user in the store, also of other processes.

        Raises:
            BacklogFull: there is no room for it, of this user or of anybody.
        """
        with self._lock:
            if self._clock() >= self._look_again_s:
                self._look(look)
            if self._stored[user] + size > self._most_of_one:
                raise BacklogFull("Too much of this user's is waiting to be done: try again later")
            if self._stored.total() + size > self._most:
                raise BacklogFull("Too much is waiting to be done: try again later")
            self._stored[user] += size

    def _look(self, look: Callable[[], Mapping[str, int]]) -> None:
        began_s = self._clock()
        self._stored = Counter(look())
        ended_s = self._clock()
        self._look_again_s = ended_s + max(LOOK_S, (ended_s - began_s) / MOST_LOOKING)
