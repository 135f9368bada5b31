"""Runs triggers with the ``Trigger`` variables they see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.operations.text_form import to_text
from apex.emulator.platform.transaction import Frame, TriggerContext
from apex.emulator.registry import enum, platform_enum
from apex.emulator.source.statement_lines import is_declaration
from apex.emulator.values import ID, ApexMap, ApexThrown, ApexType, Value, apex_list, identity_of

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.records import Record
    from apex.emulator.source.classes import TriggerInfo
    from apex.emulator.source.schema import ObjectInfo

enum(
    "TriggerOperation",
    "BEFORE_INSERT",
    "BEFORE_UPDATE",
    "BEFORE_DELETE",
    "AFTER_INSERT",
    "AFTER_UPDATE",
    "AFTER_DELETE",
    "AFTER_UNDELETE",
)


class TriggerFailed(Exception):
    """A trigger threw: the records of its chunk are not saved."""


def run_triggers(
    m: Machine, info: ObjectInfo, usage: str, news: list[Record] | None, olds: list[Record] | None
) -> None:
    """Run every trigger of an object for one chunk of records.

    Raises:
        TriggerFailed: an exception came out of a trigger.
    """
    count = len(news if news is not None else olds or [])
    if not count:
        return
    context = TriggerContext(_variables(info, usage, news, olds, count))
    for trigger in m.program.triggers:
        if trigger.object_name.lower() == info.name.lower() and usage in trigger.usages:
            m.transaction.triggers.append(context)
            try:
                _run(m, trigger)
            except ApexThrown as thrown:
                raise TriggerFailed(_told(m, trigger.name, usage, thrown)) from thrown
            finally:
                m.transaction.triggers.pop()


def _told(m: Machine, name: str, usage: str, thrown: ApexThrown) -> str:
    moment = "".join(word.capitalize() for word in usage.split("_"))
    shown = f"{to_text(m, thrown.value)} ({thrown.value.fields.get('place')})"
    return f"{name}: execution of {moment} caused by: {shown}"


def _run(m: Machine, trigger: TriggerInfo) -> None:
    path, number = m.path, m.line
    frame = Frame(trigger.holder)
    for member in trigger.body:
        if is_declaration(member):
            m.declare(frame, member["variableDecls"])
        elif m.execute(frame, member["stmnt"]) is not None:
            break
    m.path, m.line = path, number


def _variables(
    info: ObjectInfo, usage: str, news: list[Record] | None, olds: list[Record] | None, count: int
) -> dict[str, Value]:
    of = ApexType(info.name)
    before = usage.startswith("BEFORE")
    with_ids = news is not None and usage != "BEFORE_INSERT" and not info.is_event
    return {
        "new": None if news is None else apex_list(of, news),
        "old": None if olds is None else apex_list(of, olds),
        "newmap": _by_id(of, news) if with_ids and news is not None else None,
        "oldmap": None if olds is None else _by_id(of, olds),
        "isexecuting": True,
        "isbefore": before,
        "isafter": not before,
        "isinsert": usage.endswith("_INSERT"),
        "isupdate": usage.endswith("_UPDATE"),
        "isdelete": usage.endswith("_DELETE"),
        "isundelete": usage.endswith("_UNDELETE"),
        "size": count,
        "operationtype": platform_enum("TriggerOperation", usage),
    }


def _by_id(of: ApexType, records: list[Record]) -> ApexMap:
    held = {identity_of(each.values["id"]): (each.values["id"], each) for each in records}
    return ApexMap(ID, of, held)
