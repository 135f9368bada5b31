"""What DBOS says of a store in trouble: once in a while and in our words."""

from __future__ import annotations

import sys
import threading
from logging import Filter
from typing import TYPE_CHECKING, Final

from cachetools import TTLCache

from invocation.jobs.store_trouble import why

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

TOLD_FOR_S: Final = 60.0
"""DBOS tries again by itself, several times a second: one line a minute says as much."""
_MOST_CAUSES: Final = 20


class QueueTrouble(Filter):
    """Keeps of DBOS's lines about one cause the first in a minute, without the error's text.

    A statement holds what is of a job, and a traceback is many lines of the same.

    Args:
        clock: tells seconds that never go back.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        super().__init__()
        self._told: TTLCache[str, None] = TTLCache(_MOST_CAUSES, TOLD_FOR_S, timer=clock)
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log this; what DBOS says outside an ``except`` passes as it is."""
        error = sys.exception()
        if error is None:
            return True
        cause = why(error)
        what = record.getMessage().partition("\n")[0].partition(":")[0]
        record.msg, record.args, record.exc_info = f"{what}: {cause}", None, None
        with self._lock:
            if cause in self._told:
                return False
            self._told[cause] = None
        return True
