"""``X-Extra-Info``: what Apex is told about an answer besides its body. Pure.

Apex reads it by ``EncodingUtil.urlDecode`` and then as JSON, so it is percent-encoded JSON.
"""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import quote

LONGEST: Final = 32_768
"""Characters that ``AsyncFunctionInvocationRequest__c.ExtraInfo__c`` holds."""

_HEADER_TEXT: Final = re.compile(r"[\x20-\x7e]*")


def describe(*, request_id: str, source: str, status: int, is_function_error: bool = False) -> str:
    """Return the header's value for an answer whose writer did not give one.

    Args:
        request_id: the invocation's ``ce-id``, or ``n/a``.
        source: its ``ce-source``, or ``n/a``.
        status: HTTP status of the answer; older Apex code reads it here and nowhere else.
        is_function_error: whether the function, not the way to it, failed.
    """
    info: dict[str, object] = {"requestId": request_id, "source": source, "statusCode": status}
    if status >= 400:
        info |= {"isFunctionError": is_function_error, "stack": ""}
    return quote(json.dumps(info, separators=(",", ":")), safe="")


def can_be_sent(value: str) -> bool:
    """Tell whether the function's own value is one header line that the org can store."""
    return len(value) <= LONGEST and _HEADER_TEXT.fullmatch(value) is not None
