"""What the function is sent: header fields, built anew from checked values. Pure."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Protocol

from proxy.salesforce_names import parse_base_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxy.caller import Caller
    from proxy.wire import AccessToken


class Forwarded(Protocol):
    """What of an invocation goes to the function; also a stored job has it."""

    @property
    def id(self) -> str:
        """``ce-id``."""

    @property
    def function_context(self) -> Mapping[str, Any]:
        """``ce-sffncontext`` as it came."""

    @property
    def salesforce_context(self) -> Mapping[str, Any]:
        """``ce-sfcontext`` as it came."""

    @property
    def passed_on(self) -> tuple[tuple[str, str], ...]:
        """The header fields that the function receives as they came."""


def function_headers(
    invocation: Forwarded, *, caller: Caller, access_token: AccessToken
) -> list[tuple[str, str]]:
    """Return the header fields for the function, built anew from checked values.

    What the context said about the caller is replaced by what the org says; fields of his that
    differ from those in case only are left out, since some JSON readers would take them.

    Args:
        invocation: what Apex asked for.
        caller: verified.
        access_token: minted for the function; a token that the caller put there is replaced.

    Source: runtimes' CloudEvent binding (``sf-fx-schema``); ``requestId`` is the ``ce-id``.
    """
    function_context = _overridden(
        invocation.function_context, {"requestId": invocation.id, "accessToken": access_token}
    )
    claimed = invocation.salesforce_context["userContext"]
    user_context = _overridden(
        claimed,
        {
            "orgId": caller.org_id,
            "userId": caller.user_id,
            "username": caller.username,
            "salesforceBaseUrl": parse_base_url(
                claimed.get("salesforceBaseUrl"), org=caller.org_url
            ),
            "orgDomainUrl": caller.org_url,
        },
    )
    salesforce_context = _overridden(invocation.salesforce_context, {"userContext": user_context})
    return [
        *invocation.passed_on,
        ("ce-sfcontext", _encode(salesforce_context)),
        ("ce-sffncontext", _encode(function_context)),
    ]


def _overridden(claimed: Mapping[str, Any], verified: Mapping[str, Any]) -> dict[str, Any]:
    taken = {name.lower() for name in verified}
    rest = {
        name: value
        for name, value in claimed.items()
        if name in verified or name.lower() not in taken
    }
    return rest | dict(verified)


def _encode(context: Mapping[str, Any]) -> str:
    # Not as \u escapes: a context in another script must not outgrow the function's header limit.
    text = json.dumps(context, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return base64.b64encode(text.encode("utf-8")).decode("ascii")
