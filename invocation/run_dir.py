"""Files in the run directory by which the programs of one container know of each other."""

from __future__ import annotations

from typing import Final

SUPERVISORD_PID: Final = "supervisord.pid"
"""Supervisord's process id, by itself."""
STORE_READY: Final = "store.ready"
"""The relay has found the job store, and its tables are there."""
FAILED: Final = "failed"
"""A program was given up, so the container ends with an error."""
