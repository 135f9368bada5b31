"""The form of every answer that is ours and no success, whoever writes it. Pure."""

from __future__ import annotations

import http
import json
from dataclasses import dataclass
from typing import Final

from invocation import extra_info

JSON: Final = "application/json; charset=utf-8"
RETRY_AFTER_S: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorAnswer:
    """What goes out: Falcon and waitress only write it."""

    status: str
    """Such as ``503 Service Unavailable``."""
    headers: tuple[tuple[str, str], ...]
    body: bytes


def error_answer(
    status: int,
    message: str,
    *,
    request_id: str | None = None,
    event_id: str | None = None,
    source: str | None = None,
) -> ErrorAnswer:
    """Return the answer that tells of a failure.

    Args:
        status: HTTP status; with 503 it says when to try again.
        message: for people; starts with the request's id, if there is one.
        request_id: ``x-request-id``.
        event_id: ``ce-id``.
        source: ``ce-source``.
    """
    phrase = http.HTTPStatus(status).phrase
    body = {
        "statusCode": status,
        "error": phrase,
        "message": f"[{request_id}] {message}" if request_id else message,
    }
    info = extra_info.describe(
        request_id=event_id or request_id or "n/a", source=source or "n/a", status=status
    )
    headers = [("Content-Type", JSON), ("X-Extra-Info", info)]
    if status == 503:
        headers.append(("Retry-After", str(RETRY_AFTER_S)))
    return ErrorAnswer(
        status=f"{status} {phrase}",
        headers=tuple(headers),
        body=json.dumps(body, separators=(",", ":")).encode("ascii"),
    )
