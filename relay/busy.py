"""Counts what is under way, so that a stop can wait for it."""

from __future__ import annotations

import threading


class Busy:
    """Counts who is in the middle of something that a stop should wait for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until nobody is, at most this long; tell whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._count, timeout_s)
