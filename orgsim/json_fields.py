"""Reads JSON objects that people wrote, and collects everything that is wrong with them."""

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

_Made = TypeVar("_Made")


class Unreadable(Exception):
    """What was written is not what is wanted; ``problems`` has one line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Fields:
    """One JSON object. Ask for every field, then use the answers inside `make`.

    Until everything was asked for, an answer may be a stand-in for something unreadable.
    """

    def __init__(self, value: object, where: str) -> None:
        """Read ``value``; ``where`` is its name in messages, e.g. ``users[0]``."""
        self._where = where
        self._left: dict[str, Any] = {}
        self._problems: list[str] = []
        self._is_object = isinstance(value, dict)
        if isinstance(value, dict):
            self._left = dict(value)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string; without ``default`` it must be there and not be empty."""
        return self.optional_text(name, required=default is None) or default or ""

    def optional_text(self, name: str, *, required: bool = False) -> str | None:
        """Return a string that is not empty, or ``None`` when it is not there."""
        value = self._left.pop(name, None)
        if value is None and not required:
            return None
        if not isinstance(value, str) or (required and not value):
            self._wrong(name, "text")
            return ""
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            self._wrong(name, "true or false")
        return bool(value)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """Return a number within limits."""
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            value = math.nan
        if not low <= value <= high:  # also true of NaN
            self._wrong(name, f"a number from {low:g} to {high:g}")
            return default
        return float(value)

    def optional_whole(self, name: str, default: int | None, *, low: int, high: int) -> int | None:
        """Return a whole number within limits, or ``None`` when it is null."""
        value = self._left.pop(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._wrong(name, f"a whole number from {low} to {high}")
            return default
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of strings; empty when it is not there."""
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._wrong(name, "a list of texts")
            return []
        return value

    def objects(self, name: str) -> list[object]:
        """Return a list whose elements are read by whoever asked; empty when it is not there."""
        value = self._left.pop(name, [])
        if not isinstance(value, list):
            self._wrong(name, "a list")
            return []
        return value

    def object(self, name: str) -> dict[str, Any]:
        """Return an object as it is; empty when it is not there."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            self._wrong(name, "an object")
            return {}
        return value

    def make(self, step: Callable[[], _Made]) -> _Made:
        """Return what ``step`` makes of the fields.

        Raises:
            Unreadable: a field is wrong, or ``step`` raised a ValueError.
        """
        self.done()
        try:
            return step()
        except ValueError as error:
            raise Unreadable([f"{self._where}: {error}"]) from error

    def done(self) -> None:
        """Agree that everything asked for was readable and that nothing is left.

        Raises:
            Unreadable: with everything that is wrong.
        """
        if not self._is_object:  # then it is idle to say what it lacks
            raise Unreadable([f"{self._where} must be an object"])
        self._problems += [f"{self._where}.{name} is not known" for name in self._left]
        self._left = {}
        if self._problems:
            raise Unreadable(self._problems)

    def _wrong(self, name: str, wanted: str) -> None:
        self._problems.append(f"{self._where}.{name} must be {wanted}")


def parse_json(data: str | bytes) -> object:
    """Return the JSON value of ``data``.

    Raises:
        Unreadable: it is not JSON.
    """
    try:
        value: object = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable([f"not valid JSON: {error}"]) from error
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is Python's, not JSON")
