"""The programs that are measured: how each is started and waited for."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

import psutil

from bench.costs import cpu_s
from localstack import programs
from localstack.families import end
from localstack.ports import is_listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from localstack.programs import Program

STANDSTILL_S: Final = 30.0
"""A program that has taken no CPU for so long will not come up. A clock alone can't tell: on a busy
machine a start takes ten times as long."""
LOOK_S: Final = 0.002
"""How long a start takes is measured."""


def python(name: str, *arguments: str, env: Mapping[str, str], folder: Path) -> Program:
    """Return ``python -m ...`` of this interpreter, to be started by a ``with`` block.

    Args:
        name: for messages, and of its log.
        arguments: module and what it is given.
        env: its environment, besides the few variables that any program needs.
        folder: where its log goes.
    """
    log_path = folder / f"{name.replace(' ', '-')}.log"
    env = programs.inherited() | dict(env)
    return programs.python(name, *arguments, env=env, log_path=log_path)


@contextlib.contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Let what is started in a ``with`` block run on one core alone; None: wherever it likes."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def end_what_is_left() -> None:
    """End programs that an interruption came too early for: between their start and their block."""
    ours = os.getsid(0)
    end([each for each in psutil.Process().children() if os.getsid(each.pid) != ours])


def wait_until(condition: Callable[[], bool], program: Program) -> None:
    """Wait for something that a program makes true.

    Raises:
        NotReadyError: it does not, it stands still, or it ends.
    """
    program.wait_until(condition, why_not=_Standstill(program), look_s=LOOK_S)


def wait_until_listening(program: Program, port: int) -> None:
    """Wait until a program takes connections."""
    wait_until(lambda: is_listening(port), program)


class _Standstill:
    """Says that a program stands still, once it has for long."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._cpu_s = 0.0
        self._look_at = time.monotonic() + STANDSTILL_S

    def __call__(self) -> str | None:
        if time.monotonic() < self._look_at or not self._program.runs():
            return None
        before_s, self._cpu_s = self._cpu_s, cpu_s(self._program)
        self._look_at = time.monotonic() + STANDSTILL_S
        return f"{self._program.name} stands still" if self._cpu_s <= before_s else None
