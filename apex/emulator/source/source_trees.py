"""The trees of sources that must be Apex."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.parser.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from apex.parser.tree import Node


def tree_of(source: str, name: str, *, anonymous: bool = False) -> Node:
    """Return the tree of one class, trigger or anonymous block.

    Raises:
        IllegalApex: with the parser's messages.
    """
    parsed = parse(source, anonymous=anonymous)
    if parsed.unit is None:
        told = "; ".join(f"line {number}: {text}" for number, text in parsed.errors)
        raise IllegalApex(f"{name} does not parse: {told}")
    return parsed.unit


def trees_of(paths: Iterable[Path]) -> dict[Path, Node]:
    """Return the trees of many files, parsed side by side."""
    files = list(paths)
    with ThreadPoolExecutor(max_workers=2) as pool:
        trees = pool.map(lambda path: tree_of(path.read_text("utf-8"), path.name), files)
        return dict(zip(files, trees, strict=True))
