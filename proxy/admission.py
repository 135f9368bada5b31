"""How many invocations run at once: fewer than there are threads, so health is always answered."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from invocation.errors import ProxyFull

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S: Final = 1.0
"""How long an invocation waits for a place. Apex repeats a 503 after one second by itself."""


class Admission:
    """A bounded number of places.

    Args:
        places: invocations that may run at once.
        wait_s: how long one more waits for a place, and holds a thread; 0: not at all.
    """

    def __init__(self, places: int, *, wait_s: float = WAIT_S) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._wait_s = wait_s

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for the length of a ``with`` block.

        Raises:
            ProxyFull: none became free in time.
        """
        if not self._places.acquire(timeout=self._wait_s):
            raise ProxyFull("Too many invocations at once: try again in a moment")
        try:
            yield
        finally:
            self._places.release()
