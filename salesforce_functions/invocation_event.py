"""What a function was asked to do."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeVar

__all__ = ["InvocationEvent"]

T = TypeVar("T")


# `slots=True` would make a second class, and `InvocationEvent[int](...)` then fails: Python sets
# `__orig_class__` on the new value, which a frozen dataclass refuses only by way of its own class
# (https://github.com/python/cpython/issues/91126). So the slots are spelled out.
@dataclass(frozen=True, kw_only=True)
class InvocationEvent(Generic[T]):
    """One call of a function: its first argument. ``T`` is the type of the payload."""

    __slots__ = ("data", "id", "source", "time", "type")

    id: str
    """Identifies this invocation; every log line of it carries the same id."""

    type: str
    """How it was called: ``com.salesforce.function.invoke.sync`` or ``...async``."""

    source: str
    """Where it was called from: a URI that names the instance, the org and Apex."""

    data: T
    """The payload: any JSON value; `None` when the caller sent nothing."""

    time: datetime | None
    """When the event was made; `None` when the caller does not say (Apex does not)."""

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields by name, so that copying and pickling work despite the slots."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Fill a new copy; the only moment at which a frozen value is written."""
        for name, value in state.items():
            object.__setattr__(self, name, value)
