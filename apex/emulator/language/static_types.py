"""Types that the source declares, where that is told by one look: they choose overloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.language.names import find_field
from apex.emulator.records import field_type
from apex.emulator.values import OBJECT, ApexType
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.transaction import Frame
    from apex.emulator.source.classes import ClassInfo

_LITERALS: Final = {
    "STRING": "String",
    "INTEGER": "Integer",
    "LONG": "Long",
    "DECIMAL": "Decimal",
    "DOUBLE": "Double",
    "TRUE": "Boolean",
    "FALSE": "Boolean",
}


def static_type(m: Machine, frame: Frame, node: Node) -> ApexType | None:  # noqa: PLR0911 - one line per kind
    """Return an expression's declared type; None when only its value tells."""
    match kind(node):
        case "Expr$LiteralExpr":
            name = _LITERALS.get(node["type"]["$"])
            return ApexType(name) if name else None
        case "Expr$CastExpr":
            return m.types.resolve(node["type"], frame.cls)
        case "Expr$NestedExpr":
            return static_type(m, frame, node["expr"])
        case "Expr$ThisVariableExpr":
            return ApexType(frame.cls.name)
        case "Expr$VariableExpr":
            return _of_name(m, frame, node)
        case "Expr$NewExpr" if "type" in node["creator"]:
            return m.types.resolve(node["creator"]["type"], frame.cls)
        case "Expr$NewExpr":
            return _of_collection(m, frame, node["creator"])
        case "Expr$ArrayExpr":
            return _of_item(m, frame, node)
        case "Expr$MethodCallExpr":
            return _of_call(m, frame, node)
        case _:
            return None


def _of_collection(m: Machine, frame: Frame, creator: Node) -> ApexType:
    """Return the type of ``new List<X>()``, ``new Set<X>{...}`` or ``new Map<X, Y>()``."""
    name = kind(creator).removeprefix("NewObject$New").removesuffix("Literal").removesuffix("Init")
    return ApexType(name, tuple(m.types.resolve(each, frame.cls) for each in creator["types"]))


def _of_item(m: Machine, frame: Frame, node: Node) -> ApexType | None:
    held = static_type(m, frame, node["expr"])
    return held.args[0] if held is not None and held.name == "List" else None


def _of_name(m: Machine, frame: Frame, node: Node) -> ApexType | None:
    return _of_path(m, frame, node, [text(name).lower() for name in node["names"]])


def _of_path(m: Machine, frame: Frame, node: Node, names: list[str]) -> ApexType | None:
    """Return the type of ``a.b.c``: of a variable or field, then of fields of its class."""
    dotted = optional(node, "dottedExpr")
    if dotted is not None:
        found = static_type(m, frame, dotted)
    else:
        found, names = _declared(m, frame, names[0]), names[1:]
    for name in names:
        found = _of_member(m, found, name) if found is not None else None
    return found


def _declared(m: Machine, frame: Frame, name: str) -> ApexType | None:
    variable = frame.find(name)
    if variable is not None:
        return variable.type
    held = find_field(frame.cls, frame.this, name)
    return m.types.resolve(held.type, held.owner) if held else None


def _of_member(m: Machine, owner: ApexType, name: str) -> ApexType | None:
    info = m.types.class_of(owner)
    for each in info.lineage() if info else ():
        if name in each.fields:
            return m.types.resolve(each.fields[name].type, each)
    record = m.program.schema.find(owner.name) if info is None else None
    held = record.fields.get(name) if record else None
    return field_type(held) if held else None


def _of_call(m: Machine, frame: Frame, node: Node) -> ApexType | None:
    """Return what a call is declared to give: a method with one overload, or a collection's get."""
    names = [text(name).lower() for name in node["names"]]
    if len(names) == 1 and optional(node, "dottedExpr") is None:
        return _of_method(m, frame.cls, names[0])
    owner = _of_path(m, frame, node, names[:-1])
    if owner is None:
        return None
    if owner.args:
        return owner.args[-1] if names[-1] in ("get", "remove") else None
    info = m.types.class_of(owner)
    if info is not None:
        return _of_method(m, info, names[-1])
    return OBJECT if names[-1] == "get" and m.types.is_sobject(owner) else None


def _of_method(m: Machine, info: ClassInfo, name: str) -> ApexType | None:
    found = [x for each in info.lineage() for x in each.methods.get(name, [])]
    if len(found) != 1 or found[0].is_void:
        return None
    return m.return_type(found[0])
