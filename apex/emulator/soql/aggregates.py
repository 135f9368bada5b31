"""``SELECT COUNT(Id), Status__c ... GROUP BY Status__c``: AggregateResult rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from apex.emulator.registry import method
from apex.emulator.soql.where import identifier_path
from apex.emulator.values import ApexList, ApexType, Element, Value, apex_list
from apex.parser.tree import Node, kind, optional, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row
    from apex.emulator.source.schema import ObjectInfo


@dataclass(eq=False)
class AggregateResult(Element):
    """One row of an aggregate query."""

    values: dict[str, Value] = field(default_factory=dict)
    apex_name = "AggregateResult"


@method("AggregateResult.get")
def _get(m: Machine, row: AggregateResult, name: str) -> Value:
    if name.lower() not in row.values:
        raise m.throw("SObjectException", f"Invalid field {name} for AggregateResult")
    return row.values[name.lower()]


_FUNCTIONS: Final[dict[str, Callable[[list[Value]], Value]]] = {
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "sum": lambda values: sum(values) if values else None,
}


def is_aggregate(query: Node) -> bool:
    """Whether a query groups, or computes over rows."""
    columns = (each for each in query["select"]["exprs"] if "field" in each)
    return optional(query, "groupBy") is not None or any(
        optional(each["field"], "function1") for each in columns
    )


def aggregate(m: Machine, query: Node, info: ObjectInfo, rows: list[Row]) -> ApexList:
    """Return one result per group; one in all when nothing is grouped."""
    grouping = optional(query, "groupBy")
    if grouping is not None and (optional(grouping, "having") or optional(grouping, "type")):
        raise m.not_emulated("HAVING, ROLLUP or CUBE in SOQL")
    by = [_name(m, info, each["field"]) for each in (grouping["exprs"] if grouping else [])]
    groups: dict[tuple[Value, ...], list[Row]] = {} if by else {(): []}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in by), []).append(row)
    results = [_result(m, query, info, group) for group in groups.values()]
    return apex_list(ApexType("AggregateResult"), results)


def _result(m: Machine, query: Node, info: ObjectInfo, group: list[Row]) -> AggregateResult:
    made = AggregateResult()
    unnamed = 0
    for each in query["select"]["exprs"]:
        if kind(each) != "SelectExpr$SelectColumnExpr":
            raise m.not_emulated(kind(each))
        function = optional(each["field"], "function1")
        name = _name(m, info, each["field"])
        alias = optional(each, "alias")
        if function is None:
            made.values[text(alias).lower() if alias else name] = (
                group[0].get(name) if group else None
            )
            continue
        if text(function).lower() not in _FUNCTIONS:
            raise m.not_emulated(f"{text(function)}() in SOQL")
        values = [row[name] for row in group if row.get(name) is not None]
        made.values[text(alias).lower() if alias else f"expr{unnamed}"] = _FUNCTIONS[
            text(function).lower()
        ](values)
        unnamed += alias is None
    return made


def _name(m: Machine, info: ObjectInfo, field_node: Node) -> str:
    path = identifier_path(field_node["field"])
    if len(path) != 1 or path[0].lower() not in info.fields:
        raise m.not_emulated(f"{'.'.join(path)} in an aggregate query")
    return path[0].lower()
