"""A call as the proxy sends it: a CloudEvent in headers, the payload as the body. Pure."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ORG_ID: Final = "00Dxx0000006IYJEA2"
USERNAME: Final = "ada@example.com"
LONGEST_CONTEXT: Final = 32_768
"""Characters that a context header may have."""

HEALTH_CHECK: Final = {"x-health-check": "true"}
"""All that a health check says: it has neither a body nor a content type."""

_ORG: Final = {
    "orgId": ORG_ID,
    "userId": "005xx000001X8UzAAK",
    "username": USERNAME,
    "salesforceBaseUrl": "https://na1.example.com",
    "orgDomainUrl": "https://my.example.com",
    "onBehalfOfUserId": None,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What one call says about itself."""

    id: str = field(default_factory=lambda: f"{ORG_ID}-{uuid.uuid4()}")
    token: str = f"{ORG_ID}!conformance"
    """What opens the org: the function gets it by the second context."""
    context_size: int = 0
    """Characters that each of the two contexts has at least."""

    def headers(self) -> dict[str, str]:
        """Return the call's headers, without those of HTTP itself."""
        kind = "com.salesforce.function.invoke.sync"
        source = f"urn:event:from:salesforce/xx/{ORG_ID}/apex"
        org = {"apiVersion": "55.0", "payloadVersion": "0.1", "userContext": _ORG}
        function = {
            "id": self.id,
            "functionName": "conformance",
            "resource": "https://function.example.com/sync",
            "source": source,
            "type": kind,
            "requestTime": "2026-01-31T12:00:00.000+0000",
            "requestId": self.id,
            "accessToken": self.token,
        }
        return {
            "content-type": "application/json",
            "x-request-id": self.id,
            "request-id": self.id,
            "ce-specversion": "1.0",
            "ce-id": self.id,
            "ce-source": source,
            "ce-datacontenttype": "application/json",
            "ce-type": kind,
            "ce-sfcontext": _encoded(org, self.context_size),
            "ce-sffncontext": _encoded(function, self.context_size),
            "x-time-limit-s": "118.000",
        }


def payload_of(action: str, **more: object) -> bytes:
    """Return a payload that tells the function what to do, see conformance/README.md."""
    return json.dumps({"action": action, **more}, ensure_ascii=False).encode()


def _encoded(context: Mapping[str, object], size: int) -> str:
    missing = size // 4 * 3 - len(json.dumps({**context, "padding": ""}))
    padded = {**context, "padding": "x" * missing} if missing > 0 else context
    return base64.b64encode(json.dumps(padded).encode()).decode()
