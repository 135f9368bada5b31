"""supervisord's own lines, in the form of the other programs' (`invocation.logs`)."""

from __future__ import annotations

import contextlib
import json
import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from supervisor.loggers import Handler

if TYPE_CHECKING:
    from supervisor.loggers import LogRecord

STDOUT: Final = 1
LEVELS: Final = ((50, "critical"), (40, "error"), (30, "warning"), (20, "info"), (0, "debug"))

_ORDINARY: Final = re.compile(
    r"received SIG\w+ indicating exit request"
    r"|stopped: \S+ \(terminated by SIG(?:TERM|INT)\)"  # it had no time to take it as a request
)


class JsonLines(Handler):  # type: ignore[misc]
    """Writes each record as one JSON object and one line."""

    def __init__(self) -> None:
        super().__init__()
        self.level = 0

    def emit(self, record: LogRecord) -> None:
        """Write it; when nobody reads the log any more, there is nobody to tell."""
        line = line_of(record.level, record.asdict()["message"], datetime.now(UTC))
        with contextlib.suppress(OSError):
            os.write(STDOUT, line)

    def reopen(self) -> None:
        """Do nothing: stdout is never closed."""

    remove = close = flush = reopen


def line_of(level: int, message: str, now: datetime) -> bytes:
    """Return a record's line. Pure.

    Args:
        level: supervisord's, 50 for the gravest.
        message: its text.
        now: aware.
    """
    if _ORDINARY.fullmatch(message):
        level = 20
    fields = {
        "level": next(name for low, name in LEVELS if level >= low),
        "logger": "supervisord",
        "timestamp": now.isoformat().replace("+00:00", "Z"),
        "message": message.rstrip(),
    }
    return json.dumps(fields).encode("ascii") + b"\n"
