"""Pattern and Matcher, by Python's regular expressions: close to Java's, not the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apex.emulator.registry import method, static
from apex.emulator.values import Element

if TYPE_CHECKING:
    from apex.emulator.machine import Machine


@dataclass(eq=False)
class Pattern(Element):
    """``System.Pattern``."""

    compiled: re.Pattern[str]
    apex_name = "Pattern"


@dataclass(eq=False)
class Matcher(Element):
    """``System.Matcher``."""

    pattern: Pattern
    text: str
    found: re.Match[str] | None = None
    apex_name = "Matcher"


@static("Pattern.compile")
def _compile(m: Machine, pattern: str) -> Pattern:
    try:
        # Java's \d, \w and \s are ASCII.
        return Pattern(re.compile(pattern, re.ASCII))
    except re.error as error:
        raise m.throw("StringException", f"Invalid regex: {error}") from error


@static("Pattern.matches")
def _pattern_matches(m: Machine, pattern: str, text: str) -> bool:
    return _compile(m, pattern).compiled.fullmatch(text) is not None


@static("Pattern.quote")
def _quote(text: str) -> str:
    return re.escape(text)


@method("Pattern.matcher")
def _matcher(pattern: Pattern, text: str) -> Matcher:
    return Matcher(pattern, text)


@method("Matcher.matches")
def _matches(matcher: Matcher) -> bool:
    matcher.found = matcher.pattern.compiled.fullmatch(matcher.text)
    return matcher.found is not None


@method("Matcher.find")
def _find(matcher: Matcher) -> bool:
    start = matcher.found.end() if matcher.found else 0
    matcher.found = matcher.pattern.compiled.search(matcher.text, start)
    return matcher.found is not None


@method("Matcher.group")
def _group(m: Machine, matcher: Matcher, number: int = 0) -> str | None:
    if matcher.found is None:
        raise m.throw("StringException", "No match found")
    return matcher.found.group(number)


@method("Matcher.replaceAll")
def _replace_all(matcher: Matcher, new: str) -> str:
    return matcher.pattern.compiled.sub(re.sub(r"\$(\d)", r"\\g<\1>", new), matcher.text)


@method("String.matches")
def _string_matches(text: str, pattern: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None
