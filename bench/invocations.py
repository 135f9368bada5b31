"""The requests, ready to be sent: built as Apex builds them, before any clock runs."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from demo.apex import request_headers
from localstack.seed import ADMIN, PERMISSION_SET

if TYPE_CHECKING:
    from collections.abc import Mapping

PAYLOAD: Final = json.dumps({"name": "Ada", "padding": "x" * 1000}).encode()
"""About 1 KB of JSON."""


def sync_request(*, token: str, org_url: str) -> bytes:
    """Return a ``POST /sync`` of the admin's."""
    return _post("/sync", _headers(token, org_url, None))


def async_request(*, token: str, org_url: str, record_id: str) -> bytes:
    """Return a ``POST /async`` whose outcome goes to that record."""
    return _post("/async", _headers(token, org_url, record_id))


def function_request(*, org_url: str, user: tuple[str, str] = ADMIN) -> bytes:
    """Return the ``POST /`` that a runtime gets from the proxy, for a user's name and id."""
    headers = _headers("a-token", org_url, None, user)
    context = json.loads(base64.b64decode(headers["ce-sffncontext"]))
    context |= {"accessToken": "an-access-token-for-the-function", "requestId": headers["ce-id"]}
    encoded = base64.b64encode(json.dumps(context).encode()).decode()
    return _post("/", headers | {"ce-sffncontext": encoded})


def _headers(
    token: str, org_url: str, record_id: str | None, user: tuple[str, str] = ADMIN
) -> dict[str, str]:
    username, user_id = user
    return request_headers(
        token=token,
        username=username,
        user_id=user_id,
        org_url=org_url,
        permission_sets=[PERMISSION_SET],
        record_id=record_id,
    )


def _post(path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(PAYLOAD)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + PAYLOAD
