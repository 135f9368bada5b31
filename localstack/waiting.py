"""Waits for a condition, but not for ever."""

import time
from collections.abc import Callable
from typing import Final

LIMIT_S: Final = 90.0
"""Also on a machine with ten other programs at work; nothing is measured by it."""
LOOK_S: Final = 0.02


class NotReadyError(Exception):
    """Something did not come true; the text says what, and why if that is known."""


def wait_until(condition: Callable[[], object], what: str, *, limit_s: float = LIMIT_S) -> None:
    """Wait for a condition.

    Raises:
        NotReadyError: it did not come true in time.
    """
    if not passed(condition, limit_s):
        raise NotReadyError(f"{what} did not happen within {limit_s} s")


def passed(condition: Callable[[], object], limit_s: float, *, look_s: float = LOOK_S) -> bool:
    """Wait for a condition, and tell whether it came true in time."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(look_s)
    return True
