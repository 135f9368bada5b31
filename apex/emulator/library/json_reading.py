"""JSON.deserialize: text as values of a type, or untyped."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apex.emulator.field_values import from_text, parent_field
from apex.emulator.language.dispatch import enum_constants
from apex.emulator.operations.containers import new_list, new_set, put
from apex.emulator.operations.record_fields import known_field
from apex.emulator.records import Record, field_type
from apex.emulator.registry import static
from apex.emulator.values import (
    OBJECT,
    STRING,
    ApexMap,
    ApexObject,
    ApexType,
    Long,
    TypeValue,
    Value,
    apex_list,
)

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.source.classes import ClassInfo, Field


@static("JSON.deserializeUntyped")
def _deserialize_untyped(m: Machine, text: str) -> Value:
    return _untyped(m, _load(m, text))


def _load(m: Machine, text: str | None) -> Any:  # noqa: ANN401 - any JSON
    if text is None:
        raise m.throw("NullPointerException", "Argument cannot be null.")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        if not text.strip():
            raise m.throw(
                "JSONException", "No content to map to Object due to end of input"
            ) from error
        raise m.throw("JSONException", f"Unexpected character in JSON: {error}") from error


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _untyped(m: Machine, value: Any) -> Value:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        made = ApexMap(STRING, OBJECT)
        for key, item in value.items():
            put(m, made, key, _untyped(m, item))
        return made
    if isinstance(value, list):
        return apex_list(OBJECT, [_untyped(m, item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**31) <= value < 2**31:
        return Long(value)
    # Untyped JSON has Integer, Long, Double, Boolean and String; never Decimal.
    return float(value) if isinstance(value, Decimal) else value


@static("JSON.deserialize")
def _deserialize(m: Machine, text: str, wanted: TypeValue) -> Value:
    return _typed(m, _load(m, text), wanted.of, strict=False)


@static("JSON.deserializeStrict")
def _deserialize_strict(m: Machine, text: str, wanted: TypeValue) -> Value:
    return _typed(m, _load(m, text), wanted.of, strict=True)


def _typed(m: Machine, value: Any, wanted: ApexType, *, strict: bool) -> Value:  # noqa: ANN401, PLR0911 - any JSON
    if value is None:
        return None
    if wanted == OBJECT:
        return _untyped(m, value)
    if wanted.name in ("List", "Set"):
        if not isinstance(value, list):
            raise _malformed(m, value, wanted)
        items = [_typed(m, item, wanted.args[0], strict=strict) for item in value]
        return (new_list if wanted.name == "List" else new_set)(m, wanted.args[0], items)
    if wanted.name == "Map":
        return _typed_map(m, value, wanted, strict=strict)
    info = m.types.class_of(wanted)
    constants = enum_constants(m, wanted)
    if constants:
        return next((c for c in constants if c.name == value), None) or _raise(
            _malformed(m, value, wanted)
        )
    if info is not None:
        return _typed_object(m, value, info, strict=strict)
    if m.types.is_sobject(wanted):
        return _typed_record(m, value, wanted)
    return _primitive(m, value, wanted)


def _raise(error: Exception) -> Value:
    raise error


def _typed_map(m: Machine, value: Any, wanted: ApexType, *, strict: bool) -> ApexMap:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        raise _malformed(m, value, wanted)
    made = ApexMap(wanted.args[0], wanted.args[1])
    for key, item in value.items():
        put(
            m,
            made,
            _primitive(m, key, wanted.args[0]),
            _typed(m, item, wanted.args[1], strict=strict),
        )
    return made


def _typed_object(m: Machine, value: Any, info: ClassInfo, *, strict: bool) -> ApexObject:  # noqa: ANN401 - any JSON
    """Fill the fields of a new object. No constructor runs, and no initialiser, as in Apex."""
    if not isinstance(value, dict):
        raise _malformed(m, value, ApexType(info.name))
    if info.kind != "class" or "abstract" in info.modifiers:
        raise m.throw("JSONException", f"Apex Type unsupported in JSON: {info.name}")
    made = ApexObject(info)
    fields: dict[str, Field] = {}
    for each in info.lineage():
        for held in each.fields.values():
            if not held.static:
                fields.setdefault(held.name.lower(), held)
    made.fields.update(dict.fromkeys(fields))
    for key, item in value.items():
        held_field = fields.get(key.lower())
        if held_field is None:
            if strict:
                raise m.throw("JSONException", f'Unrecognized field "{key}" of {info.name}')
            continue
        wanted = m.types.resolve(held_field.type, held_field.owner)
        m.write_field(held_field, made, _typed(m, item, wanted, strict=strict))
    return made


def _typed_record(m: Machine, value: Any, wanted: ApexType) -> Record:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        raise _malformed(m, value, wanted)
    name = wanted.name if wanted.name != "SObject" else value["attributes"]["type"]
    info = m.program.schema.objects[name.lower()]
    made = Record(info)
    for key, item in value.items():
        if key == "attributes":
            continue
        if parent_field(info, key) is not None and isinstance(item, dict):
            raise m.not_emulated(f"JSON.deserialize of {name}.{key}")
        held = known_field(m, info, key)
        text = str(item).lower() if isinstance(item, bool) else str(item)
        made.values[key.lower()] = m.convert(
            from_text(held, None if item is None else text), field_type(held)
        )
    return made


def _primitive(m: Machine, value: Any, wanted: ApexType) -> Value:  # noqa: ANN401, PLR0911 - any JSON
    match wanted.name, value:
        case "String", dict() | list():
            raise _malformed(m, value, wanted)
        case "String", bool():
            return "true" if value else "false"
        case "String", _:
            return str(value)
        case "Id", str():
            return m.convert(value, wanted)
        case "Boolean", bool():
            return value
        case (("Integer" | "Long" | "Double" | "Decimal"), (int() | Decimal())) if not isinstance(
            value, bool
        ):
            return _number(m, value, wanted)
        case "Datetime", str():
            return _datetime(m, value)
        case "Date", str():
            return date.fromisoformat(value[:10])
        case "Blob", str():
            return base64.b64decode(value)
        case _:
            raise _malformed(m, value, wanted)


def _number(m: Machine, value: int | Decimal, wanted: ApexType) -> Value:
    if wanted.name in ("Integer", "Long"):
        if value != int(value):
            raise _malformed(m, value, wanted)
        return int(value) if wanted.name == "Integer" else Long(value)
    return float(value) if wanted.name == "Double" else Decimal(value)


def _datetime(m: Machine, value: str) -> datetime:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError as error:
        raise m.throw("JSONException", f"Invalid format: {value!r}") from error


def _malformed(m: Machine, value: Any, wanted: ApexType) -> Exception:  # noqa: ANN401 - any JSON
    shown = {dict: "an object", list: "a list", bool: "a Boolean"}.get(
        type(value), repr(value)[:40]
    )
    return m.throw("JSONException", f"Illegal value for {wanted.name.lower()}: {shown}")
