"""Is the function well, and what if not? Asked by anyone, hence by few threads at a time."""

from __future__ import annotations

import functools
import threading
import time
from typing import TYPE_CHECKING, Final

from invocation.function.calls_under_way import Work, work_of
from invocation.function.client import Health
from invocation.logs import get_logger
from invocation.single_flight import SingleFlight
from supervision.listeners import takes_connections
from supervision.restart import needs_restart
from supervision.supervisor import SupervisorStopping, SupervisorUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from invocation.function.client import FunctionClient
    from supervision.restart import FunctionRestart

log = get_logger("proxy")

TIMEOUT_S: Final = 2.0
"""A function that takes longer is not well."""
PATIENCE_S: Final = 0.1
"""How long others wait for the answer that one of them is asking for."""
RESTORE_S: Final = 25.0
"""How long ``/healthcheck`` waits for a function that restarts; Heroku's router waits for 30 s."""
RESTORE_PAUSE_S: Final = 0.25
MOST_WAITING: Final = 4
"""Threads that wait for a restart at once; whoever comes then is told that it is not well."""


class FunctionHealth:
    """Shared by the health routes, so that a crowd at them and a hung function cost one thread.

    Args:
        function: who is asked.
        port: where it listens.
        run_dir: where calls under way are noted; None: they are not.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        function: FunctionClient,
        *,
        port: int,
        run_dir: Path | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._function = function
        self._port = port
        self._run_dir = run_dir
        self._clock = clock
        self._probing = threading.Lock()
        self._probes = 0
        self._busy_until: float | None = None
        self._silent_since = 0.0
        self.last = Health.SILENT
        """What came of the last check."""

    def look(self) -> Health:
        """Ask the function; while another thread asks, return what came of the last check."""
        before = self._probes
        if not self._probing.acquire(timeout=PATIENCE_S):
            return self.last
        try:
            if self._probes == before:  # nobody else has asked meanwhile
                self.last = self._ask()
                self._probes += 1
            return self.last
        finally:
            self._probing.release()

    def _ask(self) -> Health:
        health = self._function.health(timeout_s=TIMEOUT_S)
        if health is Health.SILENT:
            return Health.BUSY if self._works() else health
        self._busy_until = None
        return health

    def _works(self) -> bool:
        """Tell whether it does what it was called for, with no thread left to say that it is well.

        The calls that had come when it fell silent are its reason until their deadlines; later ones
        are none, or one that is frozen would never be found out under load. Each byte that comes
        begins anew. One that accepts no connection, and on none of whose connections a byte moves,
        does nothing.
        """
        work, now = work_of(self._run_dir) if self._run_dir else Work(), self._clock()
        if work.calls == 0:
            return False
        if self._busy_until is None or work.heard_s > self._silent_since:
            self._busy_until, self._silent_since = work.deadline_s, now
        moves = now - work.moved_s < TIMEOUT_S
        return now < self._busy_until and (moves or takes_connections(self._port))


class FunctionCare:
    """Has supervisord restart a function that is not well, and tells why it is not.

    Args:
        health: who finds out.
        restart: None when the proxy runs without supervisord, as in a debugger.
        start_s: how long the function may take to start.
    """

    def __init__(
        self, health: FunctionHealth, *, restart: FunctionRestart | None, start_s: float
    ) -> None:
        self._health = health
        self._restart = restart
        self._start_s = start_s
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)
        self._restores = SingleFlight[str, bool]()

    def why_unavailable(self) -> str:
        """Return in one sentence why the function takes no connection."""
        if self._restart:
            try:
                return self._restart.program().why_unavailable()
            except SupervisorStopping:
                return "The function is being stopped"
            except SupervisorUnavailable as error:
                log.warning("supervisord can't be asked", reason=str(error))
        return "The function does not take requests"

    def why_unwell(self) -> str:
        """Return in one sentence why the last check did not find it well."""
        if self._health.last is Health.UNWELL:
            return "The function answers its health check with an error: its log says why"
        return self.why_unavailable()

    def restore(self) -> bool:
        """Tell whether the function is well; if it is not, wait until it is.

        One that does not run or hangs is restarted; not one that answers, if only with an error.
        """
        if self._health.look().is_fine:
            return True
        if self._restart is None or not self._waiting.acquire(blocking=False):
            return False
        restart = self._restart
        try:
            return self._restores.join(
                "function", lambda: self._restore(restart), timeout_s=RESTORE_S
            )
        except TimeoutError:
            return False
        finally:
            self._waiting.release()

    def _restore(self, restart: FunctionRestart) -> bool:
        began = heard = time.monotonic()
        why_not, pid = "", 0
        while not (health := self._health.look()).is_fine:
            now = time.monotonic()
            if now - began > RESTORE_S:
                return False
            if health is Health.UNWELL:
                heard = now
            try:
                program = restart.program()
                if program.pid != pid:  # a new process has been silent for no time
                    pid, heard = program.pid, now
                needed = functools.partial(
                    needs_restart, start_s=self._start_s, silent_s=now - heard
                )
                if needed(program):
                    restart.restart(needed)
            except SupervisorStopping:
                return False
            except SupervisorUnavailable as error:
                if str(error) != why_not:
                    why_not = str(error)
                    log.warning("the function could not be restarted", reason=why_not)
            time.sleep(RESTORE_PAUSE_S)
        return True
