"""Finds what a query's names mean: fields of the records and of the records they refer to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from orgsim.data.objects import parent_type
from orgsim.data.records import Data, Row
from orgsim.data.schema import Field, ObjectType
from orgsim.soql.query import FIELDS, Expression, Query, Token, wrong

_MOST_STEPS: Final = 5
_ADVICE: Final = "Please reference your WSDL or the describe call for the appropriate names."


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A field, and how to get to it from a record of the query's object."""

    parents: tuple[Field, ...]
    """References to follow, in order."""

    field: Field

    def value(self, data: Data, row: Row) -> Any:  # noqa: ANN401  # a field's value
        """Return the field's value; ``None`` also when there is no such parent."""
        for parent in self.parents:
            found = data.parent(row, parent)
            if found is None:
                return None
            row = found
        return row[self.field.name]


def resolve(found: ObjectType, token: Token, query: Query) -> Path:
    """Return the field that a name such as ``Owner.Name`` stands for.

    Raises:
        ApiRefused: INVALID_FIELD: there is none.
    """
    names = token.text.split(".")
    if names[0].casefold() == found.name.casefold() and not found.parent(names[0]) and names[1:]:
        del names[0]  # the object's own name
    if len(names) > _MOST_STEPS + 1:
        raise wrong("INVALID_FIELD", query.text, token.at, "Too many levels of relationships")
    parents: list[Field] = []
    for name in names[:-1]:
        parent = found.parent(name)
        if parent is None:
            raise _no_relationship(name, token, query)
        parents.append(parent)
        found = parent_type(parent)
    field = found.column(names[-1])
    if field is None:
        raise _no_column(names[-1], found, token, query)
    return Path(parents=tuple(parents), field=field)


def resolve_all(
    found: ObjectType, selected: Sequence[Expression], query: Query
) -> tuple[Path, ...]:
    """Return the fields that are to be shown.

    Raises:
        ApiRefused: one does not exist, or is there twice.
    """
    paths: dict[tuple[str, ...], Path] = {}
    for expression in selected:
        for path in _meant(found, expression, query):
            key = (*(parent.name for parent in path.parents), path.field.name)
            if key in paths:
                reason = f"duplicate field selected: {path.field.name}"
                raise wrong("INVALID_FIELD", query.text, expression.field.at, reason)
            paths[key] = path
    return tuple(paths.values())


def _meant(found: ObjectType, expression: Expression, query: Query) -> list[Path]:
    """Return the fields that an expression of a query without groups stands for."""
    if expression.function != FIELDS:
        return [resolve(found, expression.field, query)]
    wanted = expression.field.text.upper()
    return [
        Path(parents=(), field=field)
        for field in found.fields.values()
        if wanted == "ALL" or field.name.endswith("__c") == (wanted == "CUSTOM")
    ]


def _no_column(name: str, found: ObjectType, token: Token, query: Query) -> Exception:
    reason = (
        f"No such column '{name}' on entity '{found.name}'. If you are attempting to use a custom "
        f"field, be sure to append the '__c' after the custom field name. {_ADVICE}"
    )
    return wrong("INVALID_FIELD", query.text, token.at, reason)


def _no_relationship(name: str, token: Token, query: Query) -> Exception:
    reason = (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a "
        "custom relationship, be sure to append the '__r' after the custom relationship name. "
        f"{_ADVICE}"
    )
    return wrong("INVALID_FIELD", query.text, token.at, reason)
