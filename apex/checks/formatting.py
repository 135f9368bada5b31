"""How force-app is written: few rules that a program can check and any editor can follow.

They are not prettier's, whose plugin is installed for the compiler in it alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from apex.checks.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apex.checks.project import Project

LONGEST_LINE: Final = 120
INDENT: Final = 4
_CODE: Final = (".cls", ".trigger")
_TEXT: Final = (".cls", ".css", ".html", ".js", ".trigger", ".page", ".xml")
_LONE_BRACE: Final = re.compile(r"\s*\{\s*")


def check_formatting(project: Project) -> Iterator[Finding]:
    """Blanks, line lengths and ends of all texts under force-app."""
    for path in project.with_suffix(*_TEXT):
        content = path.read_bytes()
        yield from _whole(path, content)
        is_code = path.name.endswith(_CODE)
        in_comment = False
        for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), 1):
            for text in _line(line.removesuffix("\r")):
                yield Finding(path, number, text)
            if not path.name.endswith(".xml") and len(line) > LONGEST_LINE:
                text = f"{len(line)} characters: break the line at {LONGEST_LINE}"
                yield Finding(path, number, text)
            if is_code and not in_comment:
                for text in _code(line):
                    yield Finding(path, number, text)
            in_comment = _stays_in_comment(line, in_comment=in_comment)


def _whole(path: Path, content: bytes) -> Iterator[Finding]:
    if not content.endswith(b"\n") or content.endswith(b"\n\n"):
        yield Finding(path, content.count(b"\n"), "end the file with one line end")
    if b"\r" in content:
        yield Finding(path, 0, "end lines with LF alone")
    if content.startswith(b"\xef\xbb\xbf"):
        yield Finding(path, 1, "remove the byte order mark")


def _line(line: str) -> Iterator[str]:
    if line != line.rstrip():
        yield "remove the blanks at the line's end"
    if "\t" in line:
        yield f"indent by {INDENT} blanks, not by tabs"
    if not line.isascii():
        yield "write ASCII only: what the org shows of anything else depends on its path there"


def _code(line: str) -> Iterator[str]:
    indent = len(line) - len(line.lstrip(" "))
    if line.strip() and indent % INDENT:
        yield f"indented by {indent}: use a multiple of {INDENT}"
    if _LONE_BRACE.fullmatch(line):
        yield "put { at the end of the line before"


def _stays_in_comment(line: str, *, in_comment: bool) -> bool:
    if in_comment:
        return "*/" not in line
    opened = line.rfind("/*")
    return opened >= 0 and "*/" not in line[opened:] and "//" not in line[:opened]
