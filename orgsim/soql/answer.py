"""Answers a query from the org's data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from orgsim.data.objects import object_of, parent_type
from orgsim.data.records import Data, Row
from orgsim.data.schema import ObjectType
from orgsim.refusals import ApiRefused
from orgsim.soql.aggregates import grouped
from orgsim.soql.conditions import test_of
from orgsim.soql.operands import Operand, ordered
from orgsim.soql.paths import Path, resolve, resolve_all
from orgsim.soql.query import FIELDS, Expression, Query, wrong

_FIELDS_SINCE: Final = 51
_MOST_WITH_ALL_FIELDS: Final = 200

Shown = dict[str, Any]
"""A record as an answer has it."""


def record_url(version: str, found: ObjectType, record_id: str) -> str:
    """Return the path of a record."""
    return f"/services/data/{version}/sobjects/{found.name}/{record_id}"


def shown_value(version: str, found: ObjectType, row: Row, name: str) -> Any:  # noqa: ANN401
    """Return a field's value as an answer has it: of a binary field, where its content is."""
    if found.fields[name].kind == "base64" and row[name] is not None:
        return f"{record_url(version, found, row['Id'])}/{name}"
    return row[name]


def attributes(version: str, found: ObjectType, row: Row) -> dict[str, str]:
    """Return what every record in an answer says about itself."""
    kind = object_of(row["Id"]) or found  # of a parent that may be one of several objects
    return {"type": found.name, "url": record_url(version, kind, row["Id"])}


def answer(data: Data, query: Query, version: str) -> tuple[int, list[Shown]]:
    """Return how many records a query finds, and the records (none when it only counts them).

    Raises:
        ApiRefused: it names what does not exist, or compares what cannot be compared.
    """
    found = data.described(query.source.text)
    if found is None:
        reason = (
            f"sObject type '{query.source.text}' is not supported. If you are attempting to use a "
            "custom object, be sure to append the '__c' after the entity name. Please reference "
            "your WSDL or the describe call for the appropriate names."
        )
        raise wrong("INVALID_TYPE", query.text, query.source.at, reason)
    if query.is_aggregate:
        records = grouped(data, query, found)
        return len(records), records
    selection = _Selection(data, query, found, version)
    rows = selection.rows(data.rows(found))
    return len(rows), [] if query.is_count else [selection.show(row) for row in rows]


class _Selection:
    """A query of whose names every one exists. Sub-queries have one, too."""

    def __init__(self, data: Data, query: Query, found: ObjectType, version: str) -> None:
        self._data = data
        self._query = query
        self._found = found
        self._version = version
        _check_fields(query, version)
        self._tree = _tree(resolve_all(found, query.fields, query))
        self._test = test_of(query.where, query, self._operand)
        self._order = [self._operand(order.expression) for order in query.order]
        self._children = [self._child(sub_query) for sub_query in query.sub_queries]

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """Return those of the rows that are wanted, in the order that is wanted."""
        chosen = [row for row in rows if self._test(row)]
        chosen = ordered(chosen, self._query.order, self._order)
        first, limit = self._query.offset, self._query.limit
        return chosen[first : None if limit is None else first + limit]

    def show(self, row: Row) -> Shown:
        """Return one record as the answer has it."""
        shown = self._show(self._found, row, self._tree)
        for name, field_name, child in self._children:
            shown[name] = child.show_children(field_name, row["Id"])
        return shown

    def show_children(self, field_name: str, parent_id: str) -> Shown | None:
        """Return what a sub-query finds for one record; ``None`` when that is nothing."""
        candidates = self._data.rows(self._found)
        rows = self.rows([row for row in candidates if row[field_name] == parent_id])
        if not rows:
            return None
        records = [self.show(row) for row in rows]
        return {"totalSize": len(records), "done": True, "records": records}

    def _child(self, sub_query: Query) -> tuple[str, str, "_Selection"]:
        wanted = sub_query.source.text.casefold()
        for name, (object_name, field_name) in self._found.children.items():
            target = self._data.described(object_name)
            if name.casefold() == wanted and target is not None:
                selection = _Selection(self._data, sub_query, target, self._version)
                return name, field_name, selection
        reason = (
            f"Didn't understand relationship '{sub_query.source.text}' in FROM part of query call."
            " If you are attempting to use a custom relationship, be sure to append the '__r'"
            " after the custom relationship name. Please reference your WSDL or the describe call"
            " for the appropriate names."
        )
        raise wrong("INVALID_TYPE", self._query.text, sub_query.source.at, reason)

    def _operand(self, expression: Expression) -> Operand:
        if expression.function:
            reason = "aggregate functions need GROUP BY"
            raise wrong("MALFORMED_QUERY", self._query.text, expression.field.at, reason)
        path = resolve(self._found, expression.field, self._query)
        return Operand(field=path.field, value=lambda row: path.value(self._data, row))

    def _show(self, found: ObjectType, row: Row, tree: "_Tree") -> Shown:
        shown: Shown = {"attributes": attributes(self._version, found, row)}
        for name, node in tree.items():
            if isinstance(node, str):
                shown[node] = shown_value(self._version, found, row, node)
                continue
            reference = found.parent(name)
            assert reference  # noqa: S101  # or the path would not have been resolved
            parent = self._data.parent(row, reference)
            shown[name] = self._show(parent_type(reference), parent, node) if parent else None
        return shown


def _check_fields(query: Query, version: str) -> None:
    """Agree to the functions and aliases of a query without groups.

    Source: SOQL and SOSL reference, "FIELDS()"; texts: egen/spark-salesforce#86,
    activepieces/activepieces#14521.

    Raises:
        ApiRefused: the platform would not.
    """
    for each in query.fields:
        if each.alias:
            reason = "only aggregate expressions use field aliasing"
            raise wrong("MALFORMED_QUERY", query.text, each.field.at, reason)
        if each.function != FIELDS:
            continue
        if float(version.removeprefix("v")) < _FIELDS_SINCE:
            reason = "The SOQL FIELDS function is not supported in this version of the API"
            raise wrong("UNSUPPORTED_API_VERSION", query.text, each.field.at, reason)
        is_bounded = each.field.text.upper() == "STANDARD"
        if not is_bounded and (query.limit is None or query.limit > _MOST_WITH_ALL_FIELDS):
            reason = f"must have a LIMIT of at most {_MOST_WITH_ALL_FIELDS}"
            raise ApiRefused("MALFORMED_QUERY", f"The SOQL FIELDS function {reason}")


_Tree = Mapping[str, "str | _Tree"]
"""The fields to be shown: by relationship a tree, or a field's name by itself."""


def _tree(paths: Sequence[Path]) -> _Tree:
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for parent in path.parents:
            node = node.setdefault(parent.relationship, {})
        node[path.field.name] = path.field.name
    return tree
