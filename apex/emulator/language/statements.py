"""Statements: each returns None, or the signal that ends what is around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.errors import IllegalApex
from apex.emulator.language.loops import BREAK, CONTINUE, LOOPS, scoped
from apex.emulator.language.switch import switch_statement
from apex.emulator.operations.operators import truth
from apex.emulator.platform.transaction import Frame, Signal, Variable
from apex.emulator.saving import dml
from apex.emulator.system_exceptions import BASE
from apex.emulator.values import ApexThrown
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.values import ApexObject, ApexType


def _block(m: Machine, frame: Frame, node: Node) -> Signal | None:
    frame.scopes.append({})
    try:
        for each in node["stmnts"]:
            signal = m.execute(frame, each)
            if signal is not None:
                return signal
        return None
    finally:
        frame.scopes.pop()


def _expression(m: Machine, frame: Frame, node: Node) -> None:
    m.evaluate(frame, node["expr"])


def _declaration(m: Machine, frame: Frame, node: Node) -> None:
    declare(m, frame, node["variableDecls"])


def declare(m: Machine, frame: Frame, decls: Node) -> None:
    """Declare local variables: ``Integer a = 1, b;``."""
    wanted = m.types.resolve(decls["type"], frame.cls)
    final = any(kind(each) == "Modifier$FinalModifier" for each in decls["modifiers"])
    for decl in decls["decls"]:
        initial = optional(decl, "assignment")
        value = m.convert(m.evaluate(frame, initial), wanted) if initial else None
        name = text(decl["name"]).lower()
        if frame.find(name) is not None:
            raise IllegalApex(f"duplicate variable {name} at {m.place}")
        frame.scopes[-1][name] = Variable(wanted, value, final and initial is not None)


def _if(m: Machine, frame: Frame, node: Node) -> Signal | None:
    for each in node["ifBlocks"]:
        if truth(m, m.evaluate(frame, each["expr"])):
            return scoped(m, frame, each["stmnt"])
    otherwise = optional(node, "elseBlock")
    return scoped(m, frame, otherwise["stmnt"]) if otherwise else None


def _return(m: Machine, frame: Frame, node: Node) -> Signal:
    expression = optional(node, "expr")
    value = m.evaluate(frame, expression) if expression else None
    return Signal("return", m.convert(value, frame.returns) if frame.returns else value)


def _throw(m: Machine, frame: Frame, node: Node) -> None:
    value = m.evaluate(frame, node["expr"])
    if value is None:
        raise m.null_pointer()
    raise ApexThrown(value)


def _try(m: Machine, frame: Frame, node: Node) -> Signal | None:
    try:
        signal = _tried(m, frame, node)
    # Only what Apex can see: at a governor limit no finally block runs.
    except ApexThrown:
        final = optional(node, "finallyBlock")
        ended = m.execute(frame, final["stmnt"]) if final else None
        if ended is not None:
            return ended
        raise
    final = optional(node, "finallyBlock")
    ended = m.execute(frame, final["stmnt"]) if final else None
    return ended if ended is not None else signal


def _tried(m: Machine, frame: Frame, node: Node) -> Signal | None:
    depth = len(frame.scopes)
    try:
        return m.execute(frame, node["tryBlock"])
    except ApexThrown as thrown:
        del frame.scopes[depth:]
        for each in node["catchBlocks"]:
            wanted = m.types.resolve(each["parameter"]["typeRef"], frame.cls)
            if _catches(m, wanted, thrown.value):
                return _caught(m, frame, each, wanted, thrown.value)
        raise


def _catches(m: Machine, wanted: ApexType, value: ApexObject) -> bool:
    info = m.types.class_of(wanted)
    if info is None or BASE not in info.lineage():
        raise IllegalApex(f"{wanted} is no exception, at {m.place}")
    return info in value.cls.lineage()


def _caught(
    m: Machine, frame: Frame, block: Node, wanted: ApexType, value: ApexObject
) -> Signal | None:
    frame.scopes.append({text(block["parameter"]["name"]).lower(): Variable(wanted, value)})
    try:
        return m.execute(frame, block["stmnt"])
    finally:
        frame.scopes.pop()


def _run_as(m: Machine, frame: Frame, node: Node) -> Signal | None:
    if m.test is None:
        raise IllegalApex(f"System.runAs is for tests, at {m.place}")
    user = m.evaluate(frame, node["inputParameters"][0])
    if user is None:
        raise m.null_pointer()
    if user.values.get("id") not in m.org.database.rows("User"):
        raise m.not_emulated("System.runAs of a user that is not saved")
    before, kinds = m.transaction.user_id, m.transaction.saved_kinds
    m.transaction.user_id, m.transaction.saved_kinds = user.values["id"], {}
    try:
        return m.execute(frame, node["stmnt"])
    finally:
        m.transaction.user_id, m.transaction.saved_kinds = before, kinds


def _dml(m: Machine, frame: Frame, node: Node) -> None:
    operation = kind(node).removeprefix("Stmnt$Dml").removesuffix("Stmnt").lower()
    if operation == "merge":
        raise m.not_emulated("merge")
    key = optional(node, "id")
    mode = optional(node, "runAsMode")
    given = m.evaluate(frame, node["expr"])
    dml.statement(
        m,
        operation,
        given,
        text(key["field"]) if key else None,
        as_user=mode is not None and text(mode).lower() == "user",
    )


EXECUTORS: Final = {
    "Stmnt$BlockStmnt": _block,
    "Stmnt$ExpressionStmnt": _expression,
    "Stmnt$VariableDeclStmnt": _declaration,
    "Stmnt$IfElseBlock": _if,
    **LOOPS,
    "Stmnt$ReturnStmnt": _return,
    "Stmnt$BreakStmnt": lambda _m, _frame, _node: BREAK,
    "Stmnt$ContinueStmnt": lambda _m, _frame, _node: CONTINUE,
    "Stmnt$ThrowStmnt": _throw,
    "Stmnt$TryCatchFinallyBlock": _try,
    "Stmnt$SwitchStmnt": switch_statement,
    "Stmnt$RunAsBlock": _run_as,
    "Stmnt$DmlInsertStmnt": _dml,
    "Stmnt$DmlUpdateStmnt": _dml,
    "Stmnt$DmlUpsertStmnt": _dml,
    "Stmnt$DmlDeleteStmnt": _dml,
    "Stmnt$DmlUndeleteStmnt": _dml,
    "Stmnt$DmlMergeStmnt": _dml,
}
