"""What an assignment writes to. What leads there is evaluated once, also for ``+=`` and ``++``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.language import names
from apex.emulator.operations.containers import checked_index
from apex.emulator.values import SOBJECT, Value
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.machine import Machine
    from apex.emulator.platform.transaction import Frame, Variable


@dataclass(frozen=True, slots=True)
class Target:
    """A place that holds a value."""

    read: Callable[[], Value]
    write: Callable[[Value], Value]
    """Returns the value as it is stored."""


def target(m: Machine, frame: Frame, node: Node) -> Target:
    """Return the place an expression names."""
    name = kind(node)
    if name == "Expr$ArrayExpr":
        return _item(m, frame, node)
    if name == "Expr$NestedExpr":
        return target(m, frame, node["expr"])
    if name != "Expr$VariableExpr":
        raise IllegalApex(f"cannot assign to {name} at {m.place}")
    parts = [text(part) for part in node["names"]]
    dotted = optional(node, "dottedExpr")
    if dotted is not None:
        owner = m.one_of_query(m.evaluate(frame, dotted), SOBJECT)
        return _member(m, frame, names.follow(m, frame, owner, parts[:-1]), parts[-1])
    if len(parts) == 1:
        return _simple(m, frame, parts[0])
    start, rest = names.start(m, frame, parts[:-1])
    return _member(m, frame, names.follow(m, frame, start, rest), parts[-1])


def _simple(m: Machine, frame: Frame, name: str) -> Target:
    variable = frame.find(name.lower())
    if variable is not None:
        return _local(m, variable)
    held = names.find_field(frame.cls, frame.this, name.lower())
    if held is None:
        raise IllegalApex(f"no such name: {name} at {m.place}")

    def write(value: Value) -> Value:
        m.write_field(held, frame.this, value, frame)
        return value

    return Target(lambda: m.read_field(held, frame.this, frame), write)


def _local(m: Machine, variable: Variable) -> Target:
    def write(value: Value) -> Value:
        if variable.final:
            raise IllegalApex(f"a final variable is assigned again at {m.place}")
        variable.value = m.convert(value, variable.type)
        return variable.value

    return Target(lambda: variable.value, write)


def _member(m: Machine, frame: Frame, owner: Value, name: str) -> Target:
    def write(value: Value) -> Value:
        names.write_member(m, frame, owner, name, value)
        return value

    return Target(lambda: names.follow(m, frame, owner, [name]), write)


def _item(m: Machine, frame: Frame, node: Node) -> Target:
    held = m.evaluate(frame, node["expr"])
    if held is None:
        raise m.null_pointer()
    index = m.evaluate(frame, node["index"])

    def write(value: Value) -> Value:
        held.items[checked_index(m, held, index)] = m.convert(value, held.of)
        return value

    return Target(lambda: held.items[checked_index(m, held, index)], write)
