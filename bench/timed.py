"""What came of doing something many times: how long each took, and all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """Some requests, or inserts, that were timed."""

    seconds: float
    """From the first one's start to the last one's end."""
    latencies_s: list[float]
    """Of each that ended as it should."""
    wrong: list[str] = field(default_factory=list)
    """How the others ended, such as ``503``; a number that was measured on these means nothing."""
    cpu_s: float
    """CPU seconds of the process that did them."""
    ended_at_s: dict[int, float] = field(default_factory=dict)
    """Seconds since 1970 by the request's number; only where each is sent once."""

    @property
    def per_second(self) -> float:
        """How many went through in a second."""
        return len(self.latencies_s) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Return how many milliseconds that share of them took at most."""
        return percentile(self.latencies_s, share) * 1000


def percentile(values: list[float], share: float) -> float:
    """Return the smallest value that this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
