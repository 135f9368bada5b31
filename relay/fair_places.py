"""Who may run a function next: no user's jobs keep all places while others wait."""

from __future__ import annotations

import threading
from collections import Counter, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator


class FairPlaces:
    """A bounded number of places; safe to share between threads.

    A free place goes to the user who holds the fewest. A function can't be interrupted, so a fifth
    of the places is out of reach of a user who holds the rest: somebody may come.

    Args:
        places: functions that may run at once.
    """

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._most = max(1, places - max(1, places // 5))
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[threading.Event]] = {}

    @contextmanager
    def place(self, user: Hashable) -> Iterator[None]:
        """Hold a place for the length of a ``with`` block; wait for one."""
        turn = threading.Event()
        with self._lock:
            self._waiting.setdefault(user, deque()).append(turn)
            self._fill()
        turn.wait()
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                self._held[user] -= 1
                self._held += Counter()  # drops those who hold none
                self._fill()

    def _fill(self) -> None:
        """Give free places away."""
        while self._free:
            allowed = (user for user in self._waiting if self._held[user] < self._most)
            user = min(allowed, key=self._held.__getitem__, default=None)
            if user is None:
                return
            turns = self._waiting.pop(user)
            turns.popleft().set()
            if turns:
                self._waiting[user] = turns  # behind all others
            self._held[user] += 1
            self._free -= 1
