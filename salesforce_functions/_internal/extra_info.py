"""The header ``x-extra-info``: what Apex learns about an invocation besides its answer."""

import functools
import traceback
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from salesforce_functions._internal.concealment import hide

MAX_BYTES: Final = 8 * 1024
"""Size limit of the header. Node refuses 16 KiB of headers in all, Salesforce keeps 32,768
characters of this one, and a traceback can be as long as it likes."""

_MAX_ID_BYTES: Final = 1024
_MOST_BYTES_OF_A_CHARACTER: Final = 12
"""Four in UTF-8, three for each of these; JSON's own escapes take less."""

_MOST_BYTES_OF_AN_ASCII_CHARACTER: Final = 8
r"""A control character is ``\u0001`` in JSON, and of these six the backslash takes three."""

# By byte. Every answer pays for this, and a table is faster than `quote`.
_ENCODED: Final = [quote(bytes([byte]), safe="") for byte in range(256)]

_LEFT_OUT: Final = "[... the beginning of this traceback was left out ...]\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtraInfo:
    """What is known about an invocation when its answer is sent."""

    status_code: int
    """The answer's HTTP status."""

    request_id: str = "n/a"
    """The invocation's ``ce-id``, once it is known."""

    source: str = "n/a"
    """The invocation's ``ce-source``, once it is known."""

    exec_time_ms: int | None = None
    """Milliseconds spent in the function; `None` when it was not called."""

    error: BaseException | None = None
    """What went wrong, if anything did."""

    is_function_error: bool = False
    """Whether the function is to blame for `error`."""

    secret: str = ""
    """A text that must not get out, wherever the traceback may contain it."""

    def encode(self) -> bytes:
        """Return the header's value: JSON, percent-encoded, at most `MAX_BYTES` long.

        Apex decodes it like a form field and other callers like a URI; the two differ in ``+``
        only, so everything outside of RFC 3986's unreserved characters is encoded. A traceback
        that does not fit loses its outermost frames.
        """
        info: dict[str, Any] = {"statusCode": self.status_code}
        if self.exec_time_ms is not None:
            info["execTimeMs"] = self.exec_time_ms
        if self.error is not None:
            info |= {"isFunctionError": self.is_function_error, "stack": ""}
            room = MAX_BYTES - len(self._with_ids(info))
            info["stack"] = _fit(self.error, room, secret=self.secret)
        return self._with_ids(info)

    def _with_ids(self, info: dict[str, Any]) -> bytes:
        return _encode_ids(self.request_id, self.source) + _encode(info).removeprefix(b"%7B")


def encode_success(request_id: str, source: str, exec_time_ms: int) -> bytes:
    """Return what `ExtraInfo.encode` does for a 200: most answers, so it is worth a shorter way."""
    ids = _encode_ids(request_id, source)
    return ids + b"%%22statusCode%%22%%3A200%%2C%%22execTimeMs%%22%%3A%d%%7D" % exec_time_ms


def describe(error: BaseException) -> str:
    """Return ``Class: text`` of an error, also of one that fails to tell its text."""
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001  # the user's class, the user's bug; still to be answered
        text = "<exception str() failed>"
    return f"{type(error).__name__}: {text}"


def format_stack(error: BaseException, *, secret: str = "") -> str:
    """Return the traceback as Python prints it, chained causes included, without ``secret``."""
    return _clean(traceback.format_exception(error), secret)


def printable(text: str) -> str:
    r"""Replace what UTF-8 cannot say: halves of surrogate pairs, as in ``"\ud800"``."""
    return text.encode("utf-8", "backslashreplace").decode()


def _encode_ids(request_id: str, source: str) -> bytes:
    """Encode the beginning of the JSON object; all calls of an org have the same source."""
    return b"".join(
        (
            b"%7B%22requestId%22%3A",
            _id(request_id),
            b"%2C%22source%22%3A",
            _source(source),
            b"%2C",
        )
    )


def _id(text: str) -> bytes:
    return _encode(_head(printable(text), _MAX_ID_BYTES))


_source = functools.lru_cache(maxsize=64)(_id)


def _fit(error: BaseException, room: int, *, secret: str) -> str:
    """Return the traceback, or of a long one the innermost frames and the exception's lines."""
    stack = format_stack(error, secret=secret)
    if len(stack) <= room and _size(stack) <= room:
        return stack
    last_lines = _clean(traceback.format_exception_only(error), secret)
    ending = _head(last_lines, room // 2)
    frames = stack.removesuffix(last_lines)
    return _LEFT_OUT + _tail(frames, room - _size(_LEFT_OUT) - _size(ending)) + ending


def _clean(lines: list[str], secret: str) -> str:
    return printable(hide("".join(lines), secret))


def _head(text: str, room: int) -> str:
    """Return the longest beginning of ``text`` that takes at most ``room`` encoded bytes."""
    most = _MOST_BYTES_OF_AN_ASCII_CHARACTER if text.isascii() else _MOST_BYTES_OF_A_CHARACTER
    if len(text) * most <= room:
        return text  # told without encoding it, as nearly always
    text = text[:room]  # no character takes less than one
    if _size(text) <= room:
        return text
    for end, character in enumerate(text):
        room -= _size(character)
        if room < 0:
            return text[:end]
    return text


def _tail(text: str, room: int) -> str:
    """Return the last whole lines of ``text`` that take at most ``room`` encoded bytes."""
    lines = text.splitlines(keepends=True)
    start = len(lines)
    while start and (room := room - _size(lines[start - 1])) >= 0:
        start -= 1
    return "".join(lines[start:])


def _size(text: str) -> int:
    """Return how many bytes a part of a JSON string takes when encoded."""
    return len(_encode(text)) - len(_encode(""))


def _encode(value: object) -> bytes:
    return orjson.dumps(value).decode("latin-1").translate(_ENCODED).encode("ascii")
