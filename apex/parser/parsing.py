"""Runs the parser, and keeps what it said: it is a process, and a tree takes long to make."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from apex.parser.tree import line, prepare
from apex.tools.installed import PACKAGES, PARSER, TIMEOUT_S, NotInstalledError, ToolFailedError

if TYPE_CHECKING:
    from apex.parser.tree import Node

_KEPT: Final = Path(tempfile.gettempdir()) / f"apex-trees-{os.getuid()}"
_ROOT: Final = "apex.jorje.semantic.compiler.parser.ParserOutput"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """One source text, read by the parser."""

    unit: Node | None
    """The class, trigger or anonymous block; None when the text is not Apex."""
    errors: tuple[tuple[int, str], ...]
    """Line and text of each thing that the parser could not read."""


@cache
def parse(source: str, *, anonymous: bool = False) -> Parsed:
    """Return the tree of a class, trigger or anonymous block, which nobody changes.

    It is remembered in this process, and for others in the temporary folder, under a hash.

    Raises:
        NotInstalledError: the parser is not there.
        ToolFailedError: the parser itself failed.
    """
    digest = hashlib.sha256(f"{anonymous}\0{source}".encode()).hexdigest()
    kept = _KEPT / f"{digest}.json"
    if kept.exists():
        output = json.loads(kept.read_bytes())[_ROOT]
    else:
        written = _run(source, anonymous=anonymous)
        output = _read(written)
        _keep(kept, written)
    errors = tuple(_error(each) for each in output["parseErrors"])
    if errors:
        return Parsed(unit=None, errors=errors)
    prepare(output["unit"])
    return Parsed(unit=output["unit"], errors=())


def _run(source: str, *, anonymous: bool) -> bytes:
    # Its exit code is 0 even for a text that is not Apex; parseErrors tells.
    command = [str(PARSER), *(["-a"] if anonymous else [])]
    try:
        return subprocess.run(  # noqa: S603 - a program of the locked packages, no shell
            command, input=source.encode(), capture_output=True, check=False, timeout=TIMEOUT_S
        ).stdout
    except FileNotFoundError as error:
        raise NotInstalledError(f"install {PACKAGES}") from error


def _read(written: bytes) -> dict[str, Any]:
    try:
        output: dict[str, Any] = json.loads(written)[_ROOT]
    except (ValueError, KeyError) as error:
        raise ToolFailedError(f"the Apex parser said {written[:500]!r}") from error
    return output


def _keep(path: Path, written: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Renamed into place: another process may read the same tree right now.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(written)
    Path(file.name).replace(path)


def _error(node: Node) -> tuple[int, str]:
    prepare(node)
    return line(node) or 1, str(node.get("message", "not Apex"))
