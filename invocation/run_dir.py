"""Files in the run directory by which the programs of one container know of each other."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SUPERVISORD_PID: Final = "supervisord.pid"
"""Supervisord's process id, by itself."""
STORE_READY: Final = "store.ready"
"""The relay has found the job store, and its tables are there."""
FAILED: Final = "failed"
"""A program was given up, so the container ends with an error."""


def own_run_dir(named: Path | None, port: int) -> Path:
    """Return the run directory of a container: what ``RUN_DIR`` names, else each port's own."""
    return named or Path(f"/tmp/functions-{port}")  # noqa: S108 - run_container makes it ours
