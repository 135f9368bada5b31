"""The commands that our messages tell people to type: found in the sources, between backticks."""

import ast
import importlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from localstack import ROOT

PARTS = (
    *("invocation", "proxy", "relay", "supervision", "salesforce_functions", "orgsim", "demo"),
    *("bench", "chaos", "localstack", "tools"),
)
SCRIPTS = ("bin", ".ci", "Makefile")
ELSEWHERE = frozenset({"heroku", "docker", "sf", "git", "apt-get", "sf-functions-python"})
"""Programs that may not be on this machine."""
_QUOTED = re.compile(r"`([^`]+)`")


def printed_commands() -> dict[str, set[str]]:
    """Return each command that a message holds, and the files that print it."""
    found: dict[str, set[str]] = {}
    for path, text in _messages():
        for quoted in _QUOTED.findall(text):
            if is_command(quoted):
                found.setdefault(quoted, set()).add(str(path.relative_to(ROOT)))
    return found


def is_command(text: str) -> bool:
    """Tell whether a text between backticks is something to type."""
    first, blank, _ = text.strip().partition(" ")
    known = first in ELSEWHERE or first.startswith(("bin/", ".venv/")) or shutil.which(first)
    return bool(blank) and bool(re.fullmatch(r"[a-z./][\w./-]*", first)) and bool(known)


def _messages() -> Iterator[tuple[Path, str]]:
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield from ((path, text) for text in messages_of(path.read_text(), _module(path)))
    for name in SCRIPTS:
        place = ROOT / name
        for path in [place] if place.is_file() else sorted(place.iterdir()):
            for line in path.read_text().splitlines():
                if re.search(r"\b(?:echo|printf)\b", line):
                    yield path, line.replace("\\`", "`")


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def messages_of(source: str, module: str) -> Iterator[str]:
    """Yield the strings of a module that are no docstrings, with constants of its own put in."""
    tree = ast.parse(source)
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):  # a docstring, also one behind an attribute
            left_out.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            left_out.update(id(part) for part in node.values)
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(_part(part, module) for part in node.values)


def _part(part: ast.expr, module: str) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    try:
        return str(eval(compile(ast.Expression(part.value), module, "eval"), _names(module)))  # noqa: S307
    except Exception:  # noqa: BLE001 - a value that is known at run time only
        return "x"


def _names(module: str) -> dict[str, object]:
    try:
        return dict(vars(importlib.import_module(module)))
    except ImportError:
        return {}
