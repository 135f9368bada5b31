"""SObjects as Apex holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from apex.emulator.values import ApexType, Value, identity_of

if TYPE_CHECKING:
    from apex.emulator.source.schema import FieldInfo, ObjectInfo

_APEX_TYPES: Final = {
    "Checkbox": "Boolean",
    "Number": "Decimal",
    "Currency": "Decimal",
    "Percent": "Decimal",
    "Integer": "Integer",
    "DateTime": "Datetime",
    "Date": "Date",
    "Time": "Time",
    "Id": "Id",
    "Lookup": "Id",
    "MasterDetail": "Id",
    "Base64": "Blob",
}


@dataclass(eq=False, slots=True)
class Record:
    """One SObject in memory: a row, or what will become one."""

    info: ObjectInfo
    values: dict[str, Value] = field(default_factory=dict)
    """By lower-case field name; only fields that were set or queried."""
    parents: dict[str, Record | None] = field(default_factory=dict)
    """By lower-case relationship name."""
    from_query: bool = False
    """Reading a field that is not in `values` is an error."""
    read_only: bool = False
    """As ``Trigger.old`` and, in after triggers, ``Trigger.new`` are."""
    errors: list[str] = field(default_factory=list)
    """What ``addError`` said."""

    @property
    def type(self) -> ApexType:
        """The object's name as a type."""
        return ApexType(self.info.name)

    def identity(self) -> Any:  # noqa: ANN401 - a key of any kind
        """Two records with equal fields are one key."""
        return (self.info.name, frozenset((f, identity_of(v)) for f, v in self.values.items()))

    def copy(self) -> Record:
        """Return a record with the same fields, not bound to this one."""
        return Record(self.info, dict(self.values), dict(self.parents), self.from_query)


def field_type(info: FieldInfo) -> ApexType:
    """Return the Apex type of a field's values."""
    return ApexType(_APEX_TYPES.get(info.kind, "String"))
