"""Lets supervisord look around at once when a signal comes, and not up to a second later."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class WakeUp:
    """A pipe to itself, among the descriptors that its loop waits for."""

    def __init__(self) -> None:
        self._read = self._write = -1
        self._loop: MutableMapping[int, object] = {}

    def at_signals(self, loop: MutableMapping[int, object]) -> None:
        """Wake ``loop``, supervisord's map of descriptors, at each signal; and now."""
        self._loop = loop
        # Not before: supervisord closes what it does not know when it starts anew.
        self._read, self._write = os.pipe()
        for end in (self._read, self._write):
            os.set_blocking(end, False)
        loop[self._read] = self
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        self.now()

    def now(self) -> None:
        """Let the next wait end at once."""
        with contextlib.suppress(BlockingIOError):  # it will, then
            os.write(self._write, b"\0")

    def close(self) -> None:
        """Undo everything."""
        if self._read < 0:
            return
        signal.set_wakeup_fd(-1)
        self._loop.pop(self._read, None)
        os.close(self._read)
        os.close(self._write)
        self._read = self._write = -1

    def readable(self) -> bool:
        """Tell the loop to wait for it."""
        return True

    def writable(self) -> bool:
        """Tell the loop not to wait until it can be written to."""
        return False

    def handle_read_event(self) -> None:
        """Forget what has woken us."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._read, 4096)

    def handle_error(self) -> None:
        """Go on: the loop calls this for whatever fails in it."""
