"""Reads environment variables one after the other and collects what is wrong with them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
_SHELL: Final = " (a shell takes them away, docker's --env-file and config vars do not)"
LONGEST_SHOWN: Final = 40
"""Characters of a wrong value that a message quotes."""


class SettingsReader:
    """Each method reads one variable; a bad one is noted, and its default stands in for it.

    Args:
        env: an empty value counts as missing.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._bad: set[str] = set()
        self._seen: set[str] = set()
        self.on_dyno: Final = bool(env.get("DYNO"))
        """Whether this is Heroku, where some defaults are others."""
        self.known: dict[str, Any] = {}
        """The settings read so far, by the names of their fields: later ones may follow them."""
        self.problems: list[str] = []
        """One line each, in the order of reading, starting with the variable's name."""
        self.warnings: list[str] = []
        """The same of what works, but hardly as it was meant."""

    def problem(self, name: str, text: str) -> None:
        """Note what is wrong with ``name``."""
        self._bad.add(name)
        self.problems.append(f"{name} {text}")

    def warning(self, name: str, text: str) -> None:
        """Note what is odd about ``name``."""
        self.warnings.append(f"{name} {text}")

    def was_good(self, *names: str) -> bool:
        """Tell whether nothing is wrong with these, so that they can be compared."""
        return not self._bad & set(names)

    def text(self, name: str) -> str:
        """Return the value without white space around it; empty when it is missing or in quotes."""
        text = self._env.get(name, "").strip()
        first_time = name not in self._seen
        self._seen.add(name)
        if not text or (text[0] not in QUOTES and text[-1] not in QUOTES):
            return text
        if first_time:
            self.problem(name, f"is in quotes, which are kept: remove them{_SHELL}")
        return ""

    def untouched(self, name: str) -> str:
        """Return the value as it is, which only another program understands."""
        return self._env.get(name, "")

    def listed(self, name: str) -> list[str]:
        """Return what stands between the commas."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def required(self, name: str, meaning: str) -> str:
        """Return a value that must be there."""
        if not (text := self.text(name)) and self.was_good(name):
            self.problem(name, f"is missing: set it to {meaning}")
        return text

    def number(self, name: str, default: float, within: tuple[float, float]) -> float:
        """Return a number written in ASCII digits, with a fraction if need be."""
        low, high = within
        text = self.text(name) or f"{default:g}"
        value = float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else math.nan
        if not low <= value <= high:  # also false for NaN
            self.problem(name, f"must be a number from {low:g} to {high:g}, not {shown(text)}")
            return float(default)
        return value

    def whole(self, name: str, default: int, within: tuple[int, int]) -> int:
        """Return a whole number written in ASCII digits."""
        low, high = within
        text = self.text(name) or str(default)
        value = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else -1
        if not low <= value <= high:
            self.problem(name, f"must be a whole number from {low} to {high}, not {shown(text)}")
            return default
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of a few words, in upper case."""
        text = self.text(name).upper() or default
        if text not in allowed:
            self.problem(name, f"must be one of {', '.join(allowed)}, not {shown(text)}")
            return default
        return text


def shown(text: str) -> str:
    """Return a wrong value fit for a message.

    It may be a secret that was pasted into the wrong variable, so what stands before an ``@`` is
    left out, and of a long text only the start is quoted.
    """
    text = re.sub(r".*@", "...@", text, flags=re.DOTALL)
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:8]}...")
