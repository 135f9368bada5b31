"""Builds an invocation's request as the Apex framework builds it."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from localstack.seed import ORG_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

FUNCTION: Final = "demo.hello"
API_VERSION: Final = "65.0"


def request_headers(
    *,
    token: str,
    username: str,
    user_id: str,
    org_url: str,
    permission_sets: list[str],
    record_id: str | None = None,
) -> dict[str, str]:
    """Return the headers of a call.

    Args:
        token: the caller's access token.
        username: who the context says is calling.
        user_id: his id.
        org_url: My Domain of his org.
        permission_sets: session-based ones to activate.
        record_id: of the record that waits for the outcome; None: a synchronous call.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    invocation_id = f"{ORG_ID}-{uuid.uuid4()}-{FUNCTION}-{now}"
    source = f"urn:event:from:salesforce/xx/{ORG_ID}/apex"
    invocation_type = f"com.salesforce.function.invoke.{'async' if record_id else 'sync'}"
    function_context = {
        "id": invocation_id,
        "functionName": FUNCTION,
        "resource": "https://function.example.com/sync",
        "source": source,
        "type": invocation_type,
        "requestTime": now,
        "functionInvocationId": record_id,
        "permissionSets": permission_sets,
    }
    salesforce_context = {
        "apiVersion": API_VERSION,
        "payloadVersion": "0.1",
        "userContext": {
            "orgId": ORG_ID,
            "userId": user_id,
            "username": username,
            "salesforceBaseUrl": org_url,
            "orgDomainUrl": org_url,
            "namespace": "",
            "onBehalfOfUserId": None,
        },
    }
    return {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {token}",
        "X-Request-Id": invocation_id,
        "request-id": invocation_id,
        "ce-specversion": "1.0",
        "ce-id": invocation_id,
        "ce-source": source,
        "ce-datacontenttype": "application/json",
        "ce-type": invocation_type,
        "ce-sffncontext": _encode(function_context),
        "ce-sfcontext": _encode(salesforce_context),
    }


def _encode(context: Mapping[str, object]) -> str:
    return base64.b64encode(json.dumps(context, separators=(",", ":")).encode()).decode()
