"""Looks on while a run goes on: which of the accepted jobs does the org still wait for?"""

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from chaos.kills.callers import Callers, Invocation
from chaos.kills.programs import settle
from chaos.kills.stage import Stage
from chaos.kills.verdict import is_pending

MOST_WAITING: Final = 300
"""Jobs accepted and not final: callers pause above it, so that there are some as long as there are
kills. More than a relay takes in hand at once."""
SETTLE_LIMIT_S: Final = 120.0
"""From the end of the disturbance to the last outcome; a relay's longest pause is half of it."""
LOOK_S: Final = 0.1


Tell = Callable[[int, int], None]
"""Told how many are accepted, and how many of these are final."""


class Watch:
    """One run's view of the org's records; it also holds callers back."""

    def __init__(self, stage: Stage, callers: Callers, tell: Tell) -> None:
        self._stage = stage
        self._callers = callers
        self._tell = tell
        self._pending: list[Invocation] = []
        self._looked_at = 0
        self._most_waiting = max(1, min(MOST_WAITING, callers.wanted // 4))

    def look(self) -> int:
        """Return how many are accepted and pending; let callers go on or pause."""
        new = self._callers.invocations[self._looked_at :]
        self._looked_at += len(new)
        self._pending = [i for i in (*self._pending, *new) if self._is_pending(i)]
        waiting = sum(invocation.accepted for invocation in self._pending)
        accepted = sum(invocation.accepted for invocation in self._callers.invocations)
        if waiting < self._most_waiting:
            self._callers.room.set()
        else:
            self._callers.room.clear()
        self._tell(accepted, accepted - waiting)
        return waiting

    def wait_for_the_rest(self) -> None:
        """Wait until all are final and the store says so too; judging is left to the caller."""
        deadline = time.monotonic() + SETTLE_LIMIT_S
        while time.monotonic() < deadline and (self.look() or self._unfinished()):
            settle(self._stage.programs.values())
            time.sleep(LOOK_S)

    def _is_pending(self, invocation: Invocation) -> bool:
        return is_pending(self._stage.org.record(invocation.record_id))

    def _unfinished(self) -> int:
        with contextlib.suppress(sa.exc.SQLAlchemyError):
            return unfinished(self._stage.states())
        return 1


def unfinished(states: Counter[str]) -> int:
    """Return how many jobs are neither delivered nor given up."""
    return states.total() - states["delivered"] - states["dead"]
