"""Row locks that others hold: nobody else is here, so a Python test plays them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ROW_LOCKED: Final = "UNABLE_TO_LOCK_ROW"
RECORD_UNAVAILABLE: Final = (
    "Record Currently Unavailable: The record you are attempting to edit, or one of its related "
    "records, is currently being modified by another user. Please try again."
)


@dataclass(eq=False, slots=True)
class RowLocks:
    """Which records somebody else has locked for longer than the ten seconds that Apex waits."""

    _times: dict[str, int | None] = field(default_factory=dict)

    def hold(self, record_id: str, *, times: int | None = None) -> None:
        """Have a record found locked, so many times or until it is released."""
        self._times[record_id] = times

    def release(self, record_id: str) -> None:
        """Let a record be locked again."""
        self._times.pop(record_id, None)

    def is_held(self, record_id: str | None) -> bool:
        """Whether somebody else has a record locked now; asking is one time."""
        if record_id not in self._times:
            return False
        left = self._times[record_id]
        if left is None:
            return True
        self._times[record_id] = left - 1
        return left > 0
