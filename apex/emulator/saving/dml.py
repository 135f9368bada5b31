"""insert, update, upsert, delete: validation, triggers, and what fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.records import Record
from apex.emulator.saving.save_rights import refuse_without_rights
from apex.emulator.saving.save_rules import SaveError
from apex.emulator.saving.save_steps import OPERATIONS, Outcome
from apex.emulator.saving.trigger_runs import TriggerFailed
from apex.emulator.source.standard_objects import SETUP_OBJECTS
from apex.emulator.values import ApexList, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.source.schema import ObjectInfo

_CHUNK = 200


def statement(
    m: Machine, operation: str, given: Value, key: str | None = None, *, as_user: bool = False
) -> None:
    """Run a DML statement: all or nothing.

    Raises:
        ApexThrown: a DmlException for the first record that failed.
    """
    records = records_of(m, given)
    outcomes = perform(m, operation, records, key=key, all_or_none=True, as_user=as_user)
    failed = [place for place, each in enumerate(outcomes) if not each.ok]
    if failed:
        raise dml_exception(m, operation, outcomes, failed)


def dml_exception(
    m: Machine, operation: str, outcomes: list[Outcome], failed: list[int]
) -> Exception:
    """Return the DmlException that tells of the failed rows."""
    first = outcomes[failed[0]].errors[0]
    verb = operation.capitalize()
    where = f"row {failed[0]}"
    record_id = outcomes[failed[0]].record.values.get("id")
    if operation != "insert" and record_id:
        where += f" with id {record_id}"
    text = f"{verb} failed. First exception on {where}; first error: {first}"
    return m.throw(
        "DmlException", text, dml=[(place, e) for place in failed for e in outcomes[place].errors]
    )


def records_of(m: Machine, given: Value) -> list[Record]:
    """Return the records of a DML statement's operand."""
    if given is None:
        raise m.null_pointer()
    records = given.items if isinstance(given, ApexList) else [given]
    if any(each is None for each in records):
        raise m.null_pointer()
    if not all(isinstance(each, Record) for each in records):
        raise IllegalApex(f"DML needs records, at {m.place}")
    return list(records)


def perform(
    m: Machine,
    operation: str,
    records: list[Record],
    *,
    all_or_none: bool,
    key: str | None = None,
    as_user: bool = False,
) -> list[Outcome]:
    """Save or delete records; with ``all_or_none`` one failure undoes all of them.

    ``as_user`` holds them against the running user's rights first.
    """
    if operation not in ("insert", "update", "upsert", "delete"):
        raise m.not_emulated(operation)
    _not_twice(m, operation, records)
    m.transaction.limits.count("dml statements")
    m.transaction.limits.count("dml rows", len(records))
    _not_mixed(m, records)
    m.transaction.pending = True
    before = m.org.database.snapshot()
    outcomes = [Outcome(each) for each in records]
    if as_user:
        refuse_without_rights(m, operation, outcomes)
    if operation == "upsert":
        _upsert(m, outcomes, key)
    else:
        _each_object(m, operation, [each for each in outcomes if each.ok])
    if all_or_none and any(not each.ok for each in outcomes):
        m.org.database.restore(before)
        for each in outcomes:
            if each.created:
                each.record.values.pop("id", None)
    return outcomes


def _not_twice(m: Machine, operation: str, records: list[Record]) -> None:
    ids = [each.values.get("id") for each in records if each.values.get("id")]
    if operation != "insert" and len(set(ids)) != len(ids):
        raise m.throw(
            "ListException", f"Duplicate id in list: {next(i for i in ids if ids.count(i) > 1)}"
        )


def _not_mixed(m: Machine, records: list[Record]) -> None:
    """Refuse to save setup objects, such as assignments, and others in one transaction."""
    saved = m.transaction.saved_kinds
    for each in records:
        setup = each.info.name in SETUP_OBJECTS
        other = saved.get(not setup)
        if other is not None:
            text = (
                "MIXED_DML_OPERATION, DML operation on setup object is not permitted after you "
                "have updated a non-setup object (or vice versa): "
                f"{each.info.name}, original object: {other}: []"
            )
            raise m.throw("DmlException", text)
        saved.setdefault(setup, each.info.name)


def _each_object(m: Machine, operation: str, outcomes: list[Outcome]) -> None:
    """Run an operation in chunks of one object, as triggers see them."""
    start = 0
    while start < len(outcomes):
        info = outcomes[start].record.info
        end = start
        while end < len(outcomes) and end - start < _CHUNK and outcomes[end].record.info is info:
            end += 1
        if info.is_metadata:
            raise IllegalApex(f"DML on {info.name} is not allowed, at {m.place}")
        _chunk(m, operation, info, outcomes[start:end])
        start = end


def _chunk(m: Machine, operation: str, info: ObjectInfo, outcomes: list[Outcome]) -> None:
    before = m.org.database.snapshot()
    try:
        OPERATIONS[operation](m, info, outcomes)
    except TriggerFailed as error:
        m.org.database.restore(before)
        for each in outcomes:
            each.errors.append(SaveError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", str(error), ()))
            if each.created:
                each.record.values.pop("id", None)


def _upsert(m: Machine, outcomes: list[Outcome], key: str | None) -> None:
    name = (key or "Id").lower()
    for each in outcomes:
        if name != "id":
            _find_by_key(m, each, name)
    for operation, wanted in (("update", True), ("insert", False)):
        chosen = [
            each
            for each in outcomes
            if each.ok and not each.created and bool(each.record.values.get("id")) is wanted
        ]
        _each_object(m, operation, chosen)


def _find_by_key(m: Machine, each: Outcome, name: str) -> None:
    info = each.record.info
    held = info.fields.get(name)
    if held is None or not (held.external_id or held.unique):
        raise IllegalApex(f"{info.name}.{name} is no external id, at {m.place}")
    value = each.record.values.get(name)
    if value is None:
        each.errors.append(
            SaveError("MISSING_ARGUMENT", f"{held.name} not specified", (held.name,))
        )
        return
    for record_id, row in m.org.database.rows(info.name).items():
        if isinstance(row.get(name), str) and row[name].lower() == str(value).lower():
            each.record.values["id"] = record_id
