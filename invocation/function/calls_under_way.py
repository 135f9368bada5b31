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
_NOTE: Final = struct.Struct("=qddd")
"""The fields of `Work`."""
_COUNT: Final = struct.Struct("=q")
_TIME: Final = struct.Struct("=d")
_MOVED, _HEARD, _DEADLINE = 8, 16, 24
"""Where they are in a note."""


@dataclass(frozen=True, slots=True)
class Work:
    """What all processes together see of the function; monotonic seconds, which processes share."""

    calls: int = 0
    """Under way: sent, not answered, and within their deadlines."""

    moved_s: float = 0.0
    """When a byte last came or went."""

    heard_s: float = 0.0
    """When a byte last came."""

    deadline_s: float = 0.0
    """The latest deadline of the calls so far."""


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
        self._deadline = 0.0
        self._note = _mapped(run_dir / FOLDER) if run_dir else None

    @contextlib.contextmanager
    def one(self, deadline: float) -> Iterator[None]:
        """Count a call, which has until ``deadline``, for the length of a ``with`` block."""
        with self._lock:
            self._deadline = max(self._deadline, deadline)
            self._put(_TIME, _DEADLINE, self._deadline)
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def moved(self, *, came: bool) -> None:
        """Note that a byte came, or went."""
        now = self._clock()
        self._put(_TIME, _MOVED, now)
        if came:
            self._put(_TIME, _HEARD, now)

    def _count(self, by: int) -> None:
        with self._lock:
            self._calls += by
            self._put(_COUNT, 0, self._calls)

    def _put(self, kind: struct.Struct, at: int, value: float) -> None:
        if self._note is not None:
            kind.pack_into(self._note, at, value)


def work_of(run_dir: Path) -> Work:
    """Return what the living processes note; what a dead one left is removed."""
    notes = [Work()]
    for note in (run_dir / FOLDER).glob("*"):
        with contextlib.suppress(OSError, ValueError, struct.error):
            if _lives(int(note.name)):
                notes.append(Work(*_NOTE.unpack(note.read_bytes())))
            else:
                note.unlink()
    return Work(
        calls=sum(each.calls for each in notes),
        moved_s=max(each.moved_s for each in notes),
        heard_s=max(each.heard_s for each in notes),
        deadline_s=max(each.deadline_s for each in notes if each.calls or each is notes[0]),
    )


def _mapped(folder: Path) -> mmap.mmap:
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / str(os.getpid())).open("w+b") as note:
        note.write(_NOTE.pack(0, 0.0, 0.0, 0.0))
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
