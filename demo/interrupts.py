"""Ctrl-C, ``kill`` and a closed terminal: each ends the run, but leaves no process behind."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Interrupts:
    """Raises `KeyboardInterrupt` where the program is, once, unless it must not be disturbed there.

    Attributes:
        count: how many signals have arrived. Those after the first only count: whoever stops
            everything looks whether the person is in a hurry.
    """

    def __init__(self) -> None:
        self.count = 0
        self._is_held = False
        self._was_raised = False

    def listen(self) -> None:
        """From now on; a signal that was ignored stays ignored, as under ``nohup``."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._arrived)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let none disturb the block; one that arrives meanwhile is raised at its end."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        self._raise_once()

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        self._raise_once()

    def _raise_once(self) -> None:
        if self.count and not self._is_held and not self._was_raised:
            self._was_raised = True
            raise KeyboardInterrupt
