"""Types that the source declares, where that is told by one look: they choose overloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.apex.emulator import dispatch
from tests.apex.emulator.names import find_field
from tests.apex.emulator.syntax import Node, kind, opt, text
from tests.apex.emulator.values import OBJECT, ApexType

if TYPE_CHECKING:
    from tests.apex.emulator.machine import Machine
    from tests.apex.emulator.transaction import Frame

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
        case "Expr$ArrayExpr":
            return _of_item(m, frame, node)
        case "Expr$MethodCallExpr" if text(node["names"][-1]).lower() in ("get", "remove"):
            # An unknown receiver's get() is taken for an Object: nothing is cut by mistake.
            return _of_get(m, frame, node)
        case "Expr$MethodCallExpr":
            return _of_own_call(m, frame, node)
        case _:
            return None


def _of_item(m: Machine, frame: Frame, node: Node) -> ApexType | None:
    held = static_type(m, frame, node["expr"])
    return held.args[0] if held is not None and held.name == "List" else None


def _of_get(m: Machine, frame: Frame, node: Node) -> ApexType | None:
    """Return what ``map.get(key)`` and ``record.get(name)`` are declared to give."""
    dotted = opt(node, "dottedExpr")
    if dotted is not None:
        held = static_type(m, frame, dotted) if len(node["names"]) == 1 else None
    elif len(node["names"]) == 2:
        held = _declared(m, frame, text(node["names"][0]).lower())
    else:
        held = None
    if held is None:
        return OBJECT
    return held.args[-1] if held.args else OBJECT


def _declared(m: Machine, frame: Frame, name: str) -> ApexType | None:
    variable = frame.find(name)
    if variable is not None:
        return variable.type
    held = find_field(frame.cls, frame.this, name)
    return m.types.resolve(held.type, held.owner) if held else None


def _of_name(m: Machine, frame: Frame, node: Node) -> ApexType | None:
    if opt(node, "dottedExpr") is not None or len(node["names"]) != 1:
        return None
    return _declared(m, frame, text(node["names"][0]).lower())


def _of_own_call(m: Machine, frame: Frame, node: Node) -> ApexType | None:
    """Return what a method of the same class returns, when it has one overload."""
    if opt(node, "dottedExpr") is not None or len(node["names"]) != 1:
        return None
    name = text(node["names"][0]).lower()
    found = [x for each in frame.cls.lineage() for x in each.methods.get(name, [])]
    if len(found) != 1 or found[0].returns is None or dispatch.is_void(found[0].returns):
        return None
    return m.return_type(found[0])
