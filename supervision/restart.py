"""Restarts the function: one at a time in the container, not too often, and only when it helps."""

from __future__ import annotations

import contextlib
import fcntl
import json
import time
from typing import TYPE_CHECKING, Final

from invocation.logs import get_logger
from supervision.supervisor import SupervisorUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

    from supervision.supervisor import Program, Supervisor

log = get_logger("restart")

MOST_PER_MINUTE: Final = 3
"""The id that ``/healthcheck`` asks for is no secret: nobody may keep the function restarting."""
HUNG_S: Final = 10.0
"""A function that answers no health check for so long is hung; shorter, it may just be busy."""
ENDED: Final = ("STOPPED", "EXITED", "FATAL")


def needs_restart(program: Program, *, start_s: float, silent_s: float) -> bool:
    """Tell whether a function that is not well would be helped by a restart. Pure.

    Args:
        program: what supervisord knows of it.
        start_s: how long it may take to start.
        silent_s: how long it has not answered.
    """
    if program.state in ENDED:
        return True
    return program.state == "RUNNING" and program.age_s >= start_s and silent_s >= HUNG_S


class FunctionRestart:
    """One for each process; a file in the run directory makes them take turns.

    Args:
        supervisor: who does it.
        run_dir: ours alone.
    """

    def __init__(self, supervisor: Supervisor, run_dir: Path) -> None:
        self._supervisor = supervisor
        self._path = run_dir / "function.restarts"
        self._is_too_often = False

    def program(self) -> Program:
        """Return what supervisord knows of the function.

        Raises:
            SupervisorUnavailable: nothing.
        """
        return self._supervisor.program()

    def restart(self, still_needed: Callable[[Program], bool]) -> bool:
        """Restart the function, unless somebody else does.

        Args:
            still_needed: asked when it is our turn: the one before us may have done it.

        Returns:
            Whether it was restarted; it is starting then.

        Raises:
            SupervisorUnavailable: supervisord refuses, or does not answer.
        """
        with self._turn() as file:
            if file is None or not still_needed(program := self.program()):
                return False
            if not self._is_allowed(file):
                return False
            if program.state not in ENDED:
                with contextlib.suppress(SupervisorUnavailable):  # it may end by itself meanwhile
                    self._supervisor.stop()
            self._supervisor.start()
            log.warning("function restarted")
            return True

    def _is_allowed(self, file: IO[str]) -> bool:
        """Tell whether one more restart is not too much; log it when it begins to be."""
        before, self._is_too_often = self._is_too_often, not _allows(file)
        if self._is_too_often and not before:
            log.warning("function not restarted: too often", per_minute=MOST_PER_MINUTE)
        return not self._is_too_often

    @contextlib.contextmanager
    def _turn(self) -> Iterator[IO[str] | None]:
        """Give the file with the times of the last restarts; None while another one has it."""
        with self._path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield file


def _allows(file: IO[str]) -> bool:
    """Tell whether one more restart is not too much, and note it."""
    now_s = time.time()
    file.seek(0)
    recent = [at_s for at_s in _times(file.read()) if now_s - 60 < at_s <= now_s]
    if len(recent) >= MOST_PER_MINUTE:
        return False
    file.seek(0)
    file.truncate()
    json.dump([*recent, now_s], file)
    return True


def _times(text: str) -> list[float]:
    try:
        return [float(each) for each in json.loads(text or "[]")]
    except (ValueError, TypeError):  # cut off by a crash
        return []
