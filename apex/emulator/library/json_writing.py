"""JSON.serialize: Apex values as text."""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apex.emulator.records import Record
from apex.emulator.registry import static
from apex.emulator.system_exceptions import BASE
from apex.emulator.values import (
    ApexList,
    ApexMap,
    ApexObject,
    ApexSet,
    EnumValue,
    Long,
    Value,
    type_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.emulator.machine import Machine
    from apex.emulator.source.classes import ClassInfo, Field


@static("JSON.serialize")
def _serialize(m: Machine, value: Value, suppress_nulls: bool = False) -> str:
    return "".join(_written(_plain(m, value, suppress_nulls), None))


@static("JSON.serializePretty")
def _serialize_pretty(m: Machine, value: Value, suppress_nulls: bool = False) -> str:
    return "".join(_written(_plain(m, value, suppress_nulls), 0))


def _written(value: Any, depth: int | None) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield the text of JSON. Python's own writer would lose the digits of a Decimal: 1.50."""
    if isinstance(value, Decimal):
        yield f"{value:f}"
        return
    if not isinstance(value, dict | list) or not value:
        yield json.dumps(value, ensure_ascii=False)
        return
    inner = None if depth is None else depth + 1
    yield "{" if isinstance(value, dict) else "["
    for place, each in enumerate(value):
        yield ("," if place else "") + _line(inner)
        if isinstance(value, dict):
            yield json.dumps(each, ensure_ascii=False) + (":" if depth is None else " : ")
        yield from _written(value[each] if isinstance(value, dict) else each, inner)
    yield _line(depth) + ("}" if isinstance(value, dict) else "]")


def _line(depth: int | None) -> str:
    return "" if depth is None else "\n" + "  " * depth


def _plain(m: Machine, value: Value, suppress: bool) -> Any:  # noqa: ANN401, PLR0911 - any JSON
    if value is None or isinstance(value, bool | int):
        return int(value) if isinstance(value, Long) else value
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise m.throw("JSONException", f"Can not serialize {value}")
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return (
            value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            + f"{value.microsecond // 1000:03d}Z"
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("milliseconds") + "Z"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return _plain_object(m, value, suppress)


def _plain_object(m: Machine, value: Value, suppress: bool) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, ApexList | ApexSet):
        return [_plain(m, item, suppress) for item in value]
    if isinstance(value, ApexMap):
        pairs = value.held.values()
        return {
            _key(m, key): _plain(m, item, suppress)
            for key, item in pairs
            if item is not None or not suppress
        }
    if isinstance(value, EnumValue):
        return value.name
    if isinstance(value, Record):
        return _plain_record(m, value, suppress)
    if isinstance(value, ApexObject):
        if BASE in value.cls.lineage():
            raise m.throw("JSONException", "Apex Type unsupported in JSON: " + value.cls.name)
        fields = [held for each in reversed(list(value.cls.lineage())) for held in _kept(each)]
        shown = {held.name: m.read_field(held, value) for held in fields}
        return {
            name: _plain(m, item, suppress)
            for name, item in shown.items()
            if item is not None or not suppress
        }
    raise m.throw("JSONException", f"Apex Type unsupported in JSON: {type_of(value)}")


def _kept(info: ClassInfo) -> list[Field]:
    return [
        held
        for held in info.fields.values()
        if not held.static and "transient" not in held.modifiers
    ]


def _key(m: Machine, key: Value) -> str:
    plain = _plain(m, key, suppress=False)
    return plain if isinstance(plain, str) else json.dumps(plain)


def _plain_record(m: Machine, record: Record, suppress: bool) -> dict[str, Any]:
    attributes = {"type": record.info.name}
    if record.values.get("id"):
        attributes["url"] = (
            f"/services/data/v65.0/sobjects/{record.info.name}/{record.values['id']}"
        )
    made: dict[str, Any] = {"attributes": attributes}
    for name, value in record.values.items():
        if value is not None or not suppress:
            made[record.info.fields[name].name] = _plain(m, value, suppress)
    for name, parent in record.parents.items():
        made[name] = _plain(m, parent, suppress)
    return made
