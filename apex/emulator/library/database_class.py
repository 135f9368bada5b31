"""The Database class: DML with results, dynamic SOQL, savepoints, batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.jobs.copying import copy_graph
from apex.emulator.jobs.running import submit
from apex.emulator.language.names import follow
from apex.emulator.platform.job import Job
from apex.emulator.records import Record
from apex.emulator.registry import (
    constructor,
    enum,
    getter,
    method,
    platform_type,
    setter,
    static,
)
from apex.emulator.saving import dml
from apex.emulator.soql import query as soql
from apex.emulator.values import (
    STRING,
    ApexList,
    ApexMap,
    ApexObject,
    ApexType,
    Element,
    EnumValue,
    Id,
    Value,
    apex_list,
)
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row
    from apex.emulator.saving.save_rules import SaveError
    from apex.emulator.saving.save_steps import Outcome

enum("AccessLevel", "USER_MODE", "SYSTEM_MODE")
_LARGEST_BATCH = 2000


@dataclass(eq=False)
class DmlError(Element):
    """``Database.Error``."""

    error: SaveError
    apex_name = "Database.Error"


@dataclass(eq=False)
class DmlResult(Element):
    """``Database.SaveResult``, ``DeleteResult`` or ``UpsertResult``."""

    outcome: Outcome
    name: str

    @property
    def type(self) -> ApexType:
        """One of the three."""
        return ApexType(self.name)


for _result in ("Database.SaveResult", "Database.DeleteResult", "Database.UpsertResult"):
    platform_type(_result).supertypes = ("Database.DmlResult",)


@method("Database.DmlResult.isSuccess")
def _is_success(result: DmlResult) -> bool:
    return result.outcome.ok


@method("Database.DmlResult.getId")
def _result_id(result: DmlResult) -> Value:
    return result.outcome.record.values.get("id")


@method("Database.DmlResult.isCreated")
def _is_created(result: DmlResult) -> bool:
    return result.outcome.created


@method("Database.DmlResult.getErrors")
def _errors(result: DmlResult) -> ApexList:
    return apex_list(ApexType("Database.Error"), [DmlError(each) for each in result.outcome.errors])


@method("Database.Error.getMessage")
def _error_message(error: DmlError) -> str:
    return error.error.text


@method("Database.Error.getStatusCode")
def _error_code(error: DmlError) -> EnumValue:
    return EnumValue("StatusCode", error.error.code, 0)


@method("Database.Error.getFields")
def _error_fields(error: DmlError) -> ApexList:
    return apex_list(STRING, error.error.fields)


@dataclass(eq=False)
class DmlOptions(Element):
    """``Database.DMLOptions``."""

    apex_name = "Database.DMLOptions"
    values: dict[str, Value] = field(default_factory=dict)


constructor("Database.DMLOptions", takes=0)(DmlOptions)


@setter("Database.DMLOptions.optAllOrNone")
def _set_all_or_none(options: DmlOptions, value: Value) -> None:
    options.values["allornone"] = value


@getter("Database.DMLOptions.optAllOrNone")
def _get_all_or_none(options: DmlOptions) -> Value:
    return options.values.get("allornone")


def _operation(operation: str, result: str) -> None:
    @static(f"Database.{operation}")
    def _run(m: Machine, *args: Value) -> Value:
        return _perform(m, operation, result, args)


for _name in ("insert", "update"):
    _operation(_name, "Database.SaveResult")
_operation("delete", "Database.DeleteResult")
_operation("upsert", "Database.UpsertResult")


def _perform(m: Machine, operation: str, name: str, args: tuple[Value, ...]) -> Value:
    given, all_or_none, key, as_user = args[0], True, None, False
    for option in args[1:]:
        if isinstance(option, bool):
            all_or_none = option
        elif isinstance(option, DmlOptions):
            all_or_none = option.values.get("allornone") is not False
        elif isinstance(option, EnumValue) and option.enum == "AccessLevel":
            as_user = _is_user_mode(option)
        elif getattr(option, "type", None) == ApexType("SObjectField"):
            key = option.info.name
        else:
            raise m.not_emulated(f"Database.{operation} with {option!r}")
    records = _targets(m, given)
    outcomes = dml.perform(m, operation, records, key=key, all_or_none=all_or_none, as_user=as_user)
    failed = [place for place, each in enumerate(outcomes) if not each.ok]
    if failed and all_or_none:
        raise dml.dml_exception(m, operation, outcomes, failed)
    results = [DmlResult(each, name) for each in outcomes]
    single = not isinstance(given, ApexList)
    return results[0] if single else apex_list(ApexType(name), results)


def _targets(m: Machine, given: Value) -> list[Record]:
    """Return records; ``Database.delete`` takes ids too."""
    items = given.items if isinstance(given, ApexList) else [given]
    if items and all(isinstance(each, str) for each in items):
        return [_by_id(m, each) for each in items]
    return dml.records_of(m, given)


def _by_id(m: Machine, record_id: str) -> Record:
    for info in m.program.schema.objects.values():
        if info.key_prefix == record_id[:3]:
            return Record(info, {"id": m.convert(record_id, ApexType("Id"))})
    raise m.throw("SObjectException", f"no object has ids like {record_id}")


@static("Database.emptyRecycleBin")
def _empty_recycle_bin(m: Machine, given: Value) -> ApexList:
    m.transaction.limits.count("dml statements")
    return apex_list(ApexType("Object"), [None] * len(_targets(m, given)))


def _is_user_mode(level: EnumValue | None) -> bool:
    return level is not None and level.name == "USER_MODE"


@static("Database.query")
def _query(m: Machine, source: str, level: EnumValue | None = None) -> Value:
    return soql.dynamic_query(m, source, user_mode=_is_user_mode(level))


@static("Database.countQuery")
def _count_query(m: Machine, source: str, level: EnumValue | None = None) -> Value:
    return soql.dynamic_query(m, source, user_mode=_is_user_mode(level))


@static("Database.queryWithBinds")
def _query_with_binds(m: Machine, source: str, binds: ApexMap, level: EnumValue) -> Value:
    held = {str(key).lower(): value for key, value in binds.held.values()}

    def bind(node: Node) -> Value:
        parts = [text(name) for name in node["names"]] if kind(node) == "Expr$VariableExpr" else []
        if not parts or optional(node, "dottedExpr") is not None or parts[0].lower() not in held:
            raise IllegalApex(f"Key '{'.'.join(parts)}' does not exist in the bindMap")
        return follow(m, m.frame_or_fail(), held[parts[0].lower()], parts[1:])

    return soql.dynamic_query(m, source, bind, user_mode=_is_user_mode(level))


@dataclass(eq=False)
class QueryLocator(Element):
    """``Database.QueryLocator``."""

    rows: ApexList
    apex_name = "Database.QueryLocator"


@static("Database.getQueryLocator")
def _get_query_locator(m: Machine, source: Value, level: EnumValue | None = None) -> QueryLocator:
    return QueryLocator(soql.locator_rows(m, source, user_mode=_is_user_mode(level)))


@method("Database.QueryLocator.getQuery")
def _get_query(m: Machine, _locator: QueryLocator) -> str:
    raise m.not_emulated("QueryLocator.getQuery")


@static("Database.executeBatch")
def _execute_batch(m: Machine, target: ApexObject, size: int = 200) -> Id:
    if not 1 <= size <= _LARGEST_BATCH:
        raise m.throw("InvalidParameterValueException", f"Invalid scope size: {size}")
    job_id = m.org.database.new_id("707")
    job = Job("batch", copy_graph(m, target), job_id, m.transaction.user_id, m.org.now(), size=size)
    return submit(m, job, {"jobtype": "BatchApex"})


@dataclass(eq=False)
class Savepoint(Element):
    """``System.Savepoint``."""

    tables: dict[str, dict[str, Row]]
    pending: bool
    released: bool = False
    apex_name = "Savepoint"


platform_type("Savepoint")


@static("Database.setSavepoint")
def _set_savepoint(m: Machine) -> Savepoint:
    """Remember the database. An open savepoint counts as uncommitted work."""
    m.transaction.limits.count("dml statements")
    made = Savepoint(m.org.database.snapshot(), m.transaction.pending)
    m.transaction.pending = True
    return made


@static("Database.rollback")
def _rollback(m: Machine, point: Savepoint) -> None:
    if point.released:
        raise m.throw("TypeException", "Invalid savepoint")
    m.transaction.limits.count("dml statements")
    m.org.database.restore(point.tables)


@static("Database.releaseSavepoint")
def _release_savepoint(m: Machine, point: Savepoint) -> None:
    """Forget a savepoint: a callout is legal again when nothing else is uncommitted."""
    point.released = True
    m.transaction.pending = point.pending or m.org.database.tables != point.tables
