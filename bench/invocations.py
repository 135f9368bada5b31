"""The requests, ready to be sent: built as Apex builds them, before any clock runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from localstack.apex import ApexRequest, decode_context, encode_context, identity_of, new_request
from localstack.seed import ADMIN, PERMISSION_SET

PAYLOAD: Final = json.dumps({"name": "Ada", "padding": "x" * 1000}).encode()
"""About 1 KB of JSON."""


def sync_request(*, token: str, org_url: str) -> bytes:
    """Return a ``POST /sync`` of the admin's."""
    return _request(token, org_url).as_bytes()


def async_request(*, token: str, org_url: str, record_id: str) -> bytes:
    """Return a ``POST /async`` whose outcome goes to that record."""
    return _request(token, org_url, record_id=record_id).as_bytes()


def function_request(*, org_url: str, user: tuple[str, str] = ADMIN) -> bytes:
    """Return the ``POST /`` that a runtime gets from the proxy, for a user's name and id."""
    request = _request("a-token", org_url, user=user)
    context = decode_context(request.headers["ce-sffncontext"])
    context["accessToken"] = "an-access-token-for-the-function"
    context["requestId"] = request.headers["ce-id"]
    headers = request.headers | {"ce-sffncontext": encode_context(context)}
    return replace(request, path="/", headers=headers).as_bytes()


def _request(
    token: str, org_url: str, *, record_id: str | None = None, user: tuple[str, str] = ADMIN
) -> ApexRequest:
    identity = identity_of(user, token=token, org_url=org_url)
    request = new_request(identity, permission_sets=[PERMISSION_SET], record_id=record_id)
    return replace(request, body=PAYLOAD)
