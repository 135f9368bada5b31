"""Reads SOQL. What it does not understand is MALFORMED_QUERY, never ignored."""

import re
from collections.abc import Iterator
from typing import Final

from orgsim.refusals import ApiRefused
from orgsim.soql.query import Comparison, Condition, Junction, Not, Order, Query, Token, wrong

_DEEPEST: Final = 20
_LONGEST: Final = 100_000
_MOST_ROWS: Final = 50_000
_MOST_SKIPPED: Final = 2000

_TOKEN: Final = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)(?!\w))
    | (?P<date>\d{4}-\d\d-\d\d(?![\w:-]))
    | (?P<number>[+-]?\d+(?:\.\d+)?(?![\w.-]))
    | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*(?!\.))
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_RESERVED: Final = frozenset(
    {"AND", "ASC", "BY", "DESC", "FROM", "GROUP", "HAVING", "IN", "LIKE", "LIMIT", "NOT", "NULL",
     "OFFSET", "OR", "ORDER", "SELECT", "WHERE", "WITH"}
)  # fmt: skip
_OPERATORS: Final = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        ApiRefused: MALFORMED_QUERY: it is wrong, or more than this org understands.
    """
    if len(text) > _LONGEST:
        raise ApiRefused("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000")
    parser = _Parser(text)
    query = parser.query()
    parser.end()
    return query


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise wrong("MALFORMED_QUERY", text, at, f"unexpected token: '{text[at]}'")
        kind = match.lastgroup or ""
        if kind != "space":
            yield Token(kind=kind, text=match.group(), at=at)
        at = match.end()
    yield Token(kind="end", text="<EOF>", at=len(text))


class _Parser:
    """Reads one query from left to right. Each method reads what it is named for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._position = 0
        self._depth = 0

    def end(self) -> None:
        if self._next.kind != "end":
            raise self._unexpected()

    def query(self, *, inner: bool = False) -> Query:
        self._word("SELECT")
        is_count = not inner and self._next.text.upper() == "COUNT"
        fields, sub_queries = self._count() if is_count else self._selected(inner=inner)
        self._word("FROM")
        source = self._name()
        if "." in source.text:
            raise self._unexpected(source)
        return Query(
            text=self._text,
            source=source,
            fields=fields,
            sub_queries=sub_queries,
            is_count=is_count,
            where=self._condition() if self._skip("WHERE") else None,
            order=self._order() if self._skip("ORDER") else (),
            limit=self._whole(_MOST_ROWS) if self._skip("LIMIT") else None,
            offset=self._whole(_MOST_SKIPPED) if self._skip("OFFSET") else 0,
        )

    def _count(self) -> tuple[tuple[Token, ...], tuple[Query, ...]]:
        for word in ("COUNT", "(", ")"):
            self._word(word)
        return (), ()

    def _selected(self, *, inner: bool) -> tuple[tuple[Token, ...], tuple[Query, ...]]:
        fields: list[Token] = []
        sub_queries: list[Query] = []
        for _ in self._separated():
            if not inner and self._skip("("):
                sub_queries.append(self.query(inner=True))
                self._word(")")
            else:
                fields.append(self._name())
        return tuple(fields), tuple(sub_queries)

    def _condition(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._unexpected()
        parts = [self._part()]
        word = self._next.text.upper()
        # One of the two only; a mixture needs parentheses.
        while word in {"AND", "OR"} and self._skip(word):
            parts.append(self._part())
        self._depth -= 1
        if len(parts) == 1:
            return parts[0]
        return Junction(all_of=word == "AND", parts=tuple(parts))

    def _part(self) -> Condition:
        if self._skip("NOT"):
            return Not(inner=self._part_in_parentheses() or self._comparison())
        return self._part_in_parentheses() or self._comparison()

    def _part_in_parentheses(self) -> Condition | None:
        if not self._skip("("):
            return None
        condition = self._condition()
        self._word(")")
        return condition

    def _comparison(self) -> Comparison:
        field, operator = self._name(), self._operator()
        if operator not in {"IN", "NOT IN"}:
            return Comparison(field=field, operator=operator, values=(self._literal(),))
        self._word("(")
        values = tuple(self._literal() for _ in self._separated())
        self._word(")")
        return Comparison(field=field, operator=operator, values=values)

    def _operator(self) -> str:
        token = self._next
        word = token.text.upper()
        if token.kind == "sign" and word in _OPERATORS:
            self._position += 1
            return "!=" if word == "<>" else word
        if self._skip("NOT"):
            self._word("IN")
            return "NOT IN"
        if word in {"IN", "LIKE"} and self._skip(word):
            return word
        raise self._unexpected()

    def _literal(self) -> Token:
        token = self._next
        is_word = token.kind == "name" and token.text.upper() in {"NULL", "TRUE", "FALSE"}
        if not is_word and token.kind not in {"string", "number", "date", "datetime"}:
            raise self._unexpected()
        self._position += 1
        return token

    def _order(self) -> tuple[Order, ...]:
        self._word("BY")
        return tuple(self._criterion() for _ in self._separated())

    def _criterion(self) -> Order:
        field = self._name()
        descending = self._either("ASC", "DESC")
        nulls_last = self._skip("NULLS") and self._either("FIRST", "LAST", needed=True)
        return Order(field=field, descending=descending, nulls_last=nulls_last)

    def _either(self, first: str, second: str, *, needed: bool = False) -> bool:
        """Read one of two words; return whether it is the second."""
        if self._skip(second):
            return True
        if not self._skip(first) and needed:
            raise self._unexpected()
        return False

    def _separated(self) -> Iterator[None]:
        """Yield once before each element of a list with commas."""
        yield
        while self._skip(","):
            yield

    def _name(self) -> Token:
        token = self._next
        if token.kind != "name" or token.text.upper() in _RESERVED:
            raise self._unexpected()
        self._position += 1
        return token

    def _whole(self, most: int) -> int:
        token = self._next
        if token.kind != "number" or not token.text.isdecimal() or int(token.text) > most:
            raise self._unexpected()
        self._position += 1
        return int(token.text)

    def _word(self, word: str) -> None:
        if not self._skip(word):
            raise self._unexpected()

    def _skip(self, word: str) -> bool:
        found = self._next.kind in {"name", "sign"} and self._next.text.upper() == word
        self._position += found
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _unexpected(self, token: Token | None = None) -> ApiRefused:
        token = token or self._next
        shown = token.text[:80]
        return wrong("MALFORMED_QUERY", self._text, token.at, f"unexpected token: '{shown}'")
