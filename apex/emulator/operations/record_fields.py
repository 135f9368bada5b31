"""Fields of records: each is checked against the schema when it is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.field_values import parent_field
from apex.emulator.records import field_type

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.records import Record
    from apex.emulator.source.schema import FieldInfo, ObjectInfo
    from apex.emulator.values import Value


def known_field(m: Machine, info: ObjectInfo, name: str) -> FieldInfo:
    """Return a field of an object.

    Raises:
        IllegalApex: there is none of that name.
    """
    found = info.fields.get(name.lower())
    if found is None:
        raise IllegalApex(f"{info.name} has no field {name}, at {m.place}")
    return found


def read_record(m: Machine, record: Record, name: str) -> Value:
    """Return ``record.name``: a field or a parent record.

    Raises:
        ApexThrown: an SObjectException when the query did not ask for the field.
    """
    lower = name.lower()
    if lower in record.info.fields:
        if lower in record.values:
            return record.values[lower]
        if record.from_query and lower != "id":
            shown = f"{record.info.name}.{record.info.fields[lower].name}"
            raise _not_queried(m, shown)
        # A checkbox that was never set is false, never null.
        return False if record.info.fields[lower].kind == "Checkbox" else None
    if parent_field(record.info, name) is not None:
        if lower not in record.parents and record.from_query:
            raise _not_queried(m, f"{record.info.name}.{name}")
        return record.parents.get(lower)
    raise IllegalApex(f"{record.info.name} has no field {name}, at {m.place}")


def _not_queried(m: Machine, shown: str) -> Exception:
    text = "SObject row was retrieved via SOQL without querying the requested field: "
    return m.throw("SObjectException", text + shown)


def write_record(m: Machine, record: Record, name: str, value: Value) -> None:
    """Set ``record.name``.

    Raises:
        ApexThrown: the record is read-only, as in ``Trigger.old``.
    """
    if record.read_only:
        raise m.throw("FinalException", "Record is read-only")
    lower = name.lower()
    if lower not in record.info.fields and parent_field(record.info, name) is not None:
        record.parents[lower] = value
        return
    info = known_field(m, record.info, name)
    if not info.writable and lower != "id":
        raise IllegalApex(f"Field is not writeable: {record.info.name}.{info.name} at {m.place}")
    record.values[lower] = m.convert(value, field_type(info))
