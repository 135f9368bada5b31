"""Waits for a program's port, unless somebody else has it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import requests

from demo.ports import PortTakenError, is_held_by, is_held_by_others
from localstack.families import family

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localstack.programs import Program

LOOK_S: Final = 0.2
ANSWER_LIMIT_S: Final = 5.0


def wait_for_port(
    program: Program, name: str, ports: Mapping[str, int], why_not: Callable[[], str | None]
) -> None:
    """Wait until a program listens on its port.

    Raises:
        NotReadyError: it does not.
        PortTakenError: somebody else does.
    """
    port = ports[name]

    def is_taken() -> str | None:
        if is_held_by_others(lambda: family(program.running().pid), port):
            raise PortTakenError(name, port)
        return why_not()

    program.wait_until(lambda: listens(program, port), why_not=is_taken, look_s=LOOK_S)


def listens(program: Program, port: int) -> bool:
    """Tell whether a program, or what it has started, listens on a port."""
    return is_held_by(family(program.running().pid), port)


def answers(url: str) -> bool:
    """Tell whether a URL answers with success."""
    with contextlib.suppress(requests.RequestException), requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=ANSWER_LIMIT_S).ok
    return False
