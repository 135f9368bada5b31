"""When to restart the function, and when to leave it alone for a while. Pure."""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import TYPE_CHECKING, Final

from invocation.function.client import Health

if TYPE_CHECKING:
    from supervision.supervisor import Program

LOOP_ENDS: Final = 5
"""So many ends within `LOOP_S` seconds are a crash loop."""
LOOP_S: Final = 60.0
FIRST_PAUSE_S: Final = 10.0
LONGEST_PAUSE_S: Final = 300.0
STABLE_S: Final = 300.0
"""A process that lives so long has left the crash loop."""


class Verdict(Enum):
    """What to do."""

    LEAVE = "leave"
    RESTART = "restart"
    STOP = "stop"
    START = "start"


class Judge:
    """Remembers of one program what a verdict needs.

    Args:
        failures: unanswered health checks, one every five seconds, that make it hung.
        start_s: how long it may take until its first answer.
    """

    def __init__(self, *, failures: int, start_s: float) -> None:
        self._failures = failures
        self._start_s = start_s
        self._misses = 0
        self._answered_pid = 0
        self._ends: deque[float] = deque()
        self._loops = 0
        self.next_start_s: float | None = None
        """When it is started again, None: it is not being left alone."""

    def look(self, program: Program, *, health: Health, now_s: float) -> Verdict:
        """Judge what was seen at ``now_s``, monotonic seconds. Who answers does not hang."""
        if self.next_start_s is not None:
            if now_s < self.next_start_s:
                return Verdict.LEAVE
            self.next_start_s = None
            return Verdict.START
        if health is Health.WELL:
            self._answered_pid = program.pid
            if program.age_s >= STABLE_S:
                self._loops = 0
        is_starting = program.pid != self._answered_pid and program.age_s < self._start_s
        # In any other state supervisord is about to start it, or a person has stopped it.
        if health is not Health.SILENT or is_starting or program.state != "RUNNING":
            self._misses = 0
            return Verdict.LEAVE
        self._misses += 1
        if self._misses < self._failures:
            return Verdict.LEAVE
        self._misses = 0
        return Verdict.RESTART

    def ended(self, *, now_s: float) -> Verdict:
        """Note that it ended by itself: supervisord starts it again, unless it keeps ending."""
        self._ends.append(now_s)
        while self._ends[0] <= now_s - LOOP_S:
            self._ends.popleft()
        if len(self._ends) < LOOP_ENDS:
            return Verdict.LEAVE
        self.given_up(now_s=now_s)
        return Verdict.STOP

    def given_up(self, *, now_s: float) -> None:
        """Leave it alone for a while, each time for longer."""
        self._ends.clear()
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._loops)
        self._loops += 1
        self.next_start_s = now_s + pause_s
