"""Apex source to a syntax tree, by Salesforce's own parser (jorje) in a native program."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from apex.emulator.errors import IllegalApex
from apex.tools.installed import PARSER

if TYPE_CHECKING:
    from collections.abc import Iterable

Node: TypeAlias = dict[str, Any]
"""One node of the tree as the serializer writes it: ``@class`` names its kind."""

_PARSE_TIMEOUT_S: Final = 60.0
_CACHE: Final = Path(tempfile.gettempdir()) / f"apex-trees-{os.getuid()}"
_OUTPUT: Final = "apex.jorje.semantic.compiler.parser.ParserOutput"


def kind(node: Node) -> str:
    """Return the last part of a node's class: ``Expr$VariableExpr``."""
    name: str = node["@class"]
    return name


def opt(node: Node, field: str) -> Any:  # noqa: ANN401 - a tree has many shapes
    """Return an optional child, or None. The serializer wraps them as ``{"value": ...}``."""
    held = node.get(field)
    return held.get("value") if held else None


def text(identifier: Node) -> str:
    """Return the text of an identifier."""
    return str(identifier["value"])


def line(node: Node) -> int:
    """Return the line of a node, or of the first child that has one; 0 when none has."""
    number: int = node["line"]
    return number


def parse_source(source: str, name: str, *, anonymous: bool = False) -> Node:
    """Return the tree of one class, trigger or anonymous block.

    Trees are kept in the temporary folder under a hash of the source: the parser is a process.

    Raises:
        IllegalApex: with the parser's messages.
    """
    digest = hashlib.sha256(f"{anonymous}\0{source}".encode()).hexdigest()
    kept = _CACHE / f"{digest}.json"
    written = kept.read_bytes() if kept.exists() else _keep(kept, _parsed(source, anonymous))
    output = json.loads(written)[_OUTPUT]
    if output["parseErrors"]:
        told = "; ".join(_message(error) for error in output["parseErrors"])
        raise IllegalApex(f"{name} does not parse: {told}")
    unit: Node = output["unit"]
    _prepare(unit)
    return unit


def _prepare(node: Node) -> int:
    """Shorten the names of classes and give every node a line, once: both are asked for often."""
    if "startIndex" in node or "column" in node:
        return int(node["line"])
    if "@class" in node:
        node["@class"] = str(node["@class"]).rsplit(".", 1)[-1]
    own = 0
    below = 0
    for field, child in node.items():
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, dict):
                number = _prepare(each)
                if field == "loc":
                    own = max(number, 0)
                elif number > 0:
                    below = min(below or number, number)
    number = own or below
    node["line"] = number
    return number


def parse_files(paths: Iterable[Path]) -> dict[Path, Node]:
    """Return the trees of many files, parsed side by side."""
    files = list(paths)
    with ThreadPoolExecutor(max_workers=2) as pool:
        trees = pool.map(lambda path: parse_source(path.read_text("utf-8"), path.name), files)
        return dict(zip(files, trees, strict=True))


def _parsed(source: str, anonymous: bool) -> bytes:
    command = [str(PARSER), *(["-a"] if anonymous else [])]
    return subprocess.run(  # noqa: S603 - a program of the locked packages, no shell
        command, input=source.encode(), stdout=subprocess.PIPE, check=True, timeout=_PARSE_TIMEOUT_S
    ).stdout


def _keep(path: Path, written: bytes) -> bytes:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Renamed into place: another test process may read the same tree right now.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(written)
    Path(file.name).replace(path)
    return written


def _message(error: Node) -> str:
    place = error
    while "loc" not in place and isinstance(place.get("error"), dict):
        place = place["error"]
    return f"line {place.get('loc', {}).get('line', '?')}: {error.get('message')}"
