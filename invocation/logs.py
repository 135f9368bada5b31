"""Logging: one JSON object per line on stdout, ours and the libraries' alike. See docs/logs.md."""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from invocation.lean_import import without
from invocation.log_lines import LONGEST_LINE, LineWriter

if TYPE_CHECKING:
    from types import TracebackType

# Its console would have colours by rich, a third of the time in which a program of ours starts.
with without("rich"):
    import structlog

get_logger: Final = structlog.get_logger

STDOUT: Final = 1
LONGEST_VALUE: Final = 1500
"""Characters that are kept of a value in a line that would be too long; fewer if need be."""
SHORTEST_VALUE: Final = 40
QUIET: Final = ("urllib3", "requests", "dbos", "sqlalchemy")
"""Their debug lines hold URLs and headers of org calls; DBOS tells where its database is."""

_json: Final = json.JSONEncoder(default=repr, skipkeys=True).encode


class LineHandler(logging.Handler):
    """Writes each record at once, without the lock that handlers of the library hold meanwhile."""

    def __init__(self, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer

    def handle(self, record: logging.LogRecord) -> bool:
        """Write one record."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; what is wrong with it is no reason for a call to fail."""
        try:
            line = self.format(record)
        except Exception as error:  # noqa: BLE001 - such as a value whose repr() fails
            line = _plain(
                "a log line could not be made", of=record.name, error=type(error).__name__
            )
        self._writer.write(line.encode("ascii", "backslashreplace") + b"\n")

    def flush(self) -> None:
        """Tell what was lost, before the process ends."""
        self._writer.tell_lost(patience_s=1.0)


def configure_logging(level: str) -> None:
    """Send every log line of this process to stdout as JSON, from ``level`` on."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _errors_without_their_text,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = LineHandler(LineWriter(STDOUT, _lost))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("message"),
                _whole_line,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in QUIET:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    # It warns of each request that waits for a thread; too many are refused, and that is logged.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # With none of its own, DBOS would add one that writes in another form.
    dbos = logging.getLogger("dbos")
    dbos.handlers[:], dbos.propagate = [handler], False
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_bug
    threading.excepthook = lambda seen: _log_bug(
        seen.exc_type, seen.exc_value or seen.exc_type(), seen.exc_traceback
    )


def places(error: BaseException) -> list[str]:
    """Return where an error came from, innermost last: its own text may hold a token."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _log_bug(
    kind: type[BaseException], error: BaseException, _traceback: TracebackType | None
) -> None:
    """Log what nobody caught as every other bug."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    structlog.get_logger("process").error("bug", error=kind.__name__, frames=places(error))


def _errors_without_their_text(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace a traceback by the error's class and places: a text may hold a token."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if error is True:
        error = sys.exception()
    if isinstance(error, BaseException):
        event.update(error=type(error).__name__, frames=places(error))
    return event


def _whole_line(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    """Return the event as JSON that can be written in one piece: long values lose their middle."""
    line, longest = _json(event), LONGEST_VALUE
    while len(line) >= LONGEST_LINE and longest > SHORTEST_VALUE:
        line = _json(_shortened(event, longest))
        longest //= 2
    if len(line) >= LONGEST_LINE:  # of a great many values
        kept = ("id", "message", "level", "logger", "timestamp")
        event = {name: event.get(name) for name in kept} | {"cut": f"{len(line)} characters"}
        line = _json(_shortened(event, longest))
    return line


def _shortened(value: Any, longest: int) -> Any:  # noqa: ANN401 - whatever is logged
    if isinstance(value, dict):
        return {name: _shortened(each, longest) for name, each in value.items()}
    if isinstance(value, list | tuple):  # frames: what matters is last
        kept = max(3, longest // 50)
        left_out = [f"[cut: {len(value) - kept} more]"] if len(value) > kept else []
        return left_out + [_shortened(each, longest) for each in value[-kept:]]
    if value is None or isinstance(value, bool | float):
        return value
    text = value if isinstance(value, str) else repr(value)
    if len(text) <= longest:
        return value
    half = longest // 2
    return f"{text[:half]} [cut: {len(text) - 2 * half} characters] {text[-half:]}"


def _lost(count: int) -> bytes:
    return _plain("log lines were lost", lines=count).encode("ascii") + b"\n"


def _plain(message: str, **fields: object) -> str:
    """Return a line about the log itself, which takes no way through it."""
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    about = {"level": "warning", "logger": "log", "timestamp": at, "message": message}
    return _json({**fields, **about})
