"""Shows what is added to a log, as long as somebody reads on."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

LOOK_S: Final = 0.05


class Follower:
    """A thread that copies a log to the terminal, from the moment it is told to."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self) -> None:
        """Show its further lines."""
        start = self._log.stat().st_size
        self._thread = threading.Thread(target=self._show_all, args=(start,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Show the last lines, and no more."""
        self._over.set()
        if self._thread:
            self._thread.join()

    def _show_all(self, start: int) -> None:
        with self._log.open("rb") as file:
            file.seek(start)
            while not self._over.wait(LOOK_S):
                if not _show(file):
                    return
            _show(file)


def _show(file: IO[bytes]) -> bool:
    """Show what is new; tell whether that was possible: a closed terminal takes nothing more."""
    try:
        sys.stdout.buffer.write(file.read())
        sys.stdout.flush()
    except (OSError, ValueError):
        return False
    return True
