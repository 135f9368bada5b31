"""Apex as a tree: what Salesforce's own parser makes of a file, and how to walk it.

Every node is an object whose ``@class`` names its kind, such as ``Expr$SoqlExpr``, and whose
``line`` says where it begins: 0 when neither it nor anything below it has a place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Node: TypeAlias = dict[str, Any]


def kind(node: object) -> str:
    """Return a node's kind; "" for anything else."""
    return str(node.get("@class", "")) if isinstance(node, dict) else ""


def line(node: Node) -> int:
    """Return the line of a node, or of the first child that has one; 0 when none has."""
    number: int = node["line"]
    return number


def optional(node: Node, key: str) -> Any:  # noqa: ANN401 - a tree has many shapes
    """Return what the parser wraps as ``{"value": ...}``, or None."""
    held = node.get(key)
    return held.get("value") if held else None


def text(identifier: Node) -> str:
    """Return the text of an identifier."""
    return str(identifier["value"])


def dotted(names: list[Node]) -> str:
    """Return identifiers as they were written: ``Database.query``."""
    return ".".join(text(each) for each in names)


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


def prepare(node: Node) -> int:
    """Shorten the names of classes and give every node its line, which is returned.

    Once, when a tree is read: both are asked for often.
    """
    if "startIndex" in node or "column" in node:
        return int(node["line"])
    if "@class" in node:
        node["@class"] = str(node["@class"]).rsplit(".", 1)[-1]
    own = below = 0
    for key, child in node.items():
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, dict):
                number = prepare(each)
                if key == "loc":
                    own = max(number, 0)
                elif number > 0:
                    below = min(below or number, number)
    node["line"] = own or below
    return own or below
