"""Waits for a program, and says why it does not come up."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

import requests

from demo.ports import PortTakenError, is_held_by, is_held_by_others

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from demo.program import Program

START_LIMIT_S: Final = 300.0
"""For a very busy machine: what can't start is noticed long before, see `Stack.why_not_up`."""
LOOK_S: Final = 2.0
"""Between two looks for a reason why it takes so long."""
ANSWER_LIMIT_S: Final = 5.0


class NotReadyError(Exception):
    """A program did not come up; the text says which and shows the end of its log."""


def wait_for_port(
    program: Program, name: str, ports: Mapping[str, int], why_failed: Callable[[], str | None]
) -> None:
    """Wait until a program listens on its port.

    Raises:
        NotReadyError: it does not.
        PortTakenError: somebody else does.
    """
    port = ports[name]

    def is_taken() -> str | None:
        if is_held_by_others(program.family, port):
            raise PortTakenError(name, port)
        return why_failed()

    wait_until(program, lambda: is_held_by(program.family(), port), is_taken)


def wait_until(
    program: Program, condition: Callable[[], bool], why_failed: Callable[[], str | None]
) -> None:
    """Wait until something is true of a program, as long as nothing says why it can't become so.

    Raises:
        NotReadyError: it has ended, something says why, or it takes too long.
    """
    deadline = time.monotonic() + START_LIMIT_S
    look_again = time.monotonic() + LOOK_S
    while not condition():
        reason = None
        if time.monotonic() > look_again or not program.runs():
            reason = why_failed()
            look_again = time.monotonic() + LOOK_S
        if not program.runs():
            reason = reason or f"{program.name} has ended"
        elif time.monotonic() > deadline:
            reason = f"{program.name} was not ready within {START_LIMIT_S:.0f} s"
        if reason:
            raise NotReadyError(f"{reason}; its log, {program.log}, ends:\n{program.tail()}")
        time.sleep(0.2)


def answers(url: str) -> bool:
    """Tell whether a URL answers with success."""
    with contextlib.suppress(requests.RequestException), requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=ANSWER_LIMIT_S).ok
    return False
