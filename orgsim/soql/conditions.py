"""Turns the WHERE of a query into a test for records, or says why it cannot be one."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from orgsim.data.values import as_date, as_datetime
from orgsim.ids import to_18
from orgsim.refusals import ApiRefused
from orgsim.soql.operands import Operand, Operands, sort_key
from orgsim.soql.query import Comparison, Condition, Not, Query, Token, wrong

Test = Callable[[Any], bool]

_ESCAPES: Final = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"
}  # fmt: skip
_WILDCARDS: Final = {"%": ".*", "_": "."}
_LONGEST_FILTERED: Final = 255
_IDS: Final = frozenset({"id", "reference"})
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LITERALS: Final = {
    # kind of field: kind of literal
    "string": "string",
    "id": "string",
    "reference": "string",
    "double": "number",
    "int": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}


def test_of(where: Condition | None, query: Query, operands: Operands) -> Test:
    """Return the test that ``where`` is, for whatever the operands take.

    Raises:
        ApiRefused: it names what does not exist, or compares what cannot be compared.
    """
    if where is None:
        return lambda _row: True
    if isinstance(where, Comparison):
        return _Filter(operands(where.expression), where, query).test()
    if isinstance(where, Not):
        inner = test_of(where.inner, query, operands)
        return lambda row: not inner(row)
    parts = [test_of(part, query, operands) for part in where.parts]
    if where.all_of:
        return lambda row: all(part(row) for part in parts)
    return lambda row: any(part(row) for part in parts)


class _Filter:
    """One comparison."""

    def __init__(self, operand: Operand, comparison: Comparison, query: Query) -> None:
        self._query = query
        self._comparison = comparison
        self._operand = operand
        self._token = comparison.expression.field
        self._field = operand.field
        if self._field.kind == "base64" or self._field.length > _LONGEST_FILTERED:
            reason = f"field '{self._field.name}' can not be filtered in a query call"
            raise self._wrong("INVALID_FIELD", reason, self._token)

    def test(self) -> Test:
        sign, literals = self._comparison.operator, self._comparison.values
        if sign == "LIKE":
            return self._like(literals[0])
        keys = [self._key(literal) for literal in literals]
        if sign in _ORDERED:
            return self._ordered(_ORDERED[sign], keys[0])
        wanted = sign in {"=", "IN"}
        return lambda row: (self._value(row) in keys) is wanted

    def _value(self, row: Any) -> Any:  # noqa: ANN401  # a record or group; a field's value
        value = self._operand.value(row)
        return value if self._field.kind in _IDS else sort_key(value)

    def _ordered(self, compare: Callable[[Any, Any], bool], key: object) -> Test:
        if key is None or self._field.kind in {"boolean", *_IDS}:
            reason = f"invalid operator on {self._field.kind} field"
            raise self._wrong("INVALID_QUERY_FILTER_OPERATOR", reason, self._token)

        def test(row: Any) -> bool:  # noqa: ANN401  # a record or a group
            value = self._value(row)
            return value is not None and compare(value, key)

        return test

    def _like(self, literal: Token) -> Test:
        if self._field.kind != "string" or literal.kind != "string":
            reason = f"invalid operator on {self._field.kind} field"
            raise self._wrong("INVALID_QUERY_FILTER_OPERATOR", reason, self._token)
        pieces = (
            re.escape(char) if escaped or char not in _WILDCARDS else _WILDCARDS[char]
            for char, escaped in self._characters(literal, _ESCAPES | {"%": "%", "_": "_"})
        )
        pattern = re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)

        def test(row: Any) -> bool:  # noqa: ANN401  # a record or a group
            value = self._operand.value(row)
            return value is not None and pattern.fullmatch(value) is not None

        return test

    def _key(self, literal: Token) -> object:
        """Return what a literal stands for, in the form of this field's values."""
        kind, word = literal.kind, literal.text.upper()
        if word == "NULL" and kind == "name":
            return None
        if (kind if kind != "name" else "boolean") != _LITERALS[self._field.kind]:
            reason = (
                f"value of filter criterion for field '{self._field.name}' must be of type "
                f"{self._field.kind} and should {'' if kind != 'string' else 'not '}be enclosed "
                "in quotes"
            )
            raise self._wrong("INVALID_FIELD", reason, literal)
        match kind:
            case "name":
                return word == "TRUE"
            case "number":
                return float(literal.text)
            case "string":
                return self._text_key(literal)
            case _:
                return self._moment(kind, literal)

    def _text_key(self, literal: Token) -> str:
        text = "".join(char for char, _ in self._characters(literal, _ESCAPES))
        if self._field.kind not in _IDS:
            return text.casefold()
        try:
            return to_18(text)
        except ValueError as error:
            raise self._wrong(
                "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text[:80]}", literal
            ) from error

    def _moment(self, kind: str, literal: Token) -> str:
        try:
            # As in the records: these texts are in the order of what they stand for.
            text = as_date(literal.text) if kind == "date" else as_datetime(literal.text)
        except (ValueError, OverflowError) as error:
            reason = f"Invalid {kind}: {literal.text}"
            raise self._wrong("MALFORMED_QUERY", reason, literal) from error
        return text.casefold()

    def _characters(self, literal: Token, escapes: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
        """Yield the characters of a text, and of each whether it was escaped."""
        characters = iter(literal.text[1:-1])
        for char in characters:
            if char != "\\":
                yield char, False
                continue
            letter = next(characters)
            if letter not in escapes:
                reason = f"Invalid string literal: '\\{letter}' is no escape sequence"
                raise self._wrong("MALFORMED_QUERY", reason, literal)
            yield escapes[letter], True

    def _wrong(self, code: str, reason: str, token: Token) -> ApiRefused:
        return wrong(code, self._query.text, token.at, reason)
