"""Which lines of a file hold a statement: the ones that coverage counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.parser.tree import Node, kind, line, optional

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOT_COUNTED = frozenset({"Stmnt$BlockStmnt"})


def executable_lines(unit: Node) -> frozenset[int]:
    """Return the lines on which a statement or a field's value begins. Tests have none."""
    return frozenset(_lines(unit)) - {0}


def _lines(node: Node) -> Iterator[int]:
    name = kind(node)
    if name.startswith("Stmnt$") and name not in _NOT_COUNTED:
        yield line(node)
    if name == "BlockMember$FieldMember":
        decls = node["variableDecls"]["decls"]
        yield from (line(decl) for decl in decls if optional(decl, "assignment"))
    for child in node.values():
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, dict):
                yield from _lines(each)


def is_declaration(member: Node) -> bool:
    """Whether a member of a trigger or block declares variables."""
    return kind(member) == "BlockMember$FieldMember"
