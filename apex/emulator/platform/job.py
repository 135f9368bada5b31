"""Asynchronous Apex that waits or runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apex.emulator.values import Value, type_of

if TYPE_CHECKING:
    from datetime import datetime

    from apex.emulator.values import Id

_CHUNK = 200


@dataclass(eq=False, slots=True)
class Job:
    """One asynchronous job."""

    kind: str
    """``queueable``, ``scheduled``, ``batch``, ``future``, or ``event`` of events for triggers."""
    target: Value
    id: Id
    user_id: str
    due: datetime
    depth: int = 1
    """Of Queueables that enqueued each other."""
    deepest: int | None = None
    size: int = _CHUNK
    """Records per execute of a batch."""
    args: tuple[Value, ...] = ()
    """Of a future method."""

    @property
    def name(self) -> str:
        """The class that runs, ``Class.method`` of a future method, or the event."""
        if self.kind == "event":
            return str(self.target[0].info.name)
        if self.kind == "future":
            return f"{self.target.owner.name}.{self.target.name}"
        return str(type_of(self.target))
