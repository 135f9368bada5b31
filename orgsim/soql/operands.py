"""What conditions and orders look at: a value of each record, or of each group of records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from orgsim.data.schema import Field
from orgsim.soql.query import Expression, Order

_Row = TypeVar("_Row")


@dataclass(frozen=True, kw_only=True, slots=True)
class Operand:
    """An expression of which everything is known to exist."""

    field: Field
    """Of what kind its values are, and what messages call it."""

    value: Callable[[Any], Any]
    """Returns its value of a record, or of a group."""


Operands = Callable[[Expression], Operand]
"""Returns the operand that an expression is, or refuses it."""


def sort_key(value: Any) -> Any:  # noqa: ANN401  # a field's value
    """Return what values are compared by: texts without regard to case."""
    return value.casefold() if isinstance(value, str) else value


def ordered(
    rows: Sequence[_Row], order: Sequence[Order], operands: Sequence[Operand]
) -> list[_Row]:
    """Return rows by several criteria, each of which has its operand."""
    chosen = list(rows)
    for criterion, operand in reversed(list(zip(order, operands, strict=True))):
        chosen = _ordered(chosen, criterion, operand)
    return chosen


def _ordered(rows: Sequence[_Row], order: Order, operand: Operand) -> list[_Row]:
    values = [(operand.value(row), row) for row in rows]
    nulls = [row for value, row in values if value is None]
    others = [(sort_key(value), row) for value, row in values if value is not None]
    others.sort(key=lambda pair: pair[0], reverse=order.descending)
    rest = [row for _, row in others]
    return rest + nulls if order.nulls_last else nulls + rest
