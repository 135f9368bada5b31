"""Apex as a tree: what Salesforce's own parser makes of a file, and how to walk it.

The parser writes JSON. Every node is an object whose ``@class`` names the parser's Java class;
the part of it that says something is its end, such as ``Expr$SoqlExpr``.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from apex.tools.installed import PARSER, TIMEOUT_S, ToolFailedError, require

if TYPE_CHECKING:
    from collections.abc import Iterator

Node = dict[str, Any]
_ROOT: Final = "apex.jorje.semantic.compiler.parser.ParserOutput"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """One source text, read by the parser."""

    unit: Node | None
    """The class or trigger; None when the text is not Apex."""
    errors: tuple[tuple[int, str], ...]
    """Line and text of each thing that the parser could not read."""


@cache
def parse(text: str) -> Parsed:
    """Return the tree of a class or trigger, which nobody changes: it is remembered.

    Raises:
        NotInstalledError: the parser is not there.
        ToolFailedError: the parser itself failed.
    """
    require()
    # Its exit code is 0 even for a text that is not Apex; parseErrors tells.
    done = subprocess.run(  # noqa: S603 - a program of the locked packages, no shell
        [PARSER], input=text.encode(), capture_output=True, check=False, timeout=TIMEOUT_S
    )
    try:
        output = json.loads(done.stdout)[_ROOT]
    except (ValueError, KeyError) as error:
        raise ToolFailedError(f"the Apex parser said {done.stderr[:500]!r}") from error
    errors = tuple(_error(node) for node in output["parseErrors"])
    return Parsed(unit=None if errors else output.get("unit"), errors=errors)


def _error(node: Node) -> tuple[int, str]:
    return line(node), str(node.get("message", "not Apex"))


def kind(node: object) -> str:
    """Return the end of a node's class, such as ``Expr$SoqlExpr``; "" for anything else."""
    return str(node.get("@class", "")).rpartition(".")[2] if isinstance(node, dict) else ""


def walk(node: object) -> Iterator[Node]:
    """Yield every node below and including this one, from the top; places are not nodes."""
    # A stack, because generators within generators take most of a check's time.
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(reversed([value for key, value in each.items() if key != "loc"]))
        elif isinstance(each, list):
            waiting.extend(reversed(each))


def find(node: object, *kinds: str) -> Iterator[Node]:
    """Yield the nodes of these kinds."""
    return (each for each in walk(node) if kind(each) in kinds)


def line(node: object) -> int:
    """Return the first line that a node names; 1 when it names none."""
    lines = (each.get("loc", {}).get("line", -1) for each in walk(node))
    return next((int(number) for number in lines if number > 0), 1)


def optional(node: Node, key: str) -> Node | None:
    """Return what the parser wraps as ``{"value": ...}``, or None."""
    found: Node | None = (node.get(key) or {}).get("value")
    return found


def dotted(names: list[Node]) -> str:
    """Return identifiers as they were written: ``Database.query``."""
    return ".".join(str(each["value"]) for each in names)
