"""Fields of records: each is checked against the schema when it is touched."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.records import Record, field_type

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.schema import FieldInfo, ObjectInfo
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


def parent_field(info: ObjectInfo, relationship: str) -> FieldInfo | None:
    """Return the lookup behind a relationship's name: ``OwnerId`` of ``Owner``."""
    for held in info.fields.values():
        if held.relationship is not None and held.relationship.lower() == relationship.lower():
            return held
    return None


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
        return _unset(record, record.info.fields[lower])
    if parent_field(record.info, name) is not None:
        if lower not in record.parents and record.from_query:
            raise _not_queried(m, f"{record.info.name}.{name}")
        return record.parents.get(lower)
    raise IllegalApex(f"{record.info.name} has no field {name}, at {m.place}")


def _not_queried(m: Machine, shown: str) -> Exception:
    text = "SObject row was retrieved via SOQL without querying the requested field: "
    return m.throw("SObjectException", text + shown)


def _unset(record: Record, info: FieldInfo) -> Value:
    """Return what a field that was never set holds: a checkbox is false, never null."""
    _ = record
    return False if info.kind == "Checkbox" else None


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


def from_text(info: FieldInfo, text: str | None) -> Value:  # noqa: PLR0911 - one line per kind
    """Return a field's value from how XML or JSON writes it."""
    if text is None:
        return None
    match field_type(info).name:
        case "Boolean":
            return text.lower() == "true"
        case "Decimal":
            return Decimal(text)
        case "Integer":
            return int(text)
        case "Datetime":
            return datetime.fromisoformat(text.replace("+0000", "+00:00")).astimezone(UTC)
        case "Date":
            return date.fromisoformat(text)
        case "Time":
            return time.fromisoformat(text)
        case _:
            return text


def default_value(info: FieldInfo) -> Value:
    """Return what a new record holds when nothing was set."""
    if info.kind == "Checkbox":
        return info.default == "true"
    if info.default is None:
        return None
    text = info.default.strip()
    return from_text(info, text[1:-1] if text[:1] in "'\"" and text[:1] == text[-1:] else text)
