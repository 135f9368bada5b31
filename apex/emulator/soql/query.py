"""SOQL: from the tree of a query to records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.field_values import parent_field
from apex.emulator.operations.record_fields import known_field
from apex.emulator.platform.row_locks import RECORD_UNAVAILABLE
from apex.emulator.records import Record
from apex.emulator.soql import aggregates as soql_aggregates
from apex.emulator.soql.column_access import (
    SECURITY_ENFORCED,
    USER_MODE,
    check_access,
    modes_of,
)
from apex.emulator.soql.where import (
    Bind,
    Rows,
    check_path,
    evaluate_operands,
    matches,
    path_of,
    value_at,
)
from apex.emulator.source.source_trees import tree_of
from apex.emulator.values import INTEGER, ApexList, ApexType, Value, apex_list
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row
    from apex.emulator.platform.transaction import Frame
    from apex.emulator.source.schema import ObjectInfo

_KNOWN_WITH = frozenset({USER_MODE, "SYSTEM_MODE", SECURITY_ENFORCED})


def static_query(m: Machine, frame: Frame, query: Node) -> Value:
    """Run ``[SELECT ...]``; ``SELECT COUNT()`` gives an Integer."""
    return run(m, query, lambda node: m.evaluate(frame, node))


def dynamic_query(
    m: Machine, source: str, bind: Bind | None = None, *, user_mode: bool = False
) -> Value:
    """Run the text of a query; by default ``:name`` is a variable of the Apex that asks.

    Raises:
        ApexThrown: a QueryException for a query that does not parse or names what is not there.
    """
    frame = m.frame

    def in_frame(node: Node) -> Value:
        if frame is None:
            raise m.throw("QueryException", "Variable does not exist")
        return m.evaluate(frame, node)

    try:
        unit = tree_of(f"x = [{source}];", "the query", anonymous=True)
        query = unit["members"][0]["stmnt"]["expr"]["right"]["query"]
        return run(m, query, bind or in_frame, user_mode=user_mode)
    except IllegalApex as error:
        raise m.throw("QueryException", f"{error} (query: {source})") from error


def run(m: Machine, query: Node, bind: Bind, *, user_mode: bool = False) -> Value:
    """Run a query whose ``:expressions`` are evaluated by ``bind``."""
    _refuse_unknown(m, query)
    info = _from(m, query)
    as_user = user_mode or USER_MODE in modes_of(query)
    check_access(m, query, info, user_mode=as_user)
    rows = selected_rows(m, query, info, bind, as_user=as_user)
    m.transaction.limits.count("queries")
    if not info.is_metadata:
        m.transaction.limits.count("query rows", len(rows))
    if optional(query, "options") is not None:
        _lock(m, rows)
    select = query["select"]
    if kind(select) == "SelectClause$SelectCountClause":
        return len(rows)
    if soql_aggregates.is_aggregate(query):
        return soql_aggregates.aggregate(m, query, info, rows)
    paths = [_column(m, each) for each in select["exprs"]]
    found = apex_list(ApexType(info.name), [_record(m, info, row, paths) for row in rows])
    found.queried = True
    return found


def locator_rows(m: Machine, source: Value, *, user_mode: bool) -> ApexList:
    """Return the rows of a query given as text or as the list of a static query."""
    if isinstance(source, ApexList):
        return source
    found: ApexList = dynamic_query(m, source, user_mode=user_mode)
    return found


def _refuse_unknown(m: Machine, query: Node) -> None:
    for field in ("tracking", "updateStats", "with", "bind"):
        if optional(query, field) is not None:
            raise m.not_emulated(f"{field} in SOQL")
    if not modes_of(query) <= _KNOWN_WITH:
        raise m.not_emulated("WITH in SOQL")
    options = optional(query, "options")
    if options is not None:
        if kind(options) != "QueryOption$LockRows":
            raise m.not_emulated(kind(options))
        if optional(query, "orderBy") is not None:
            raise IllegalApex(f"FOR UPDATE and ORDER BY exclude each other, at {m.place}")


def _lock(m: Machine, rows: list[Row]) -> None:
    if any(m.org.locks.is_held(row["id"]) for row in rows):
        raise m.throw("QueryException", RECORD_UNAVAILABLE)
    if rows:
        m.transaction.locked = m.place


def _from(m: Machine, query: Node) -> ObjectInfo:
    exprs = query["from"]["exprs"]
    if len(exprs) != 1:
        raise m.not_emulated("SOQL from several objects")
    name = text(exprs[0]["table"]["field"])
    info = m.program.schema.find(name)
    if info is None:
        raise IllegalApex(f"sObject type '{name}' is not supported, at {m.place}")
    return info


def selected_rows(
    m: Machine, query: Node, info: ObjectInfo, bind: Bind, *, as_user: bool
) -> list[Row]:
    """Return the rows that WHERE, ORDER BY, OFFSET and LIMIT leave."""
    rows = Rows(m, info, bind, inner=lambda q: inner_values(m, q, bind, as_user=as_user))
    where = optional(query, "where")
    found = list(m.org.database.rows(info.name).values())
    if where is not None:
        evaluate_operands(rows, where["expr"])
        found = [row for row in found if matches(rows, where["expr"], row)]
    order = optional(query, "orderBy")
    # Sorted by the last expression first: Python's sort keeps the order of equals.
    for each in reversed(order["exprs"] if order else []):
        found = _sorted(rows, found, each)
    start = _number(m, optional(query, "offset"), bind) or 0
    limit = _number(m, optional(query, "limit"), bind)
    return found[start:] if limit is None else found[start : start + limit]


def inner_values(m: Machine, query: Node, bind: Bind, *, as_user: bool) -> list[Value]:
    """Return the one column of a query inside IN."""
    info = _from(m, query)
    check_access(m, query, info, user_mode=as_user)
    path = _column(m, query["select"]["exprs"][0])
    rows = Rows(m, info, bind, inner=lambda q: inner_values(m, q, bind, as_user=as_user))
    found = selected_rows(m, query, info, bind, as_user=as_user)
    return [value_at(rows, info, row, path) for row in found]


def _sorted(rows: Rows, found: list[Row], each: Node) -> list[Row]:
    if kind(each) != "OrderByExpr$OrderByValue":
        raise rows.m.not_emulated(kind(each))
    path = path_of(rows.m, each["field"])
    check_path(rows.m, [rows.info], path, filtered=True)
    descending = kind(each["order"]) == "Order$OrderDesc"
    written = each["nullOrder"]["loc"].get("line", -1) > 0
    last = kind(each["nullOrder"]) == "OrderNull$OrderNullLast" if written else descending
    keyed = [(value_at(rows, rows.info, row, path), row) for row in found]
    present = [(_sort_key(value), row) for value, row in keyed if value is not None]
    present.sort(key=lambda pair: pair[0], reverse=descending)
    nulls = [row for value, row in keyed if value is None]
    ordered = [row for _, row in present]
    return ordered + nulls if last else nulls + ordered


def _sort_key(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value


def _number(m: Machine, clause: Node | None, bind: Bind) -> int | None:
    if clause is None:
        return None
    if "i" in clause:
        return int(clause["i"])
    value = m.convert(bind(clause["expr"]["expr"]), INTEGER)
    if value is None:
        raise m.null_pointer()
    return int(value)


def _column(m: Machine, each: Node) -> list[str]:
    if kind(each) != "SelectExpr$SelectColumnExpr":
        raise m.not_emulated(kind(each))
    return path_of(m, each["field"])


def _record(m: Machine, info: ObjectInfo, row: Row, paths: list[list[str]]) -> Record:
    """Return a record with the fields that the query asked for, and its id."""
    made = Record(info, {"id": row["id"]}, from_query=True)
    parents: dict[str, list[list[str]]] = {}
    for path in paths:
        if len(path) == 1:
            name = known_field(m, info, path[0]).name.lower()
            made.values[name] = row.get(name)
        else:
            parents.setdefault(path[0].lower(), []).append(path[1:])
    for relationship, rest in parents.items():
        found = parent_row(m, info, row, relationship)
        made.parents[relationship] = _record(m, *found, rest) if found else None
    return made


def parent_row(
    m: Machine, info: ObjectInfo, row: Row, relationship: str
) -> tuple[ObjectInfo, Row] | None:
    """Return the record a lookup leads to."""
    held = parent_field(info, relationship)
    if held is None:
        raise IllegalApex(f"{info.name} has no relationship {relationship}, at {m.place}")
    record_id = str(row.get(held.name.lower()))
    for name in held.reference_to:
        target = m.program.schema.find(name)
        if target is not None and record_id in m.org.database.rows(name):
            return target, m.org.database.rows(name)[record_id]
    return None
