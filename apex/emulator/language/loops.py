"""Loops, and the signals that end them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.operations.operators import truth
from apex.emulator.platform.transaction import Frame, Signal, Variable
from apex.emulator.values import ApexList, ApexMap, ApexObject, ApexSet, ApexType, Value
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.emulator.machine import Machine


BREAK: Final = Signal("break")
CONTINUE: Final = Signal("continue")


_CHUNK: Final = 200


def scoped(m: Machine, frame: Frame, node: Node) -> Signal | None:
    """Run one statement in a scope of its own."""
    frame.scopes.append({})
    try:
        return m.execute(frame, node)
    finally:
        frame.scopes.pop()


def _loop_body(m: Machine, frame: Frame, body: Node | None) -> Signal | None:
    """Run a loop's body once; what it returns ends the loop."""
    signal = scoped(m, frame, body) if body else None
    return None if signal is CONTINUE else signal


def _after_loop(signal: Signal | None) -> Signal | None:
    return None if signal is BREAK else signal


def _while(m: Machine, frame: Frame, node: Node) -> Signal | None:
    while truth(m, m.evaluate(frame, node["condition"])):
        signal = _loop_body(m, frame, optional(node, "stmnt"))
        if signal is not None:
            return _after_loop(signal)
    return None


def _do(m: Machine, frame: Frame, node: Node) -> Signal | None:
    while True:
        signal = _loop_body(m, frame, node["stmnt"])
        if signal is not None:
            return _after_loop(signal)
        if not truth(m, m.evaluate(frame, node["condition"])):
            return None


def _for(m: Machine, frame: Frame, node: Node) -> Signal | None:
    control = node["forControl"]
    frame.scopes.append({})
    try:
        if kind(control) == "ForControl$EnhancedForControl":
            return _for_each(m, frame, control, optional(node, "stmnt"))
        return _for_counted(m, frame, control, optional(node, "stmnt"))
    finally:
        frame.scopes.pop()


def _for_counted(m: Machine, frame: Frame, control: Node, body: Node | None) -> Signal | None:
    inits = optional(control, "inits")
    if inits:
        _for_variables(m, frame, inits)
    condition, step = optional(control, "condition"), optional(control, "control")
    while condition is None or truth(m, m.evaluate(frame, condition)):
        signal = _loop_body(m, frame, body)
        if signal is not None:
            return _after_loop(signal)
        if step:
            m.evaluate(frame, step)
    return None


def _for_variables(m: Machine, frame: Frame, inits: Node) -> None:
    declared = optional(inits, "type")
    if declared is None:
        raise m.not_emulated("a for loop over variables that exist")
    wanted = m.types.resolve(declared, frame.cls)
    for each in inits["inits"]:
        initial = optional(each, "expr")
        value = m.convert(m.evaluate(frame, initial), wanted) if initial else None
        frame.scopes[-1][text(each["name"][0]).lower()] = Variable(wanted, value)


def _for_each(m: Machine, frame: Frame, control: Node, body: Node | None) -> Signal | None:
    wanted = m.types.resolve(control["type"], frame.cls)
    over = m.evaluate(frame, control["init"]["expr"]["value"])
    variable = Variable(wanted, None)
    frame.scopes[-1][text(control["init"]["name"][0]).lower()] = variable
    for item in elements(m, over, wanted):
        variable.value = m.convert(item, wanted)
        signal = _loop_body(m, frame, body)
        if signal is not None:
            return _after_loop(signal)
    return None


def elements(m: Machine, over: Value, wanted: ApexType) -> Iterator[Value]:
    """Yield what a ``for (x : over)`` runs over; queried rows in lists of 200 when x is a list."""
    if over is None:
        raise m.null_pointer()
    if isinstance(over, ApexList) and over.queried and wanted.name == "List":
        for start in range(0, len(over.items), _CHUNK):
            yield ApexList(over.of, over.items[start : start + _CHUNK])
    elif isinstance(over, ApexList):
        size = len(over.items)
        for item in over.items:
            yield item
            if len(over.items) != size:
                raise m.throw(
                    "FinalException", "Cannot modify a collection while it is being iterated."
                )
    elif isinstance(over, ApexSet):
        yield from list(over.held.values())
    elif isinstance(over, ApexObject):
        yield from _iterated(m, over)
    else:
        raise m.not_emulated(
            f"a loop over {over.type if not isinstance(over, ApexMap) else 'a Map'}"
        )


def _iterated(m: Machine, over: ApexObject) -> Iterator[Value]:
    iterator = over if m.has_method(over, "hasNext") else m.invoke(over, "iterator", [])
    while truth(m, m.invoke(iterator, "hasNext", [])):
        yield m.invoke(iterator, "next", [])


LOOPS: Final = {"Stmnt$WhileLoop": _while, "Stmnt$DoLoop": _do, "Stmnt$ForLoop": _for}
"""What runs each kind of loop."""
