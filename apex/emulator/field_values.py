"""What a field holds: as XML or JSON writes it, by default, and by a relationship's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from apex.emulator.records import field_type

if TYPE_CHECKING:
    from apex.emulator.source.schema import FieldInfo, ObjectInfo
    from apex.emulator.values import Value


def parent_field(info: ObjectInfo, relationship: str) -> FieldInfo | None:
    """Return the lookup behind a relationship's name: ``OwnerId`` of ``Owner``."""
    for held in info.fields.values():
        if held.relationship is not None and held.relationship.lower() == relationship.lower():
            return held
    return None


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
