"""What an operator's Prometheus may know: counts and times, no names and no ids.

Each process counts for itself; with ``WEB_CONCURRENCY`` above 1 a scrape reaches one of them.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
BUCKETS_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """Counts invocations, and gives the text that is scraped."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._answered = Counter(
            "functions_invocations_total",
            "Answers to invocations",
            ["kind", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "functions_invocation_seconds",
            "From arrival to answer",
            ["kind"],
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._running = Gauge(
            "functions_invocations_running",
            "Invocations that have arrived and are not answered",
            ["kind"],
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self._registry)

    def arrived(self, kind: str) -> None:
        """Note an invocation, ``sync`` or ``async``."""
        self._running.labels(kind).inc()

    def answered(self, kind: str, *, status: str, seconds: float) -> None:
        """Count its answer."""
        self._running.labels(kind).dec()
        self._seconds.labels(kind).observe(seconds)
        self._answered.labels(kind, status).inc()
