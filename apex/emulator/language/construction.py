"""``new``: objects, records, lists, sets and maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator import registry
from apex.emulator.errors import IllegalApex
from apex.emulator.language import calls, dispatch
from apex.emulator.operations.containers import new_list, new_map, new_set, put
from apex.emulator.operations.record_fields import write_record
from apex.emulator.records import Record
from apex.emulator.system_exceptions import BASE
from apex.emulator.values import (
    ApexList,
    ApexMap,
    ApexObject,
    ApexSet,
    ApexType,
    Value,
    apex_list,
)
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.machine import Machine
    from apex.emulator.platform.transaction import Frame


def new_object(m: Machine, frame: Frame, node: Node) -> Value:
    """Return what ``new ...`` makes."""
    creator = node["creator"]
    found = _CREATORS.get(kind(creator))
    if found is None:
        raise m.not_emulated(kind(creator))
    return found(m, frame, creator)


def make(
    m: Machine, wanted: ApexType, args: list[Value], types: dispatch.ArgTypes | None = None
) -> Value:
    """Return ``new Type(args)`` for any type but a collection."""
    info = m.types.class_of(wanted)
    if info is not None:
        if "abstract" in info.modifiers or info.kind != "class":
            raise IllegalApex(f"{info.name} cannot be constructed, at {m.place}")
        made = ApexObject(info, {"place": m.place} if BASE in info.lineage() else {})
        dispatch.construct(m, info, made, args, types)
        return made
    held = m.program.schema.find(wanted.name)
    if held is not None and not args:
        return Record(held)
    entry = registry.TYPES.get(wanted.name.lower())
    member = (entry.constructors.get(len(args)) or entry.constructors.get(-1)) if entry else None
    if member is None:
        raise m.not_emulated(f"new {wanted} with {len(args)} arguments")
    return member.call(m, *args)


def _standard(m: Machine, frame: Frame, creator: Node) -> Value:
    wanted = m.types.resolve(creator["type"], frame.cls)
    values, types = calls.arguments(m, frame, creator["inputParameters"])
    if wanted.name in ("List", "Set", "Map"):
        return _collection(m, wanted, values)
    return make(m, wanted, values, types)


def _collection(m: Machine, wanted: ApexType, values: list[Value]) -> Value:
    source = values[0] if values else None
    if values and source is None:
        raise m.null_pointer()
    if wanted.name == "Map":
        return new_map(m, wanted.args[0], wanted.args[1], source)
    if wanted.name == "Set":
        return new_set(m, wanted.args[0], source if source is not None else ())
    return _sized_or_copied(m, wanted.args[0], source)


def _sized_or_copied(m: Machine, of: ApexType, source: Value) -> ApexList:
    if source is None:
        return apex_list(of)
    if isinstance(source, int):
        return apex_list(of, [None] * source)
    if isinstance(source, ApexList | ApexSet):
        return new_list(m, of, source)
    raise m.not_emulated(f"new List<{of}> of {source.type}")


def _record(m: Machine, frame: Frame, creator: Node) -> Value:
    wanted = m.types.resolve(creator["type"], frame.cls)
    info = m.program.schema.find(wanted.name)
    if info is None:
        entry = registry.TYPES.get(wanted.name.lower())
        if entry is not None and entry.setters:
            return _platform_value(m, frame, wanted, creator)
        raise IllegalApex(f"{wanted} is no object, at {m.place}")
    made = Record(info)
    for each in creator["keyValues"]:
        write_record(m, made, text(each["name"]), m.evaluate(frame, each["value"]))
    return made


def _platform_value(m: Machine, frame: Frame, wanted: ApexType, creator: Node) -> Value:
    made = make(m, wanted, [])
    entry = registry.TYPES[wanted.name.lower()]
    for each in creator["keyValues"]:
        entry.setters[text(each["name"]).lower()].call(m, made, m.evaluate(frame, each["value"]))
    return made


def _types(m: Machine, frame: Frame, creator: Node) -> list[ApexType]:
    return [m.types.resolve(each, frame.cls) for each in creator["types"]]


def _initial(m: Machine, frame: Frame, creator: Node) -> list[Value]:
    expression = optional(creator, "expr")
    return [m.evaluate(frame, expression)] if expression else []


def _map_literal(m: Machine, frame: Frame, creator: Node) -> ApexMap:
    key, value = _types(m, frame, creator)
    made = ApexMap(key, value)
    for pair in creator["pairs"]:
        put(m, made, m.evaluate(frame, pair["key"]), m.evaluate(frame, pair["value"]))
    return made


def _items(m: Machine, frame: Frame, creator: Node) -> list[Value]:
    return [m.evaluate(frame, each) for each in creator["values"]]


_CREATORS: Final[dict[str, Callable[[Machine, Frame, Node], Value]]] = {
    "NewObject$NewStandard": _standard,
    "NewObject$NewKeyValue": _record,
    "NewObject$NewListLiteral": lambda m, f, c: new_list(m, _types(m, f, c)[0], _items(m, f, c)),
    "NewObject$NewListInit": lambda m, f, c: _collection(
        m, ApexType("List", (_types(m, f, c)[0],)), _initial(m, f, c)
    ),
    "NewObject$NewSetInit": lambda m, f, c: _collection(
        m, ApexType("Set", (_types(m, f, c)[0],)), _initial(m, f, c)
    ),
    "NewObject$NewSetLiteral": lambda m, f, c: new_set(m, _types(m, f, c)[0], _items(m, f, c)),
    "NewObject$NewMapInit": lambda m, f, c: _collection(
        m, ApexType("Map", tuple(_types(m, f, c))), _initial(m, f, c)
    ),
    "NewObject$NewMapLiteral": _map_literal,
}
