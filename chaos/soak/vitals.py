"""RSS, threads and open files of every program, in its quiet moments: do they grow?"""

import contextlib
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import psutil

from localstack.stack import Stage

EVERY_S: Final = 0.5
WARM_UP: Final = 1 / 3
"""Of a process's life: caches fill, threads work for the first time."""
FEWEST: Final = 6
"""Looks that a judgement needs."""
RSS, THREADS, FILES = "RSS, MB", "threads", "open files"
MOST_GROWTH: Final = {RSS: 12.0, THREADS: 8.0, FILES: 24.0}
"""From the end of the warm-up to the end. A leak of 1 kB for each of the hundred thousand calls of
half an hour would be 100 MB; connections come and go."""
MOST_GROWTH_AT_FIRST: Final = {RSS: 80.0, THREADS: 40.0, FILES: 450.0}
"""The same in the first minutes: it finds what each call leaves behind. On a busy machine a process
does after the warm-up what it does once: a proxy loads its job store at the first asynchronous
call (40 MB), a relay's pools get their threads. The 400 connections of a burst stay for seconds."""
FIRST_S: Final = 300.0


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at one process."""

    at_s: float
    values: dict[str, float]
    """By the names of `MOST_GROWTH`."""


@dataclass(kw_only=True)
class Vitals:
    """One thread that looks at all of them."""

    stage: Stage
    looks: dict[tuple[str, int], list[Look]] = field(default_factory=lambda: defaultdict(list))
    """By program and process."""
    quiet: threading.Event = field(default_factory=threading.Event)
    """Set while nothing is broken or crowded: only then it looks."""
    _over: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def watched(self) -> Iterator["Vitals"]:
        """Look for the length of a ``with`` block."""
        thread = threading.Thread(target=self._watch, name="vitals")
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def longest(self) -> dict[str, Sequence[Look]]:
        """Return of each program the process that was seen longest."""
        found: dict[str, Sequence[Look]] = {}
        for (name, _), looks in self.looks.items():
            if len(looks) > len(found.get(name, ())):
                found[name] = looks
        return found

    def _watch(self) -> None:
        supervisord = self.stage.container.process.pid
        while not self._over.wait(EVERY_S):
            status = self.stage.container.status()
            pids = {name: program["pid"] for name, program in status.items() if program["pid"]}
            for name, pid in {**pids, "supervisord": supervisord}.items():
                with contextlib.suppress(psutil.Error):
                    seen = look(psutil.Process(pid))
                    if self.quiet.is_set():
                        self.looks[name, pid].append(seen)


def look(process: psutil.Process) -> Look:
    """Look at one process."""
    values = {
        RSS: process.memory_info().rss / 1e6,
        THREADS: process.num_threads(),
        FILES: process.num_fds(),
    }
    return Look(at_s=time.monotonic(), values=values)


def growth(looks: Sequence[Look], what: str) -> float:
    """Return how much it grew after the warm-up: the slope of a straight line, times the time."""
    settled = looks[int(len(looks) * WARM_UP) :]
    times = [look.at_s for look in settled]
    line = statistics.linear_regression(times, [look.values[what] for look in settled])
    return line.slope * (times[-1] - times[0])


def grew(name: str, looks: Sequence[Look]) -> list[str]:
    """Return what grew too much."""
    if len(looks) < FEWEST:
        return [f"{name} was seen {len(looks)} times only"]
    is_long = looks[-1].at_s - looks[0].at_s >= FIRST_S
    most = MOST_GROWTH if is_long else MOST_GROWTH_AT_FIRST
    return [
        f"{name}: {what} grew by {grown:.1f}"
        for what, limit in most.items()
        if (grown := growth(looks, what)) > limit
    ]
