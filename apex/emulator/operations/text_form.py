"""How values look as text: ``String.valueOf``, ``'' + value`` and ``System.debug``."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apex.emulator.records import Record
from apex.emulator.system_exceptions import BASE, SYSTEM_EXCEPTIONS
from apex.emulator.values import (
    ApexList,
    ApexMap,
    ApexObject,
    ApexSet,
    EnumValue,
    TypeValue,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.source.classes import ClassInfo


def to_text(m: Machine, value: Value) -> str:  # noqa: PLR0911 - one line per kind
    """Return a value as text. An object's own ``toString`` is called when it has one."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(user_zone(m)).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("milliseconds") + "Z"
    return _collection_text(m, value)


def _collection_text(m: Machine, value: Value) -> str:
    if isinstance(value, ApexList):
        return f"({', '.join(to_text(m, item) for item in value.items)})"
    if isinstance(value, ApexSet):
        return f"{{{', '.join(to_text(m, item) for item in value)}}}"
    if isinstance(value, ApexMap):
        pairs = (f"{to_text(m, k)}={to_text(m, v)}" for k, v in value.held.values())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, bytes):
        return f"Blob[{len(value)}]"
    return _object_text(m, value)


def _object_text(m: Machine, value: Value) -> str:  # noqa: PLR0911 - one line per kind
    if isinstance(value, ApexObject):
        if m.has_method(value, "toString"):
            return str(m.invoke(value, "toString", []))
        if BASE in value.cls.lineage():
            said = value.fields.get("message") or "Script-thrown exception"
            return f"{type_name(value.cls)}: {said}"
        shown = ", ".join(
            f"{held.name}={to_text(m, value.fields.get(held.name.lower()))}"
            for each in value.cls.lineage()
            for held in each.fields.values()
            if not held.static
        )
        return f"{value.cls.name.rsplit('.', 1)[-1]}:[{shown}]"
    if isinstance(value, EnumValue):
        return value.name
    if isinstance(value, TypeValue):
        return str(value.of)
    if isinstance(value, Record):
        names = value.info.fields
        shown = ", ".join(f"{names[f].name}={to_text(m, v)}" for f, v in value.values.items())
        return f"{value.info.name}:{{{shown}}}"
    own = getattr(value, "to_text", None)
    if own is not None:
        return str(own())
    return f"{type_of(value)}[]"


def type_name(info: ClassInfo) -> str:
    """Return what ``getTypeName`` of an exception gives: platform classes are in ``System``."""
    return (
        f"System.{info.name}"
        if info in SYSTEM_EXCEPTIONS.values() and "." not in info.name
        else info.name
    )


def user_zone(m: Machine) -> ZoneInfo:
    """Return the time zone of the running user."""
    row = m.org.database.rows("User").get(m.transaction.user_id, {})
    return ZoneInfo(row.get("timezonesidkey") or "GMT")
