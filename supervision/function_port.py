"""Is it the function that we started which listens on its port? A stranger gets no call."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from invocation.logs import get_logger
from invocation.run_dir import SUPERVISORD_PID
from supervision.listeners import holder_of, sockets_below, sockets_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REFUSED_S: Final = 0.25
"""How long a stranger is one without another look."""

log = get_logger("function")


class FunctionPort:
    """Asked at each new connection; safe to share between threads.

    A call carries a token. Whoever holds the port when the function can't have it, such as the
    function of an earlier run, would get it.

    Args:
        port: the function's.
        run_dir: where supervisord notes its process id; None: nobody supervises us, so whoever
            listens is believed. So they are where /proc does not tell.
        logs: whether to log who else holds the port, when that changes; one process of all does.
        below: tells the sockets of what a process started; it looks at every process.
    """

    def __init__(
        self,
        port: int,
        run_dir: Path | None,
        *,
        logs: bool = False,
        below: Callable[[int], frozenset[int] | None] = sockets_below,
    ) -> None:
        self._port = port
        self._logs = logs
        self._below = below
        self._pid_file = run_dir / SUPERVISORD_PID if run_dir else None
        self._lock = threading.Lock()
        self._ours: frozenset[int] = frozenset()
        self._refused: frozenset[int] = frozenset()
        self._refused_until_s = 0.0
        self._stranger = ""

    def is_ours(self) -> bool:
        """Tell whether only what supervisord started takes connections on the port."""
        if self._pid_file is None:
            return True
        listening = sockets_on(self._port)
        if listening <= self._ours:  # as at the last look; also when nothing is known
            return True
        with self._lock:
            # Calls by the hundred wait for a function that restarts: one of them looks for all.
            if listening <= self._ours:
                return True
            if listening == self._refused and time.monotonic() < self._refused_until_s:
                return False
            return self._look(listening, self._pid_file)

    def _look(self, listening: frozenset[int], pid_file: Path) -> bool:
        try:
            below = self._below(int(pid_file.read_text()))
        except (OSError, ValueError):  # supervisord has ended
            return True
        if below is None or listening <= below:
            self._ours = listening
            self._note("")
            return True
        self._refused, self._refused_until_s = listening, time.monotonic() + REFUSED_S
        stranger = holder_of(self._port)
        # Not so for a function that has ended just now.
        if stranger or sockets_on(self._port) == listening:
            self._note(stranger or "another user's process")
        return False

    def _note(self, stranger: str) -> None:
        if not self._logs or stranger == self._stranger:
            return
        self._stranger = stranger
        if stranger:
            log.error(
                "the function's port is taken by somebody else, who gets no calls:"
                " end it, or set FUNCTION_PORT to another port",
                port=self._port,
                holder=stranger,
            )
        else:
            log.info("the function's port is its own again", port=self._port)
