"""What the function is doing for us, noted so that every program of the container can see it.

A function whose threads all work answers no health check, and is well. Each process that calls it
keeps a small file in the run directory, mapped into memory: a note costs less than a microsecond.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FOLDER: Final = "calls"
"""In the run directory; a file in it is named after the process that writes it."""
_NOTE: Final = struct.Struct("=qd")
"""Calls under way; when a byte last came or went, in monotonic seconds, which processes share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What all processes together see of the function."""

    calls: int = 0
    """Under way: sent, not answered, and within their deadlines."""

    moved_s: float = 0.0
    """When a byte last came or went; monotonic seconds."""


class CallsUnderWay:
    """The notes of this process; safe to share between threads.

    Args:
        run_dir: of the container; None: nobody looks.
        clock: monotonic seconds.
    """

    def __init__(
        self, run_dir: Path | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls = 0
        self._note = _mapped(run_dir / FOLDER) if run_dir else None

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Count a call for the length of a ``with`` block."""
        self._change(1)
        try:
            yield
        finally:
            self._change(-1)

    def moved(self) -> None:
        """Note that a byte came or went."""
        if self._note is not None:
            struct.pack_into("=d", self._note, 8, self._clock())

    def _change(self, by: int) -> None:
        with self._lock:
            self._calls += by
            if self._note is not None:
                struct.pack_into("=q", self._note, 0, self._calls)
        self.moved()


def work_of(run_dir: Path) -> Work:
    """Return what the living processes note; what a dead one left is removed."""
    calls, moved_s = 0, 0.0
    for note in (run_dir / FOLDER).glob("*"):
        with contextlib.suppress(OSError, ValueError, struct.error):
            if not _lives(int(note.name)):
                note.unlink()
                continue
            its_calls, its_moved_s = _NOTE.unpack(note.read_bytes())
            calls, moved_s = calls + its_calls, max(moved_s, its_moved_s)
    return Work(calls=calls, moved_s=moved_s)


def _mapped(folder: Path) -> mmap.mmap:
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / str(os.getpid())).open("w+b") as note:
        note.write(_NOTE.pack(0, 0.0))
        note.flush()
        return mmap.mmap(note.fileno(), _NOTE.size)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
