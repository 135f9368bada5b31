"""Tell at which line of the user's project a thread is."""

import linecache
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

_OF_LIBRARIES: Final = {"site-packages", "dist-packages"}


def place_of_thread(thread_id: int, project_path: Path) -> str | None:
    """Return where in a project a running thread is; `None` when it is elsewhere.

    Args:
        thread_id: Its `threading.get_ident`.
        project_path: The project's directory. Libraries that are installed below it do not count.

    Returns:
        The innermost line, as ``/app/main.py:12 in function: time.sleep(60)``.
    """
    frames = _frames(thread_id)
    return next((_text(frame) for frame in frames if _is_of(project_path, frame)), None)


def innermost_place(thread_id: int) -> str | None:
    """Return where a running thread is, in whosever code that may be; `None`: it has ended."""
    return next((_text(frame) for frame in _frames(thread_id)), None)


def _frames(thread_id: int) -> Iterator[FrameType]:
    frame: FrameType | None = sys._current_frames().get(thread_id)  # noqa: SLF001  # documented
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_of(project_path: Path, frame: FrameType) -> bool:
    path = Path(frame.f_code.co_filename)
    return path.is_relative_to(project_path) and _OF_LIBRARIES.isdisjoint(path.parts)


def _text(frame: FrameType) -> str:
    path, number = frame.f_code.co_filename, frame.f_lineno
    line = linecache.getline(path, number).strip()
    return f"{path}:{number} in {frame.f_code.co_name}" + (f": {line}" if line else "")
