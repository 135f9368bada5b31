"""WHERE: whether a row matches a condition."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from apex.emulator.errors import IllegalApex
from apex.emulator.field_values import parent_field
from apex.emulator.operations.record_fields import known_field
from apex.emulator.records import Record, field_type
from apex.emulator.soql.dates import day_range
from apex.emulator.values import ApexList, ApexMap, ApexSet, Value, id18
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row
    from apex.emulator.source.schema import FieldInfo, ObjectInfo

Bind: TypeAlias = "Callable[[Node], Value]"


@dataclass(frozen=True, slots=True)
class Rows:
    """What a condition needs to look at rows of one object."""

    m: Machine
    info: ObjectInfo
    bind: Bind
    """Evaluates what follows a colon."""
    inner: Callable[[Node], list[Value]]
    """Runs the query inside an IN."""
    operands: dict[int, Value] = field(default_factory=dict)
    """What conditions compare with, by node: evaluated once per query, not once per row."""


def evaluate_operands(rows: Rows, node: Node) -> None:
    """Evaluate what a condition compares with, also when there is no row to look at."""
    name = kind(node)
    if name == "WhereExpr$WhereCompoundExpr":
        for each in node["expr"]:
            evaluate_operands(rows, each)
    elif name == "WhereExpr$WhereUnaryExpr":
        evaluate_operands(rows, node["expr"])
    elif name == "WhereExpr$WhereInnerExpr":
        rows.operands[id(node)] = rows.inner(node["inner"])
    elif name == "WhereExpr$WhereOpExprs":
        rows.operands[id(node)] = [_operand(rows, each) for each in node["expr"]]
    elif name == "WhereExpr$WhereOpExpr":
        rows.operands[id(node)] = _operand(rows, node["expr"])
    else:
        raise rows.m.not_emulated(name)
    if "field" in node:
        path = path_of(rows.m, node["field"])
        for held in check_path(rows.m, [rows.info], path, filtered=True):
            _check_operand(rows.m, held, rows.operands[id(node)])


_COMPARABLE: Final[dict[str, tuple[type, ...]]] = {
    "Boolean": (bool,),
    "Decimal": (int, float, Decimal),
    "Integer": (int, float, Decimal),
    "Datetime": (date, tuple),
    "Date": (date, tuple),
    "String": (str,),
    "Id": (str,),
}


def _check_operand(m: Machine, held: FieldInfo, value: Value) -> None:
    """Refuse to compare a field with a value of another type, as the platform does."""
    wanted = _COMPARABLE.get(field_type(held).name, (object,))
    for each in value if isinstance(value, list) else [value]:
        fits = isinstance(each, wanted) and not (isinstance(each, bool) and bool not in wanted)
        if each is not None and not fits:
            raise IllegalApex(f"a query compares {held.name} with {each!r}, at {m.place}")


_NOT_FILTERED: Final = frozenset({"LongTextArea", "Html", "Base64"})


def path_of(m: Machine, field: Node) -> list[str]:
    """Return a column as names: ``Owner.Name`` is two."""
    if optional(field, "function1") is not None:
        raise m.not_emulated(f"{text(optional(field, 'function1'))}() in SOQL")
    return identifier_path(field["field"])


def identifier_path(node: Node) -> list[str]:
    """Return the names of an identifier with its entity before it."""
    entity = optional(node, "entity")
    return [*(identifier_path(entity) if entity else []), text(node["field"])]


def value_at(rows: Rows, info: ObjectInfo, row: Row, path: list[str]) -> Value:
    """Return a column's value; null when a parent on the way is missing."""
    m = rows.m
    if len(path) == 1:
        return row.get(known_field(m, info, path[0]).name.lower())
    target = parent_of(m, info, path[0])
    for name in target:
        found = m.org.database.rows(name.name).get(
            row.get(lookup_of(m, info, path[0]).name.lower()) or ""
        )
        if found is not None:
            return value_at(rows, name, found, path[1:])
    return None


def lookup_of(m: Machine, info: ObjectInfo, relationship: str) -> FieldInfo:
    """Return the field behind a relationship.

    Raises:
        IllegalApex: there is no such relationship.
    """
    held = parent_field(info, relationship)
    if held is None:
        raise IllegalApex(f"{info.name} has no relationship {relationship}, at {m.place}")
    return held


def parent_of(m: Machine, info: ObjectInfo, relationship: str) -> list[ObjectInfo]:
    """Return the objects that a relationship may lead to."""
    held = lookup_of(m, info, relationship)
    return [found for name in held.reference_to if (found := m.program.schema.find(name))]


def check_path(
    m: Machine, targets: list[ObjectInfo], path: list[str], *, filtered: bool = False
) -> list[FieldInfo]:
    """Return the fields a column may mean, also when no row leads there.

    Raises:
        IllegalApex: there is no such column, or it cannot be filtered by.
    """
    found: list[FieldInfo] = []
    for info in targets:
        if len(path) > 1:
            found += check_path(m, parent_of(m, info, path[0]), path[1:], filtered=filtered)
            continue
        held = known_field(m, info, path[0])
        if filtered and held.kind in _NOT_FILTERED:
            told = f"field '{held.name}' can not be filtered in a query call"
            raise IllegalApex(f"{told}, at {m.place}")
        found.append(held)
    return found


def matches(rows: Rows, node: Node, row: Row) -> bool:
    """Return whether a row fulfils a condition."""
    name = kind(node)
    if name == "WhereExpr$WhereCompoundExpr":
        results = (matches(rows, each, row) for each in node["expr"])
        return all(results) if kind(node["op"]) == "WhereCompoundOp$QueryAnd" else any(results)
    if name == "WhereExpr$WhereUnaryExpr":
        return not matches(rows, node["expr"], row)
    found = value_at(rows, rows.info, row, path_of(rows.m, node["field"]))
    op = kind(node["op"]).removeprefix("QueryOp$Query")
    given = rows.operands[id(node)]
    if name != "WhereExpr$WhereOpExpr":
        return _in(rows.m, op, found, given)
    return _compared(rows, op, found, given)


def _operand(rows: Rows, node: Node) -> Value:  # noqa: PLR0911 - one line per kind
    if kind(node) == "QueryExpr$ApexExpr":
        return _bound(rows.bind(node["expr"]["expr"]))
    literal = node["literal"]
    match kind(literal).removeprefix("QueryLiteral$Query"):
        case "String":
            return literal["literal"]
        case "Number":
            return Decimal(str(literal["literal"]["$"]))
        case "Null":
            return None
        case "True":
            return True
        case "False":
            return False
        case "DateFormula":
            return day_range(rows.m, literal["dateFormula"])
        case "DateTime":
            return datetime.fromisoformat(literal["literal"].split("[")[0]).astimezone(UTC)
        case "Date":
            return date.fromisoformat(literal["literal"])
        case other:
            raise rows.m.not_emulated(f"{other} in SOQL")


def _bound(value: Value) -> Value:
    """Return a bound value; records stand for their ids."""
    if isinstance(value, Record):
        return value.values.get("id")
    if isinstance(value, ApexList | ApexSet):
        return [_bound(item) for item in value]
    if isinstance(value, ApexMap):
        return [key for key, _ in value.held.values()]
    return value


def _compared(rows: Rows, op: str, found: Value, given: Value) -> bool:
    m = rows.m
    if op in ("In", "NotIn") or isinstance(given, list):
        if given is None:
            raise m.null_pointer()
        return _in(m, op, found, given if isinstance(given, list) else [given])
    if isinstance(given, tuple):
        return _in_range(op, found, given)
    if op == "Like":
        return _like(found, given)
    if op in ("Equal", "NotEqual", "AltNotEqual"):
        return _same(found, given) == (op == "Equal")
    if found is None or given is None:
        return False
    return _ORDER[op](*_comparable(found, given))


_ORDER: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "LessThan": lambda a, b: bool(a < b),
    "LessThanEqual": lambda a, b: bool(a <= b),
    "GreaterThan": lambda a, b: bool(a > b),
    "GreaterThanEqual": lambda a, b: bool(a >= b),
}


def _comparable(found: Value, given: Value) -> tuple[Value, Value]:
    if isinstance(found, str) and isinstance(given, str):
        return found.lower(), given.lower()
    if isinstance(found, datetime) and isinstance(given, date) and not isinstance(given, datetime):
        return found, datetime(given.year, given.month, given.day, tzinfo=UTC)
    return found, given


def _same(found: Value, given: Value) -> bool:
    if found is given or found == given:
        return True
    if isinstance(found, str) and isinstance(given, str):
        return (id18(found) or found).lower() == (id18(given) or given).lower() and _same_id(
            found, given
        )
    return bool(found == given)


def _same_id(found: str, given: str) -> bool:
    """Ids differ in case; other text does not."""
    left, right = id18(found), id18(given)
    return left == right if left and right and len(found) == 18 else True


def _in(m: Machine, op: str, found: Value, given: list[Value]) -> bool:
    inside = any(_same(found, each) for each in given)
    if op in ("In", "Equal"):
        return inside
    if op in ("NotIn", "NotEqual"):
        return not inside
    raise m.not_emulated(f"{op} with a list in SOQL")


def _in_range(op: str, found: Value, given: tuple[datetime, datetime]) -> bool:
    start, end = given
    if found is None:
        return op == "NotEqual"
    moment = (
        found
        if isinstance(found, datetime)
        else datetime(found.year, found.month, found.day, tzinfo=UTC)
    )
    return {
        "Equal": start <= moment < end,
        "NotEqual": not start <= moment < end,
        "LessThan": moment < start,
        "LessThanEqual": moment < end,
        "GreaterThan": moment >= end,
        "GreaterThanEqual": moment >= start,
    }[op]


def _like(found: Value, given: Value) -> bool:
    if found is None or given is None:
        return False
    pattern = ""
    for part in re.findall(r"\\.|%|_|[^\\%_]+", str(given), re.DOTALL):
        pattern += {"%": ".*", "_": "."}.get(part) or re.escape(part.removeprefix("\\"))
    return re.fullmatch(pattern, str(found), re.IGNORECASE | re.DOTALL) is not None
