"""Answers queries for groups of records: ``GROUP BY``, ``HAVING`` and what makes one value of many.

Source: SOQL and SOSL reference, "Aggregate Functions", "GROUP BY", "Use Aliases with GROUP BY",
"Considerations for GROUP BY". The texts of refusals are those that public reports show, such as
RoseSilverSoftware/IlluminatedCloud#1824 and forcedotcom/cli#1356.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from orgsim.data.records import Data, Row
from orgsim.data.schema import Field, ObjectType
from orgsim.refusals import ApiRefused
from orgsim.soql.conditions import test_of
from orgsim.soql.operands import Operand, ordered, sort_key
from orgsim.soql.paths import Path, resolve
from orgsim.soql.query import FIELDS, Expression, Query, Token, wrong

_Group = Sequence[Row]

_LONGEST_GROUPED: Final = 255
_NUMBERS: Final = frozenset({"double", "int"})
_COUNTED: Final = _NUMBERS | {"date", "datetime", "id", "reference", "string"}
_KINDS: Final = {
    # function: kinds of fields it takes
    "AVG": _NUMBERS,
    "COUNT": _COUNTED,
    "COUNT_DISTINCT": _COUNTED,
    "MAX": _COUNTED,
    "MIN": _COUNTED,
    "SUM": _NUMBERS,
}
_UNGROUPED: Final = frozenset({"base64", "datetime", "double"})


def grouped(data: Data, query: Query, found: ObjectType) -> list[dict[str, Any]]:
    """Return the records that a query for groups is answered with.

    Raises:
        ApiRefused: it names what does not exist, or asks what cannot be asked.
    """
    aggregation = _Aggregation(data, query, found)
    return [aggregation.show(group) for group in aggregation.groups(data.rows(found))]


class _Aggregation:
    """A query for groups of whose names every one exists."""

    def __init__(self, data: Data, query: Query, found: ObjectType) -> None:
        self._data = data
        self._query = query
        self._found = found
        self._check()
        self._keys = [self._groupable(token) for token in query.groups]
        self._columns = self._named_columns()
        self._test = test_of(query.where, query, self._of_a_record)
        self._having = test_of(query.having, query, self._of_a_group)
        self._order = [self._of_a_group(each.expression, ordered=True) for each in query.order]

    def groups(self, rows: Sequence[Row]) -> list[_Group]:
        """Return the groups that are wanted, in the order that is wanted."""
        found: dict[tuple[Any, ...], list[Row]] = {} if self._keys else {(): []}
        for row in filter(self._test, rows):
            key = tuple(sort_key(path.value(self._data, row)) for path in self._keys)
            found.setdefault(key, []).append(row)
        chosen = ordered(list(filter(self._having, found.values())), self._query.order, self._order)
        first, limit = self._query.offset, self._query.limit
        return list(chosen[first : None if limit is None else first + limit])

    def show(self, group: _Group) -> dict[str, Any]:
        """Return one record of the answer."""
        values = {name: operand.value(group) for name, operand in self._columns.items()}
        return {"attributes": {"type": "AggregateResult"}, **values}

    def _check(self) -> None:
        for word, given in (("LIMIT", self._query.limit), ("OFFSET", self._query.offset or None)):
            if given is not None and not self._query.groups:
                raise ApiRefused(
                    "MALFORMED_QUERY",
                    "Non-grouped query that uses overall aggregate functions cannot also use "
                    + word,
                )
        for sub_query in self._query.sub_queries:
            raise self._wrong(sub_query.source, "sub-queries cannot be grouped or aggregated")

    def _named_columns(self) -> dict[str, Operand]:
        columns: dict[str, Operand] = {}
        unnamed = 0
        for each in self._query.fields:
            operand = self._of_a_group(each)
            name = each.alias or operand.field.name
            if each.function and not each.alias:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            if name in columns:
                raise self._wrong(each.field, f"duplicate alias: {name}")
            columns[name] = operand
        return columns

    def _groupable(self, token: Token) -> Path:
        path = resolve(self._found, token, self._query)
        if path.field.kind in _UNGROUPED or path.field.length > _LONGEST_GROUPED:
            reason = f"field '{token.text}' can not be grouped in a query call"
            raise self._wrong(token, reason, "INVALID_FIELD")
        return path

    def _of_a_record(self, expression: Expression) -> Operand:
        path = resolve(self._found, expression.field, self._query)
        return Operand(field=path.field, value=lambda row: path.value(self._data, row))

    def _of_a_group(self, expression: Expression, *, ordered: bool = False) -> Operand:
        token, function = expression.field, expression.function
        if function == FIELDS:
            raise self._wrong(token, "The SOQL FIELDS function cannot be grouped or aggregated")
        path = resolve(self._found, token, self._query)
        is_key = path in self._keys
        if function and is_key:
            raise self._wrong(token, f"Grouped field should not be aggregated: {token.text}")
        if function:
            return self._aggregated(path, function, token)
        if not is_key:
            start = "Ordered field" if ordered else "Field"
            raise self._wrong(token, f"{start} must be grouped or aggregated: {token.text}")
        return Operand(field=path.field, value=lambda group: path.value(self._data, group[0]))

    def _aggregated(self, path: Path, function: str, token: Token) -> Operand:
        kind, length = path.field.kind, path.field.length
        if kind not in _KINDS[function] or length > _LONGEST_GROUPED:
            reason = f"field {token.text} does not support aggregate operator {function}"
            raise self._wrong(token, reason)
        make = _FUNCTIONS[function]

        def value(group: _Group) -> Any:  # noqa: ANN401  # as the field's values, or a number
            values = (path.value(self._data, row) for row in group)
            return make([value for value in values if value is not None])

        return Operand(field=_result_field(path.field, function), value=value)

    def _wrong(self, token: Token, reason: str, code: str = "MALFORMED_QUERY") -> ApiRefused:
        return wrong(code, self._query.text, token.at, reason)


def _result_field(field: Field, function: str) -> Field:
    """Return of what kind a function's values are."""
    if function.startswith("COUNT"):
        return replace(field, kind="int")
    return replace(field, kind="double") if function == "AVG" else field


def _distinct(values: Sequence[Any]) -> int:
    return len({sort_key(value) for value in values})


_FUNCTIONS: Final[dict[str, Callable[[Sequence[Any]], Any]]] = {
    "AVG": lambda values: sum(values) / len(values) if values else None,
    "COUNT": len,
    "COUNT_DISTINCT": _distinct,
    "MAX": lambda values: max(values, key=sort_key, default=None),
    "MIN": lambda values: min(values, key=sort_key, default=None),
    "SUM": lambda values: sum(values) if values else None,
}
