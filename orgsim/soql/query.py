"""Queries as they are written: the part of SOQL that the org understands.

Source: SOQL and SOSL reference, "SOQL SELECT syntax"; error texts as the REST interface gives them.
"""

from dataclasses import dataclass
from typing import Final

from orgsim.refusals import ApiRefused

AGGREGATES: Final = frozenset({"AVG", "COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM"})
"""The functions that make one value of many records."""

FIELDS: Final = "FIELDS"
"""The function that stands for several fields."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word of a query."""

    kind: str
    """``string``, ``datetime``, ``date``, ``number``, ``name``, ``sign`` or ``end``."""

    text: str
    at: int
    """Where it begins in the query."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Expression:
    """A field, or a function of one."""

    field: Token
    """The field's name; of ``FIELDS`` its argument."""

    function: str = ""
    """One of `AGGREGATES`, ``FIELDS``, or none."""

    alias: str = ""
    """How the answer is to name it, if that is said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """``expression operator value``."""

    expression: Expression
    operator: str
    """``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``LIKE``, ``IN`` or ``NOT IN``."""

    values: tuple[Token, ...]
    """One, or for ``IN`` any number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Not:
    """``NOT condition``."""

    inner: "Condition"


@dataclass(frozen=True, kw_only=True, slots=True)
class Junction:
    """Conditions that must all hold, or of which one must."""

    all_of: bool
    parts: tuple["Condition", ...]


Condition = Comparison | Not | Junction


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One criterion of ``ORDER BY``."""

    expression: Expression
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A query, or a sub-query, as it is written: no name in it is known to exist."""

    text: str
    """The whole query, for messages."""

    source: Token
    """The object, in a sub-query the relationship."""

    fields: tuple[Expression, ...]
    sub_queries: tuple["Query", ...]
    is_count: bool
    """``SELECT COUNT()``: only the number of records is wanted."""

    where: Condition | None
    groups: tuple[Token, ...]
    """``GROUP BY``: the fields whose values a group has in common."""

    having: Condition | None
    """What groups are to fulfil."""

    order: tuple[Order, ...]
    limit: int | None
    offset: int

    @property
    def is_aggregate(self) -> bool:
        """Whether the answer has groups of records instead of records."""
        return bool(self.groups) or any(each.function in AGGREGATES for each in self.fields)


def wrong(code: str, text: str, at: int, reason: str) -> ApiRefused:
    """Return a refusal that points at a place in a query, as the platform's do."""
    row = text.count("\n", 0, at) + 1
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].partition("\n")[0]
    # Of a long line the platform shows the part around the place.
    first = max(0, at - start - 40)
    shown, mark = line[first : first + 80], " " * (at - start - first)
    column = at - start + 1
    return ApiRefused(code, f"\n{shown}\n{mark}^\nERROR at Row:{row}:Column:{column}\n{reason}")
