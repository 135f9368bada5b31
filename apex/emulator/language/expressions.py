"""Expressions: each kind of node has a function that returns its value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from apex.emulator.errors import IllegalApex
from apex.emulator.language import assignment, calls, names
from apex.emulator.language.construction import new_object
from apex.emulator.language.static_types import static_type
from apex.emulator.operations.containers import item_at
from apex.emulator.operations.operators import arithmetic, equal, is_number, ordered, truth, whole
from apex.emulator.operations.text_form import type_name
from apex.emulator.soql import query as soql
from apex.emulator.type_rules import narrow
from apex.emulator.values import (
    OBJECT,
    SOBJECT,
    ApexList,
    ApexObject,
    ApexType,
    Long,
    TypeValue,
    Value,
    type_of,
)
from apex.parser.tree import Node, kind, line, optional, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.machine import Machine
    from apex.emulator.platform.transaction import Frame


def _literal(m: Machine, _frame: Frame, node: Node) -> Value:
    held = node["type"]["$"]
    if held == "NULL":
        return None
    value = node["literal"]["$"]
    if held == "DECIMAL":
        return Decimal(value)
    if held == "LONG":
        return Long(value)
    if held == "DOUBLE":
        return float(value)
    if held in ("INTEGER", "STRING", "TRUE", "FALSE"):
        return value
    raise m.not_emulated(f"a literal of {held}")


class _Cut(Exception):
    """A ``?.`` met null: the whole chain is null."""


def _base(m: Machine, frame: Frame, node: Node) -> Value:
    """Return what stands before the dot; `_Cut` passes through from deeper in the chain."""
    evaluator = _CHAIN.get(kind(node))
    return evaluator(m, frame, node) if evaluator else m.evaluate(frame, node)


def _variable_in_chain(m: Machine, frame: Frame, node: Node) -> Value:
    parts = [text(name) for name in node["names"]]
    dotted = optional(node, "dottedExpr")
    if dotted is None:
        value, rest = names.start(m, frame, parts)
        return names.follow(m, frame, value, rest)
    value = _base(m, frame, dotted)
    if value is None and node["isSafeNav"]:
        raise _Cut
    value = m.one_of_query(value, SOBJECT)
    return names.follow(m, frame, value, parts)


def _call_in_chain(m: Machine, frame: Frame, node: Node) -> Value:
    parts = [text(name) for name in node["names"]]
    dotted = optional(node, "dottedExpr")
    if dotted is None:
        return calls.call_by_name(m, frame, parts, node["inputParameters"])
    if kind(dotted) == "Expr$SuperVariableExpr":
        return calls.call_super(m, frame, parts[-1], node["inputParameters"])
    value = _base(m, frame, dotted)
    if value is None and node["isSafeNav"]:
        raise _Cut
    if len(parts) > 1:
        value = names.follow(m, frame, m.one_of_query(value, SOBJECT), parts[:-1])
    return calls.call_value(m, frame, value, parts[-1], node["inputParameters"])


def _item_in_chain(m: Machine, frame: Frame, node: Node) -> Value:
    held = _base(m, frame, node["expr"])
    if held is None:
        raise m.null_pointer()
    return item_at(m, held, m.evaluate(frame, node["index"]))


_CHAIN: Final = {
    "Expr$VariableExpr": _variable_in_chain,
    "Expr$MethodCallExpr": _call_in_chain,
    "Expr$ArrayExpr": _item_in_chain,
}


def _chain(m: Machine, frame: Frame, node: Node) -> Value:
    number = line(node)
    if number:
        m.line = number
    try:
        value = _CHAIN[kind(node)](m, frame, node)
    except _Cut:
        return None
    if isinstance(value, names.TypeName):
        raise IllegalApex(f"{value.of} is a type, not a value, at {m.place}")
    return value


def _this(m: Machine, frame: Frame, _node: Node) -> Value:
    if frame.this is None:
        raise IllegalApex(f"no `this` in a static method, at {m.place}")
    return frame.this


def _ternary(m: Machine, frame: Frame, node: Node) -> Value:
    chosen = "trueExpr" if truth(m, m.evaluate(frame, node["condition"])) else "falseExpr"
    return m.evaluate(frame, node[chosen])


def _coalesce(m: Machine, frame: Frame, node: Node) -> Value:
    left = m.evaluate(frame, node["left"])
    # A query without rows counts as null here; a variable that holds a list does not.
    if isinstance(left, ApexList) and left.queried and not left.items:
        left = None
    return m.evaluate(frame, node["right"]) if left is None else left


def _boolean(m: Machine, frame: Frame, node: Node) -> Value:
    op = node["op"]["$"]
    left = m.evaluate(frame, node["left"])
    if op == "AND":
        return truth(m, left) and truth(m, m.evaluate(frame, node["right"]))
    if op == "OR":
        return truth(m, left) or truth(m, m.evaluate(frame, node["right"]))
    right = m.evaluate(frame, node["right"])
    if op == "DOUBLE_EQUAL":
        return equal(m, left, right)
    if op in ("NOT_EQUAL", "ALT_NOT_EQUAL"):
        return not equal(m, left, right)
    if op in ("TRIPLE_EQUAL", "NOT_TRIPLE_EQUAL"):
        return _identical(left, right) == (op == "TRIPLE_EQUAL")
    return ordered(m, op, left, right)


def _identical(left: Value, right: Value) -> bool:
    if isinstance(left, str | int | float | Decimal | bytes) and type(left) is type(right):
        return bool(left == right)
    return left is right


def _binary(m: Machine, frame: Frame, node: Node) -> Value:
    left = m.evaluate(frame, node["left"])
    return arithmetic(m, node["op"]["$"], left, m.evaluate(frame, node["right"]))


def _prefix(m: Machine, frame: Frame, node: Node) -> Value:
    op = node["op"]["$"]
    if op in ("INC", "DEC"):
        return _stepped(m, frame, node["expr"], op)[1]
    value = m.evaluate(frame, node["expr"])
    if op == "NOT":
        return not truth(m, value)
    if value is None:
        raise m.null_pointer()
    if not is_number(value):
        raise IllegalApex(f"{op} of {type_of(value)} at {m.place}")
    if op == "POSITIVE":
        return value
    if op == "BITWISE_COMPLEMENT":
        return whole(~value, isinstance(value, Long))
    return whole(-value, isinstance(value, Long)) if isinstance(value, int) else -value


def _postfix(m: Machine, frame: Frame, node: Node) -> Value:
    return _stepped(m, frame, node["expr"], node["op"]["$"])[0]


def _stepped(m: Machine, frame: Frame, node: Node, op: str) -> tuple[Value, Value]:
    """Add or subtract one; return the value before and after."""
    target = assignment.target(m, frame, node)
    before = target.read()
    after = arithmetic(m, "ADDITION" if op == "INC" else "SUBTRACTION", before, 1)
    target.write(after)
    return before, after


def _assign(m: Machine, frame: Frame, node: Node) -> Value:
    target = assignment.target(m, frame, node["left"])
    op = node["op"]["$"]
    if op == "EQUALS":
        value = m.evaluate(frame, node["right"])
    else:
        before = target.read()
        value = arithmetic(m, op.removesuffix("_EQUALS"), before, m.evaluate(frame, node["right"]))
    return target.write(value)


def _instance_of(m: Machine, frame: Frame, node: Node) -> bool:
    value = m.evaluate(frame, node["expr"])
    return m.types.is_instance(value, m.types.resolve(node["type"], frame.cls))


def _cast(m: Machine, frame: Frame, node: Node) -> Value:
    wanted = m.types.resolve(node["type"], frame.cls)
    value = m.evaluate(frame, node["expr"])
    # A number may be cast to a narrower one, but not out of an Object.
    narrowing = is_number(value) and wanted.name in ("Integer", "Long", "Double")
    if narrowing and not _may_be_object(m, frame, node["expr"]):
        return narrow(value, wanted.name)
    return cast(m, value, wanted)


def _may_be_object(m: Machine, frame: Frame, node: Node) -> bool:
    while kind(node) == "Expr$NestedExpr":
        node = node["expr"]
    declared = static_type(m, frame, node)
    # A get() of something unknown is taken for an Object: nothing is cut by mistake.
    unknown_get = kind(node) == "Expr$MethodCallExpr" and text(node["names"][-1]).lower() == "get"
    return declared == OBJECT or (declared is None and unknown_get)


def cast(m: Machine, value: Value, wanted: ApexType) -> Value:
    """Return ``(wanted) value``.

    Raises:
        ApexThrown: a TypeException when the value is of another type.
    """
    value = m.one_of_query(value, wanted)
    if isinstance(value, str) and wanted.name in ("Id", "String"):
        return m.convert(value, wanted)
    if value is None or m.types.is_instance(value, wanted):
        return m.types.convert(value, wanted) if is_number(value) else value
    retyped = m.types.retype(value, wanted)
    if retyped is not None:
        return retyped
    given = type_name(value.cls) if isinstance(value, ApexObject) else str(type_of(value))
    raise m.throw("TypeException", f"Invalid conversion from runtime type {given} to {wanted}")


def _class_ref(m: Machine, frame: Frame, node: Node) -> Value:
    return TypeValue(m.types.resolve(node["type"], frame.cls))


def _trigger_variable(m: Machine, _frame: Frame, node: Node) -> Value:
    name = (
        node["variable"].lower()
        if isinstance(node["variable"], str)
        else text(node["variable"]).lower()
    )
    if not m.transaction.triggers:
        return False if name.startswith("is") else None
    held = m.transaction.triggers[-1].values
    if name not in held:
        raise m.not_emulated(f"Trigger.{name}")
    return held[name]


EVALUATORS: Final[dict[str, Callable[[Machine, Frame, Node], Value]]] = {
    "Expr$LiteralExpr": _literal,
    "Expr$VariableExpr": _chain,
    "Expr$MethodCallExpr": _chain,
    "Expr$ArrayExpr": _chain,
    "Expr$ThisVariableExpr": _this,
    "Expr$SuperVariableExpr": _this,
    "Expr$ThisMethodCallExpr": calls.call_this_constructor,
    "Expr$SuperMethodCallExpr": calls.call_super_constructor,
    "Expr$NestedExpr": lambda m, frame, node: m.evaluate(frame, node["expr"]),
    "Expr$TernaryExpr": _ternary,
    "Expr$NullCoalescingExpr": _coalesce,
    "Expr$BooleanExpr": _boolean,
    "Expr$BinaryExpr": _binary,
    "Expr$PrefixExpr": _prefix,
    "Expr$PostfixExpr": _postfix,
    "Expr$AssignmentExpr": _assign,
    "Expr$InstanceOf": _instance_of,
    "Expr$CastExpr": _cast,
    "Expr$ClassRefExpr": _class_ref,
    "Expr$TriggerVariableExpr": _trigger_variable,
    "Expr$NewExpr": new_object,
    "Expr$SoqlExpr": lambda m, frame, node: soql.static_query(m, frame, node["query"]),
}
