"""``switch on``: by value, by type, by null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.platform.transaction import Frame, Variable
from apex.emulator.values import EnumValue, Value, identity_of
from apex.parser.tree import Node, kind, text

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.transaction import Signal


def switch_statement(m: Machine, frame: Frame, node: Node) -> Signal | None:
    """Run the first ``when`` that fits, or ``when else``."""
    value = m.evaluate(frame, node["expr"])
    for block in node["whenBlocks"]:
        name = kind(block)
        if name == "WhenBlock$ElseWhen":
            return m.execute(frame, block["stmnt"])
        if name == "WhenBlock$TypeWhen":
            wanted = m.types.resolve(block["typeRef"], frame.cls)
            if value is not None and m.types.is_instance(value, wanted):
                return _with_variable(m, frame, block, Variable(wanted, value))
        elif any(_fits(m, frame, case, value) for case in block["whenCases"]):
            return m.execute(frame, block["stmnt"])
    return None


def _with_variable(m: Machine, frame: Frame, block: Node, variable: Variable) -> Signal | None:
    frame.scopes.append({text(block["name"]).lower(): variable})
    try:
        return m.execute(frame, block["stmnt"])
    finally:
        frame.scopes.pop()


def _fits(m: Machine, frame: Frame, case: Node, value: Value) -> bool:
    if kind(case) == "WhenCase$EnumCase":
        name = text(case["identifiers"][-1]).lower()
        if value is None:
            return False
        if not isinstance(value, EnumValue):
            raise IllegalApex(
                f"{name} is a constant of an enum, and the value is none, at {m.place}"
            )
        return value.name.lower() == name
    # A switch compares strings with their case, unlike ==.
    return bool(identity_of(m.evaluate(frame, case["expr"])) == identity_of(value))
