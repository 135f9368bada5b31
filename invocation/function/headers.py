"""What the function is sent: header fields, built anew from checked values. Pure."""

from __future__ import annotations

import base64
import json
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invocation.org.caller import Caller
    from invocation.org.names import AccessToken


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

    What the context said about the caller is replaced by what the org says. Other fields pass
    unless a reader of JSON could take one for a field that we know.

    Args:
        invocation: what Apex asked for.
        caller: verified.
        access_token: minted for the function; a token that the caller put there is replaced.

    Source: runtimes' CloudEvent binding (``sf-fx-schema``); ``requestId`` is the ``ce-id``.
    """
    claimed = invocation.salesforce_context
    function_context = _rebuilt(
        invocation.function_context,
        _FUNCTION_CONTEXT,
        {"requestId": invocation.id, "accessToken": access_token},
    )
    user_context = _user_context(claimed["userContext"], caller)
    salesforce_context = _rebuilt(claimed, _SALESFORCE_CONTEXT, {"userContext": user_context})
    return [
        *invocation.passed_on,
        ("ce-sfcontext", _encode(salesforce_context)),
        ("ce-sffncontext", _encode(function_context)),
    ]


def _user_context(claimed: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    verified: dict[str, Any] = {
        "orgId": caller.org_id,
        "userId": caller.user_id,
        "username": caller.username,
        # Functions (Java's, for one) send their token to either.
        "salesforceBaseUrl": caller.org_url,
        "orgDomainUrl": caller.org_url,
    }
    if claimed.get("onBehalfOfUserId"):  # no other user's than the caller's was let in
        verified["onBehalfOfUserId"] = caller.user_id
    return _rebuilt(claimed, _USER_CONTEXT, verified)


def _folded(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _spellings(names: str) -> Mapping[str, str]:
    return MappingProxyType({_folded(name): name for name in names.split()})


# What the contexts are known to hold: `sf-fx-schema`, and the Apex side's FunctionRequestContexts.
_FUNCTION_CONTEXT: Final = _spellings(
    "id functionName functionInvocationId resource source type requestTime permissionSets deadline"
    " apexId apexFQN invokingNamespace functionNamespace proxyClientToken"
    " asyncResponseCallbackPath requestId accessToken"
)
_SALESFORCE_CONTEXT: Final = _spellings("apiVersion payloadVersion userContext")
_USER_CONTEXT: Final = _spellings(
    "orgId userId username onBehalfOfUserId salesforceBaseUrl orgDomainUrl namespace"
)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _rebuilt(
    claimed: Mapping[str, Any], known: Mapping[str, str], verified: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the claimed fields with the verified ones in their place.

    A field passes only if every reader takes it for what it is: Go, Jackson and Gson may ignore
    case, each by rules of its own (U+017F is an s to Go, U+0131 an i to Java), others also ``_``
    and ``-`` (encoding/json/v2). So names are ASCII, and one that folds to a known one is that one.
    """
    kept = {
        name: value
        for name, value in claimed.items()
        if name not in verified and _NAME.fullmatch(name) and known.get(_folded(name), name) == name
    }
    return kept | dict(verified)


def _encode(context: Mapping[str, Any]) -> str:
    # Not as \u escapes: a context in another script must not outgrow the function's header limit.
    text = json.dumps(context, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return base64.b64encode(text.encode("utf-8")).decode("ascii")
