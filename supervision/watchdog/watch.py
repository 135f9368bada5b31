"""What is done at each event of supervisord; each deed is one line in the log."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

from invocation.function.client import Health
from invocation.logs import get_logger
from invocation.run_dir import FAILED
from supervision.stop_signals import HERALD
from supervision.supervisor import FUNCTION, SupervisorStopping, SupervisorUnavailable
from supervision.watchdog.restart_policy import Judge, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from supervision.health import FunctionHealth
    from supervision.restart import FunctionRestart
    from supervision.supervisor import Supervisor

log = get_logger("watchdog")

NEVER: Final = 1_000_000_000
RELAY: Final = "relay"


class Watch:
    """Handles events; used by one thread.

    Args:
        supervisor: who starts and stops.
        restart: restarts the function, in turn with the proxies.
        function: whether it is well.
        run_dir: ours alone.
        failures: see `Judge`; 0: a function that hangs is left alone.
        start_s: see `Judge`.
        clock: monotonic seconds.
    """

    def __init__(  # noqa: PLR0913 - all that it works with
        self,
        *,
        supervisor: Supervisor,
        restart: FunctionRestart,
        function: FunctionHealth,
        run_dir: Path,
        failures: int,
        start_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._supervisor = supervisor
        self._restart = restart
        self._function = function
        self._run_dir = run_dir
        self._clock = clock
        failures = failures or NEVER
        self._relay_pid = 0
        self._judges = {
            name: Judge(failures=failures if name == FUNCTION else NEVER, start_s=start_s)
            for name in (FUNCTION, RELAY)
        }

    def handle(self, event: str, details: Mapping[str, str]) -> None:
        """Do what an event asks for; what fails is tried again at the next tick.

        Args:
            event: such as ``TICK_5`` or ``PROCESS_STATE_EXITED``.
            details: the event's own fields, such as ``processname``.
        """
        name = details.get("processname", "")
        try:
            if event.startswith("TICK"):
                for each in self._judges:
                    self._look_at(each)
            elif event == "SUPERVISOR_STATE_CHANGE_STOPPING":
                self._tell_relay()
            elif event == "PROCESS_STATE_FATAL":
                self._given_up(name)
            elif name == FUNCTION:  # it ended by itself: EXITED, or BACKOFF right at its start
                self._ended()
        except SupervisorStopping:
            pass
        except SupervisorUnavailable as error:
            log.warning("supervisord could not do it", reason=str(error))

    def _look_at(self, name: str) -> None:
        program = self._supervisor.program(name)
        if name == RELAY:
            self._relay_pid = program.pid
        health = self._function.look() if name == FUNCTION else Health.WELL
        verdict = self._judges[name].look(program, health=health, now_s=self._clock())
        if verdict is Verdict.RESTART:
            log.warning("function hangs", pid=program.pid, alive_s=program.age_s)
            self._restart.restart(lambda now: now.pid == program.pid)
        elif verdict is Verdict.START:
            log.info("starting it again", program=name)
            self._supervisor.start(name)

    def _tell_relay(self) -> None:
        """Let it begin to stop beside the proxies; supervisord would tell it after them.

        By a signal of its own: told twice by the same, it would end at once. Before the relay can
        take it, it ends of it, without a word.
        """
        if self._relay_pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._relay_pid, HERALD)

    def _ended(self) -> None:
        judge = self._judges[FUNCTION]
        if judge.ended(now_s=self._clock()) is Verdict.STOP:
            log.error("function keeps ending", next_start_in_s=self._pause_s(judge))
            self._supervisor.stop()

    def _given_up(self, name: str) -> None:
        """Bear that supervisord starts it no more."""
        if judge := self._judges.get(name):
            judge.given_up(now_s=self._clock())
            log.error("given up", program=name, next_start_in_s=self._pause_s(judge))
            return
        # A container that can't serve is ended: the platform replaces it.
        log.error("given up: ending the container", program=name)
        (self._run_dir / FAILED).touch()
        self._supervisor.shut_down()

    def _pause_s(self, judge: Judge) -> float:
        return round((judge.next_start_s or 0) - self._clock(), 1)
