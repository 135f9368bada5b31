"""One chunk of records on its way into the database, or out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from apex.emulator.field_values import default_value
from apex.emulator.platform.row_locks import ROW_LOCKED
from apex.emulator.records import Record
from apex.emulator.saving.permission_groups import assignment_error, outdate_group
from apex.emulator.saving.save_rules import SaveError, check_row
from apex.emulator.saving.trigger_runs import run_triggers
from apex.emulator.values import Id, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row
    from apex.emulator.source.schema import FieldInfo, ObjectInfo


@dataclass(eq=False, slots=True)
class Outcome:
    """What became of one record."""

    record: Record
    errors: list[SaveError] = field(default_factory=list)
    created: bool = False

    @property
    def ok(self) -> bool:
        """Whether it was saved."""
        return not self.errors


def _insert(m: Machine, info: ObjectInfo, outcomes: list[Outcome]) -> None:
    for each in outcomes:
        if each.record.values.get("id"):
            each.errors.append(
                SaveError(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    "cannot specify Id in an insert call",
                    ("Id",),
                )
            )
    good = [each for each in outcomes if each.ok]
    news = [_with_defaults(info, each.record) for each in good]
    run_triggers(m, info, "BEFORE_INSERT", news, None)
    saved: list[tuple[Outcome, Record, Row]] = []
    for each, new in zip(good, news, strict=True):
        row = _stored(info, {**_system_values(m, info), **new.values})
        each.errors.extend(_errors(m, info, new, row, None))
        if each.ok:
            row["id"] = new.values["id"] = m.org.database.new_id(info.key_prefix)
            _name_automatically(m, info, row)
            m.org.database.put(info.name, row)
            outdate_group(m, info, row)
            each.record.values["id"] = row["id"]
            each.created = True
            saved.append((each, new, row))
    _after(m, info, "AFTER_INSERT", saved, None)
    for each, _, row in saved:
        if not each.ok:
            m.org.database.remove(info.name, row["id"])
            each.record.values.pop("id", None)


def _update(m: Machine, info: ObjectInfo, outcomes: list[Outcome]) -> None:
    rows = m.org.database.rows(info.name)
    for each in outcomes:
        record_id = each.record.values.get("id")
        if record_id is None:
            each.errors.append(
                SaveError("MISSING_ARGUMENT", "Id not specified in an update call", ())
            )
        elif record_id not in rows:
            each.errors.append(SaveError("ENTITY_IS_DELETED", "entity is deleted", ()))
        else:
            each.errors.extend(_lock_error(m, record_id))
    good = [each for each in outcomes if each.ok]
    olds = [dict(rows[each.record.values["id"]]) for each in good]
    news = [
        Record(info, {**old, **each.record.values}) for each, old in zip(good, olds, strict=True)
    ]
    shown = [_read_only(info, old) for old in olds]
    run_triggers(m, info, "BEFORE_UPDATE", news, shown)
    saved: list[tuple[Outcome, Record, Row]] = []
    for each, new, old in zip(good, news, olds, strict=True):
        row = _stored(info, {**new.values, **_touched(m)})
        each.errors.extend(_errors(m, info, new, row, old))
        if each.ok:
            m.org.database.put(info.name, row)
            saved.append((each, new, row))
    before = {old["id"]: old for old in olds}
    _after(m, info, "AFTER_UPDATE", saved, before)
    for each, _, row in saved:
        if not each.ok:
            m.org.database.put(info.name, before[row["id"]])


def _delete(m: Machine, info: ObjectInfo, outcomes: list[Outcome]) -> None:
    rows = m.org.database.rows(info.name)
    for each in outcomes:
        record_id = each.record.values.get("id")
        if record_id not in rows:
            each.errors.append(SaveError("ENTITY_IS_DELETED", "entity is deleted", ()))
        else:
            each.errors.extend(_lock_error(m, record_id))
    good = [each for each in outcomes if each.ok]
    olds = [_read_only(info, rows[each.record.values["id"]]) for each in good]
    run_triggers(m, info, "BEFORE_DELETE", None, olds)
    gone = []
    for each, old in zip(good, olds, strict=True):
        each.errors.extend(
            SaveError("FIELD_CUSTOM_VALIDATION_EXCEPTION", text, ()) for text in old.errors
        )
        if each.ok:
            m.org.database.remove(info.name, old.values["id"])
            outdate_group(m, info, old.values)
            gone.append(old)
    run_triggers(m, info, "AFTER_DELETE", None, gone)


def _lock_error(m: Machine, record_id: str | None) -> list[SaveError]:
    if not m.org.locks.is_held(record_id):
        return []
    told = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
    return [SaveError(ROW_LOCKED, told, ())]


def _with_defaults(info: ObjectInfo, record: Record) -> Record:
    """Return a record to be inserted: what was left out has its default, a set null stays null."""
    made = Record(info, dict(record.values))
    for name, held in info.fields.items():
        value = default_value(held)
        if value is not None and (
            name not in made.values or (made.values[name] is None and held.kind == "Checkbox")
        ):
            made.values[name] = value
    return made


def _stored(info: ObjectInfo, row: Row) -> Row:
    """Return a row as it is kept: text trimmed, empty text null, numbers rounded to their scale."""
    return {
        name: (value.strip() or None) if type(value) is str else _rounded(info.fields[name], value)
        for name, value in row.items()
    }


def _rounded(held: FieldInfo, value: Value) -> Value:
    if held.kind == "Number" and isinstance(value, Decimal) and value.is_finite():
        step = Decimal(1).scaleb(-held.scale)
        return value if value == value.quantize(step) else value.quantize(step, ROUND_HALF_UP)
    return value


def _system_values(m: Machine, info: ObjectInfo) -> Row:
    user = Id(m.transaction.user_id)
    now = m.org.now().replace(microsecond=0)
    values: Row = {"createddate": now, "createdbyid": user, "isdeleted": False, **_touched(m)}
    if "ownerid" in info.fields:
        values["ownerid"] = user
    return values


def _touched(m: Machine) -> Row:
    now = m.org.now().replace(microsecond=0)
    return {
        "lastmodifieddate": now,
        "systemmodstamp": now,
        "lastmodifiedbyid": Id(m.transaction.user_id),
    }


def _name_automatically(m: Machine, info: ObjectInfo, row: Row) -> None:
    if info.auto_number is None:
        row.setdefault(
            "name", str(row["id"]) if not info.fields["name"].required else row.get("name")
        )
        return
    start, _, rest = info.auto_number.partition("{")
    digits, _, end = rest.partition("}")
    number = next(m.org.database.numbers)
    row["name"] = f"{start}{number:0{len(digits)}d}{end}"


def _errors(
    m: Machine, info: ObjectInfo, new: Record, row: Row, old: Row | None
) -> list[SaveError]:
    said = [SaveError("FIELD_CUSTOM_VALIDATION_EXCEPTION", text, ()) for text in new.errors]
    return said or check_row(m, info, row, old) or assignment_error(m, info, row)


def _read_only(info: ObjectInfo, row: Row) -> Record:
    return Record(info, dict(row), read_only=True)


def _after(
    m: Machine,
    info: ObjectInfo,
    usage: str,
    saved: list[tuple[Outcome, Record, Row]],
    olds: dict[str, Row] | None,
) -> None:
    news = [_read_only(info, row) for _, _, row in saved]
    before = (
        [_read_only(info, olds[row["id"]]) for _, _, row in saved] if olds is not None else None
    )
    run_triggers(m, info, usage, news, before)
    for (each, _, _), shown in zip(saved, news, strict=True):
        each.errors.extend(
            SaveError("FIELD_CUSTOM_VALIDATION_EXCEPTION", text, ()) for text in shown.errors
        )


OPERATIONS: Final = {"insert": _insert, "update": _update, "delete": _delete}
