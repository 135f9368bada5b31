"""One run at a time for each key: who comes while it goes on waits for it and shares its end."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Safe to share between threads; knows nothing of runs that have ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, Future[V]] = {}

    def join(self, key: K, run: Callable[[], V], *, timeout_s: float) -> V:
        """Return what the run of ``key`` returns: one that goes on already, or else this one.

        Raises:
            TimeoutError: another one's run did not end within ``timeout_s``.
            Exception: what the run raised.
        """
        with self._lock:
            flight = self._flights.get(key)
            if leads := flight is None:
                flight = self._flights[key] = Future()
        if not leads:
            return flight.result(timeout=max(0.0, timeout_s))
        try:
            value = run()
        except BaseException as error:
            self._end(key)
            flight.set_exception(error)
            raise
        self._end(key)
        flight.set_result(value)
        return value

    def _end(self, key: K) -> None:
        with self._lock:
            del self._flights[key]
