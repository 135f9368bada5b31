"""Writes log lines whole and without a lock, to a stdout that may be full or gone.

A lock around the write makes every thread wait for whoever holds it, and who writes gives up the
interpreter: with 64 callers at once the calls took four times as long as without it.
"""

from __future__ import annotations

import os
import select
import stat
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LINE: Final = 4096
"""Bytes, with the line's end. A pipe takes so many in one piece or not at all (``PIPE_BUF``)."""
PATIENCE_S: Final = 1.0
"""How long a line waits for room in a pipe that nobody empties."""


class LineWriter:
    """Writes lines to a descriptor; safe to share between threads.

    A line that finds no room for `PATIENCE_S` is lost, and so is each after it that finds none at
    once: no call waits longer than that for its log. How many were lost is the next line written.

    Args:
        descriptor: of a pipe, file, terminal or socket; it stays as it is.
        notice: makes the line that tells how many were lost.
    """

    def __init__(self, descriptor: int, notice: Callable[[int], bytes]) -> None:
        self._descriptor = _never_blocking(descriptor)
        self._asks_for_room = self._descriptor == descriptor and not _is_file(descriptor)
        self._notice = notice
        self._lost = 0
        self._counting = threading.Lock()
        """Held to count, never to write."""

    def write(self, line: bytes) -> None:
        """Write one line of at most `LONGEST_LINE` bytes."""
        patience_s = PATIENCE_S
        if self._lost:
            self.tell_lost()
            patience_s = 0.0
        if not self._put(line, patience_s):
            self._add_lost(1)

    def tell_lost(self, patience_s: float = 0.0) -> None:
        """Write how many lines were lost since this was told last, if there is room by then."""
        with self._counting:
            lost, self._lost = self._lost, 0
        if lost and not self._put(self._notice(lost), patience_s):
            self._add_lost(lost)

    def _add_lost(self, count: int) -> None:
        with self._counting:
            self._lost += count

    def _put(self, line: bytes, patience_s: float) -> bool:
        """Write a line; tell whether it is out."""
        try:
            if self._asks_for_room and not self._has_room(patience_s):
                return False
            deadline = 0.0
            while line:
                try:
                    line = line[os.write(self._descriptor, line) :]
                except BlockingIOError:
                    deadline = deadline or time.monotonic() + patience_s
                    if not self._has_room(max(0.0, deadline - time.monotonic())):
                        return False
        except OSError:  # nobody reads it any more, or it was closed: no call may fail of that
            return False
        return True

    def _has_room(self, patience_s: float) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return bool(poll.poll(patience_s * 1000))


def _never_blocking(descriptor: int) -> int:
    """Return another way into the same pipe, on which no write waits.

    The descriptor itself can't be told to: that would hold for every process that shares it. What
    is no pipe, or can't be opened anew, is returned as it is.
    """
    try:
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return descriptor
        return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return descriptor


def _is_file(descriptor: int) -> bool:
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False
