"""What lives as long as one transaction, and one stack frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apex.emulator.platform.limits import Limits

if TYPE_CHECKING:
    from apex.emulator.platform.database import Row
    from apex.emulator.platform.job import Job
    from apex.emulator.source.classes import ClassInfo, Field
    from apex.emulator.values import ApexObject, ApexType, Value


@dataclass(slots=True)
class Variable:
    """A local variable."""

    type: ApexType
    value: Value
    final: bool = False


@dataclass(slots=True)
class Frame:
    """One call that is under way."""

    cls: ClassInfo
    """Whose source is running."""
    this: ApexObject | None = None
    scopes: list[dict[str, Variable]] = field(default_factory=lambda: [{}])
    accessor: Field | None = None
    """The property whose getter or setter runs: its own name means the stored value there."""
    returns: ApexType | None = None

    def find(self, name: str) -> Variable | None:
        """Return a local variable by its lower-case name."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None


@dataclass(frozen=True, slots=True)
class Signal:
    """How a statement ended, when not at its end."""

    how: str
    """``break``, ``continue`` or ``return``."""
    value: Value = None


@dataclass(slots=True)
class TriggerContext:
    """What the ``Trigger`` variables show."""

    values: dict[str, Value]


@dataclass(eq=False, slots=True)
class Transaction:
    """One transaction: static fields, limits, work that is not committed."""

    limits: Limits = field(default_factory=Limits)
    kind: str = "synchronous"
    """``synchronous``, ``queueable``, ``finalizer``, ``scheduled``, ``batch`` or ``future``."""
    statics: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Static fields by class and field name; a class that is here has been initialised."""
    pending: bool = False
    """Work is not committed, so a callout is refused."""
    savepoints: list[tuple[dict[str, dict[str, Row]], bool]] = field(default_factory=list)
    locked: str | None = None
    """Where rows were locked by ``FOR UPDATE``, if any were since the last commit."""
    triggers: list[TriggerContext] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    """Asynchronous work that is queued when the transaction commits."""
    finalizer: ApexObject | None = None
    user_id: str = ""
    depth: int = 0
    job_id: str | None = None
    """Of the asynchronous job that runs as this transaction."""
    request_id: str = ""
    messages: list[Any] = field(default_factory=list)
    """Of ``ApexPages``."""
    saved_kinds: dict[bool, str] = field(default_factory=dict)
    """The first object saved of setup objects (True) and of others (False)."""
