"""The moment at which a process was told to stop, and what is left until it has to be gone."""

from __future__ import annotations

import math
import threading
import time
from typing import Final

ANSWER_S: Final = 20.0
"""How long running calls are waited for; the answers that say so need a moment, too."""


class Draining(threading.Event):
    """Set once nothing new is to be started."""

    def __init__(self) -> None:
        super().__init__()
        self._last_answer_s = math.inf

    def set(self) -> None:
        """Begin; again changes nothing."""
        if not self.is_set():
            self._last_answer_s = time.monotonic() + ANSWER_S
        super().set()

    def last_answer_s(self) -> float:
        """Return when every call must have ended, in monotonic seconds; infinity before `set`."""
        return self._last_answer_s
