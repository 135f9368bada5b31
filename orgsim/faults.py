"""Failures that the org can be told to have, and the wrong answers they consist of."""

import itertools
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

ENDPOINTS: Final = ("token", "userinfo", "activate", "sobjects", "query", "composite", "other")
"""The endpoints that are counted and can fail; ``*`` stands for all of them."""

KINDS: Final = (
    "latency", "status", "html", "null", "redirect", "half_body", "reset", "not_json", "huge",
)  # fmt: skip
"""What can go wrong. docs/simulator.md says what each does."""

_MAINTENANCE_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Server Unavailable</title></head><body>"
    "<h1>We are down for maintenance.</h1><p>Sorry for the inconvenience. "
    "We'll be back shortly.</p></body></html>"
)
_UNAVAILABLE: Final = '[{"message":"Service unavailable","errorCode":"SERVER_UNAVAILABLE"}]'
_CHUNK: Final = b"x" * 65_536


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One planned failure. Parameters that its kind has no use for are ignored."""

    endpoint: str
    """One of `ENDPOINTS`, or ``*``."""

    kind: str
    """One of `KINDS`."""

    times: int | None = 1
    """How many requests it spoils; ``None``: until it is cleared."""

    seconds: float = 1.0
    """For ``latency``: how long the answer is held back."""

    status: int | None = None
    """For ``status`` and ``html``: the HTTP status; ``None``: 500 and 503."""

    body: str | None = None
    """For ``status``, ``html`` and ``not_json``: the body instead of the usual one."""

    content_type: str | None = None
    """For ``status``, ``html`` and ``not_json``: the content type instead of the usual one."""

    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of the wrong answer, such as ``Retry-After``."""

    location: str = "https://elsewhere.example/"
    """For ``redirect``: where to."""

    size_bytes: int = 64 * 1024 * 1024
    """For ``huge``: how long the body is."""

    applied: bool = False
    """Do what was asked before failing: the request took effect, only its answer is lost."""

    id: int = 0
    """Given by `Faults.add`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An HTTP answer that can be handed to a WSGI server."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Iterable[bytes]

    @property
    def status_line(self) -> str:
        """Status and reason phrase, as WSGI wants them."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return f"{self.status} Unknown"


class Faults:
    """The planned failures, oldest first. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._planned: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Plan ``fault``; return it with its id.

        Raises:
            ValueError: the endpoint or the kind does not exist.
        """
        if fault.endpoint not in (*ENDPOINTS, "*"):
            raise ValueError(f"endpoint must be one of {', '.join(ENDPOINTS)}, *")
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        with self._lock:
            planned = replace(fault, id=next(self._ids))
            self._planned.append(planned)
            return planned

    def take(self, endpoint: str) -> Fault | None:
        """Use up one time of the oldest fault planned for ``endpoint``, if there is one."""
        with self._lock:
            for position, fault in enumerate(self._planned):
                if fault.endpoint in (endpoint, "*"):
                    self._use(position, fault)
                    return fault
        return None

    def _use(self, position: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times > 1:
            self._planned[position] = replace(fault, times=fault.times - 1)
        else:
            del self._planned[position]

    def planned(self) -> tuple[Fault, ...]:
        """Return what is still planned, with the times that are left."""
        with self._lock:
            return tuple(self._planned)

    def clear(self) -> int:
        """Plan nothing more; return how many faults were still planned."""
        with self._lock:
            cleared = len(self._planned)
            self._planned.clear()
            return cleared


_JSON: Final = "application/json;charset=UTF-8"
_HTML: Final = "text/html;charset=UTF-8"

_WRONG: Final = {
    # kind: status, body, content type
    "status": (500, _UNAVAILABLE, _JSON),
    "html": (503, _MAINTENANCE_PAGE, _HTML),
    "null": (200, "null", _JSON),
    "redirect": (302, "", _HTML),
    "half_body": (200, '{"access_token":"00D', _JSON),
    "not_json": (200, "{'not': json", _JSON),
    "huge": (200, "", _JSON),
}


def wrong_answer(fault: Fault) -> Answer:
    """Return the answer that ``fault`` gives.

    Raises:
        KeyError: it is a ``latency`` or a ``reset``, which have none of their own.
    """
    status, text, content_type = _WRONG[fault.kind]
    if fault.kind in {"status", "html", "not_json"}:
        status, text = fault.status or status, text if fault.body is None else fault.body
        content_type = fault.content_type or content_type
    body: Iterable[bytes] = [text.encode()]
    length = len(text.encode())
    if fault.kind == "half_body":
        length *= 2  # what was promised; the connection closes when the rest does not come
    if fault.kind == "huge":
        body, length = _huge_body(fault.size_bytes), fault.size_bytes
    headers = [("Content-Type", content_type), ("Content-Length", str(length)), *fault.headers]
    if fault.kind == "redirect":
        headers.append(("Location", fault.location))
    return Answer(status=status, headers=tuple(headers), body=body)


def _huge_body(size_bytes: int) -> Iterator[bytes]:
    """Yield valid JSON, one very long string: a reader without a limit would keep it all."""
    yield b'"'
    for left in range(size_bytes - 2, 0, -len(_CHUNK)):
        yield _CHUNK[:left]
    yield b'"'
