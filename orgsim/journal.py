"""What was asked of the org: counters for tests, the latest requests for people."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

LATEST_REQUESTS: Final = 100
"""How many requests the page can show."""

EVENTS: Final = ("assertions_received", "tokens_minted", "activations", "faults_played")
"""What is counted besides requests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestLine:
    """One request to the org, as the page shows it. Holds no header and no body."""

    at: float
    """Seconds since 1970."""

    method: str
    path: str
    endpoint: str
    """Which of the org's endpoints: those of ``faults.ENDPOINTS``."""

    status: str
    """The answer's HTTP status, or ``none`` when the connection was closed without one."""

    fault: str = ""
    """The kind of fault that was played instead of the true answer."""


class Journal:
    """Counts requests and events. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._statuses: dict[str, Counter[str]] = {}
        self._events: Counter[str] = Counter()
        self._latest: deque[RequestLine] = deque(maxlen=LATEST_REQUESTS)

    def record(self, *, method: str, path: str, endpoint: str, status: str, fault: str) -> None:
        """Remember one request and how it was answered."""
        line = RequestLine(
            at=self._clock(),
            method=method[:16],
            path=path[:200],
            endpoint=endpoint,
            status=status,
            fault=fault,
        )
        with self._lock:
            self._latest.appendleft(line)
            self._statuses.setdefault(endpoint, Counter())[status] += 1
            self._events["faults_played"] += bool(fault)

    def count(self, event: str) -> None:
        """Count one of `EVENTS`."""
        with self._lock:
            self._events[event] += 1

    def counters(self) -> dict[str, Any]:
        """Return every event's number, and per endpoint the requests in total and by status."""
        with self._lock:
            requests = {
                endpoint: {"total": statuses.total(), "by_status": dict(sorted(statuses.items()))}
                for endpoint, statuses in sorted(self._statuses.items())
            }
            return {**{event: self._events[event] for event in EVENTS}, "requests": requests}

    def latest(self) -> tuple[RequestLine, ...]:
        """Return the latest requests, the newest first."""
        with self._lock:
            return tuple(self._latest)

    def reset(self) -> None:
        """Set every counter to zero and forget the requests."""
        with self._lock:
            self._statuses.clear()
            self._events.clear()
            self._latest.clear()
