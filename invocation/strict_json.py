"""JSON from outside, taken only when every reader would understand it the same way. Pure."""

from __future__ import annotations

import json
import math
from typing import Any, Final

DEEPEST: Final = 64
"""Nesting that we follow. Python's parser would otherwise be stopped by its own stack."""


LONGEST_INTEGER: Final = 1000
"""Digits; Python itself refuses more than 4300, in words about its own settings."""


def parse_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object that ``text`` holds in UTF-8.

    Refused are duplicate keys (two readers would see two values), NaN and infinite numbers, lone
    surrogates (they can't be sent on), nesting over `DEEPEST`, and anything that is no object.

    Raises:
        ValueError: with the reason in words, quoting nothing of the text.
    """
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_object_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short,
        )
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:  # no ValueError, hence easily forgotten
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error for every bad text
    _check(value, DEEPEST)
    return value


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is given twice")
    return result


def _refuse_constant(_: str) -> float:
    raise ValueError("NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _short(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError("a number is too long")
    return int(text)


def _check(value: object, levels_left: int) -> None:
    if levels_left < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ValueError("half of a surrogate pair") from error
    elif isinstance(value, dict):
        for key, member in value.items():
            _check(key, levels_left)
            _check(member, levels_left - 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, levels_left - 1)
