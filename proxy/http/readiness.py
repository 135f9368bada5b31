"""May this process be sent invocations? Each change is one line in the log."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from invocation.function.client import Health
from invocation.logs import get_logger
from invocation.run_dir import STORE_READY

if TYPE_CHECKING:
    from pathlib import Path

    from supervision.health import FunctionHealth

log = get_logger("proxy")

WHY_NOT: Final = {
    Health.UNWELL: "the function answers its health check with an error",
    Health.SILENT: "the function does not answer",
}


class Readiness:
    """Safe to share between threads.

    Args:
        health: of the function.
        run_dir: where the relay says that jobs can be stored; None: there is none to say so.
        draining: set once the process is told to stop.
    """

    def __init__(
        self, health: FunctionHealth, run_dir: Path | None, draining: threading.Event
    ) -> None:
        self._health = health
        self._waits_for = run_dir / STORE_READY if run_dir else None
        self._draining = draining
        self._lock = threading.Lock()
        self._told: str | None = None

    def is_ready(self) -> bool:
        """Tell it."""
        why_not = self._why_not()
        with self._lock:
            changed, self._told = why_not != self._told, why_not
        if changed and why_not:
            log.info("not ready", reason=why_not)
        elif changed:
            log.info("ready")
        return not why_not

    def _why_not(self) -> str:
        if self._draining.is_set():
            return "it is being stopped"
        # Only until the first time: a store that fails later must not keep /sync from callers.
        if self._waits_for and not self._waits_for.exists():
            return "the job store is not there yet: the relay's lines say why"
        self._waits_for = None
        if not (health := self._health.look()).is_fine:
            return WHY_NOT[health]
        return ""
