"""Reads SOQL. What it does not understand is MALFORMED_QUERY, never ignored."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from orgsim.refusals import ApiRefused
from orgsim.soql.query import (
    AGGREGATES,
    FIELDS,
    Comparison,
    Condition,
    Expression,
    Junction,
    Not,
    Order,
    Query,
    Token,
    wrong,
)
from orgsim.soql.tokens import tokens

_DEEPEST: Final = 20
_LONGEST: Final = 100_000
_MOST_ROWS: Final = 50_000
_MOST_SKIPPED: Final = 2000

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


class _Parser:
    """Reads one query from left to right. Each method reads what it is named for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(tokens(text))
        self._position = 0
        self._depth = 0
        self._functions: frozenset[str] = frozenset()
        """Those that conditions know at the moment."""

    def end(self) -> None:
        if self._next.kind != "end":
            raise self._unexpected()

    def query(self, *, inner: bool = False) -> Query:
        self._word("SELECT")
        is_count = not inner and self._is_count()
        fields, sub_queries = ((), ()) if is_count else self._selected(inner=inner)
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
            groups=(groups := self._groups(allowed=not inner and not is_count)),
            having=self._having() if groups and self._skip("HAVING") else None,
            order=self._order() if not is_count and self._skip("ORDER") else (),
            limit=self._whole(_MOST_ROWS) if self._skip("LIMIT") else None,
            offset=self._whole(_MOST_SKIPPED) if self._skip("OFFSET") else 0,
        )

    def _is_count(self) -> bool:
        """Skip ``COUNT()``, if that is what is selected."""
        following = self._tokens[self._position : self._position + 3]
        if [token.text.upper() for token in following] != ["COUNT", "(", ")"]:
            return False
        self._position += 3
        return True

    def _selected(self, *, inner: bool) -> tuple[tuple[Expression, ...], tuple[Query, ...]]:
        fields: list[Expression] = []
        sub_queries: list[Query] = []
        for _ in self._separated():
            if not inner and self._skip("("):
                sub_queries.append(self.query(inner=True))
                self._word(")")
            else:
                fields.append(self._selected_field(inner=inner))
        return tuple(fields), tuple(sub_queries)

    def _selected_field(self, *, inner: bool) -> Expression:
        at = self._next
        found = self._expression(AGGREGATES | {FIELDS})
        if found.function in AGGREGATES and inner:
            raise self._wrong(at, "only root queries support aggregate expressions")
        is_alias = self._next.kind == "name" and self._next.text.upper() not in _RESERVED
        if not is_alias or found.function == FIELDS:
            return found
        alias = self._name()
        if "." in alias.text:
            raise self._unexpected(alias)
        return replace(found, alias=alias.text)

    def _expression(self, functions: frozenset[str]) -> Expression:
        """Read a field, or one of some functions of a field."""
        name = self._name()
        function = name.text.upper()
        if function not in functions or not self._skip("("):
            return Expression(field=name)
        argument = self._name()
        if function == FIELDS and argument.text.upper() not in {"ALL", "CUSTOM", "STANDARD"}:
            raise self._unexpected(argument)
        self._word(")")
        return Expression(field=argument, function=function)

    def _groups(self, *, allowed: bool) -> tuple[Token, ...]:
        if not allowed or not self._skip("GROUP"):
            return ()
        self._word("BY")
        return tuple(self._name() for _ in self._separated())

    def _having(self) -> Condition:
        self._functions = AGGREGATES
        condition = self._condition()
        self._functions = frozenset()
        return condition

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
        expression, operator = self._expression(self._functions), self._operator()
        if operator not in {"IN", "NOT IN"}:
            return Comparison(expression=expression, operator=operator, values=(self._literal(),))
        self._word("(")
        values = tuple(self._literal() for _ in self._separated())
        self._word(")")
        return Comparison(expression=expression, operator=operator, values=values)

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
        expression = self._expression(AGGREGATES)
        descending = self._either("ASC", "DESC")
        nulls_last = self._skip("NULLS") and self._either("FIRST", "LAST", needed=True)
        return Order(expression=expression, descending=descending, nulls_last=nulls_last)

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
        return self._wrong(token, f"unexpected token: '{token.text[:80]}'")

    def _wrong(self, token: Token, reason: str) -> ApiRefused:
        return wrong("MALFORMED_QUERY", self._text, token.at, reason)
