"""The tables of docs/configuration.md, written from what is declared. Pure but for our own sources.

Which setting stands in which table, and where in it, is the page's to say.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import re
from typing import TYPE_CHECKING, Final

from invocation.settings.config import Config
from invocation.settings.setting import declared

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW: Final = re.compile(r"^\| `([A-Z0-9_]+)` \|.*\n", re.MULTILINE)


def rewritten(page: str) -> str:
    """Return the page with each setting's row as it is declared, and no row of another variable.

    Raises:
        ValueError: some settings have no row, in whose place it could be written.
    """
    rows = dict(_rows())
    if missing := sorted(rows.keys() - set(_ROW.findall(page))):
        names = ", ".join(missing)
        raise ValueError(f"no row for {names}: add a line such as | `{missing[0]}` | to its table")
    return _ROW.sub(lambda row: rows.get(row[1], ""), page)


def _rows() -> Iterator[tuple[str, str]]:
    meanings = dict(_meanings())
    for field, setting in declared(Config).items():
        cells = [f"`{setting.name}`", setting.shown, meanings[field]]
        yield setting.name, f"| {' | '.join(cell for cell in cells if cell)} |\n"


def _meanings() -> Iterator[tuple[str, str]]:
    """Yield the name of each field, and the text under it as one line."""
    for group in Config.__bases__:
        (parsed,) = ast.parse(inspect.getsource(group)).body
        assert isinstance(parsed, ast.ClassDef)  # noqa: S101 - the source of one
        yield from _of_one(parsed)


def _of_one(group: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for declaration, under in itertools.pairwise(group.body):
        if isinstance(declaration, ast.AnnAssign) and isinstance(under, ast.Expr):
            yield ast.unparse(declaration.target), " ".join(ast.literal_eval(under.value).split())
