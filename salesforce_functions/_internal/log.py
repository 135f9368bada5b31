"""Log lines on stdout: one event, one line, with the id of the invocation it belongs to."""

import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import orjson
import structlog
from structlog.typing import FilteringBoundLogger

TRACEBACK: Final = "_traceback"
"""Event key of a traceback that is text already; printed before the line, like ``exc_info``'s."""

_LOG_AS_JSON: Final = os.environ.get("LOG_FORMAT") == "json"
_NAMES_IN_JSON: Final = frozenset(("id", "level", "logger", "timestamp", "message", "exception"))
"""Those of the proxy's lines, so that one query finds an invocation in all of them."""

# Control characters, Unicode's line separators, and halves of surrogate pairs: the first two
# break lines or drive terminals, the last cannot be written at all.
_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSAFE_IN_TRACEBACK: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSAFE_IN_KEY: Final = re.compile('[\\s="\x00-\x1f\x7f-\x9f\ud800-\udfff]')


def get_logger() -> FilteringBoundLogger:
    """Return a logger whose lines go to stdout; keyword arguments become attributes.

    Usable at any time, also at import and outside the runtime, as in unit tests. Within an
    invocation each line carries ``invocationId``. Lines below the level ``info`` are dropped.

    Example:
        ``get_logger().info("Greeted %s", name, letters=5)`` writes
        ``letters=5 invocationId=00D... level=info msg="Greeted Ada"``
    """
    # Wrapped by hand rather than `structlog.configure()`d: that setting belongs to the user.
    logger = structlog.wrap_logger(
        _Stdout(),
        processors=[structlog.contextvars.merge_contextvars, _pop_traceback, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        context_class=dict,
    )
    return cast("FilteringBoundLogger", logger.bind())


def prepare_stdout() -> None:
    """Make every line reach stdout at once, also when it is a pipe, and no character fail."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(line_buffering=True, errors="backslashreplace")


class _Stdout:
    """Where structlog puts rendered lines: whatever ``sys.stdout`` is at that moment."""

    def info(self, text: str) -> None:
        """Write one event."""
        try:
            # One call, so that lines of several threads do not mix.
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except (AttributeError, OSError, ValueError):
            pass  # no stdout, a closed one, or one without a reader: no reason for a call to fail

    debug = warning = error = critical = info


def _pop_traceback(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace ``exc_info`` (`True`, an exception, or the tuple) by the traceback's text."""
    exc_info = event.pop("exc_info", None)
    if isinstance(exc_info, tuple):
        error = exc_info[1]
    else:
        error = exc_info if isinstance(exc_info, BaseException) else exc_info and sys.exception()
    if error:
        event[TRACEBACK] = "".join(traceback.format_exception(error))
    return event


def _render(_: object, level: str, event: MutableMapping[str, Any]) -> str:
    """Render one event: attributes in their order, then level and message."""
    trace = event.pop(TRACEBACK, "")
    message = event.pop("event")
    event.pop("level", None)
    event.pop("msg", None)
    if _LOG_AS_JSON:
        return _as_json(_named_as_elsewhere(event, level, message, trace))
    fields = {**event, "level": level, "msg": message}
    line = " ".join(_as_logfmt(key, value) for key, value in fields.items())
    return _UNSAFE_IN_TRACEBACK.sub(_escape, trace) + line


def _named_as_elsewhere(
    event: MutableMapping[str, Any], level: str, message: str, trace: str
) -> dict[str, Any]:
    """Return an event's fields for JSON; an attribute with a name of ours gets an underscore."""
    invocation_id = event.pop("invocationId", None)
    fields = {f"{key}_" if key in _NAMES_IN_JSON else key: value for key, value in event.items()}
    fields |= {"id": invocation_id} if invocation_id is not None else {}
    fields |= {"level": level, "logger": "function"}
    fields |= {"timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    fields |= {"message": message}
    return {**fields, "exception": trace} if trace else fields


def _as_logfmt(key: str, value: object) -> str:
    key = _UNSAFE_IN_KEY.sub("_", key)
    if value is True:
        return key
    if value is None:
        return f"{key}="
    text = "false" if value is False else _text(value)
    quoted = " " in text or "=" in text or _UNSAFE.search(text) is not None
    if quoted:
        text = text.replace("\\", "\\\\")
    text = _UNSAFE.sub(_escape, text.replace('"', '\\"'))
    return f'{key}="{text}"' if quoted else f"{key}={text}"


def _as_json(fields: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(fields, default=_text).decode()
    except TypeError:  # a number beyond 64 bit, a key that is no string, half a surrogate pair
        safe = {key: _UNSAFE.sub(_escape, _text(value)) for key, value in fields.items()}
        return orjson.dumps(safe).decode()


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  # a value that cannot be shown must not fail the invocation
        return f"<unprintable {type(value).__name__}>"


def _escape(match: re.Match[str]) -> str:
    # `\n`, `\x1b`, `\u2028`, `\ud800`: as Python writes them.
    return match.group().encode("unicode_escape", "backslashreplace").decode("ascii")
