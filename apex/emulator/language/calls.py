"""Calls in expressions: arguments, receivers, and the static types that choose overloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.language import dispatch, names
from apex.emulator.language.static_types import static_type
from apex.emulator.values import ApexType, Value, type_of

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.transaction import Frame
    from apex.emulator.source.classes import ClassInfo, Method
    from apex.parser.tree import Node


def arguments(
    m: Machine, frame: Frame, nodes: list[Node]
) -> tuple[list[Value], list[ApexType | None]]:
    """Return the arguments' values, and their types: as declared when the source tells."""
    values = [m.evaluate(frame, node) for node in nodes]
    types: list[ApexType | None] = []
    for node, value in zip(nodes, values, strict=True):
        declared = static_type(m, frame, node)
        if declared is None and value is not None:
            declared = type_of(value)
        types.append(declared)
    return values, types


def call_by_name(m: Machine, frame: Frame, parts: list[str], nodes: list[Node]) -> Value:
    """Call ``name(...)`` or ``a.b.name(...)``."""
    if len(parts) == 1:
        values, types = arguments(m, frame, nodes)
        method = own_method(m, frame, parts[0], types)
        if method is None:
            return _inherited_from_platform(m, frame, parts[0], values)
        return m.call(method, None if method.static else frame.this, values)
    value, rest = names.start(m, frame, parts[:-1])
    return call_value(m, frame, names.follow(m, frame, value, rest), parts[-1], nodes)


def own_method(m: Machine, frame: Frame, name: str, types: list[ApexType | None]) -> Method | None:
    """Return the method that a simple name means inside a class."""
    start = frame.this.cls if frame.this is not None else frame.cls
    method = dispatch.find_method(m, start, name, types)
    if method is not None and (method.static or frame.this is not None):
        return method
    each: ClassInfo | None = frame.cls
    while each is not None:
        method = dispatch.find_method(m, each, name, types)
        if method is not None and method.static:
            return method
        each = each.outer
    return None


def _inherited_from_platform(m: Machine, frame: Frame, name: str, values: list[Value]) -> Value:
    if frame.this is None:
        raise IllegalApex(f"no method {name} with these {len(values)} arguments, at {m.place}")
    return dispatch.call_platform(m, frame.this, name, values)


def call_value(m: Machine, frame: Frame, value: Value, name: str, nodes: list[Node]) -> Value:
    """Call a method of a value or, when it is a type, a static method."""
    number = m.line
    values, types = arguments(m, frame, nodes)
    m.line = number
    if isinstance(value, names.TypeName):
        return dispatch.call_static(m, value.of, name, values, types)
    return dispatch.call_on(m, value, name, values, types)


def call_super(m: Machine, frame: Frame, name: str, nodes: list[Node]) -> Value:
    """Call ``super.name(...)``."""
    values, types = arguments(m, frame, nodes)
    above = frame.cls.parent
    method = dispatch.find_method(m, above, name, types) if above else None
    if method is not None:
        return m.call(method, frame.this, values)
    return dispatch.call_platform(m, frame.this, name, values)


def call_this_constructor(m: Machine, frame: Frame, node: Node) -> None:
    """Run ``this(...)`` at the beginning of a constructor."""
    _construct(m, frame, frame.cls, node)


def call_super_constructor(m: Machine, frame: Frame, node: Node) -> None:
    """Run ``super(...)`` at the beginning of a constructor, then the fields' first values."""
    above = frame.cls.parent
    if above is not None:
        _construct(m, frame, above, node)
    if frame.this is not None:
        m.initialise_object(frame.cls, frame.this)


def _construct(m: Machine, frame: Frame, info: ClassInfo, node: Node) -> None:
    if frame.this is None:
        raise IllegalApex(f"a constructor's call outside a constructor, at {m.place}")
    values, types = arguments(m, frame, node["inputParameters"])
    dispatch.construct(m, info, frame.this, values, types)
