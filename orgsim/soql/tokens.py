"""The words that SOQL is written with."""

import re
from collections.abc import Iterator
from typing import Final

from orgsim.soql.query import Token, wrong

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


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a query, and an ``end`` after them.

    Raises:
        ApiRefused: MALFORMED_QUERY: there is something that is no word.
    """
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
