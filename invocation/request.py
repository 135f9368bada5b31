"""The invocation as Apex sends it: headers in, one frozen value out, or the reason why not. Pure.

Nothing here is believed yet: the shape is right, who calls is proven later (`proxy.invoke`).
The texts of the refusals, and their order, are those of the public reference proxies, which
Apex code and people's notes rely on.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from invocation.errors import InvalidRequest
from invocation.org.names import TOKEN, AccessToken, PermissionSet, is_id
from invocation.request_head import LONGEST_CONTEXT
from invocation.strict_json import parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping

SYNC: Final = "com.salesforce.function.invoke.sync"
ASYNC: Final = "com.salesforce.function.invoke.async"

MOST_PERMISSION_SETS: Final = 20
_LONGEST_SHOWN: Final = 100

_ONE_VALUE: Final = re.compile(r"[ -+\--~]{1,1024}")
"""Printable ASCII without a comma: WSGI joins a header sent twice with one."""
_API_VERSION: Final = re.compile(r"[0-9]{2,3}\.0")
_NAMESPACE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9_]{0,14})?")
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_TRACESTATE: Final = re.compile(r"[ -~]{1,512}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """What the caller claims to be (``userContext``); nothing of it is proven."""

    org_id: str
    """15 or 18 characters."""
    user_id: str
    """15 or 18 characters."""
    username: str
    org_domain_url: str
    """The org that the caller wants to be asked about the token."""
    on_behalf_of_user_id: str | None
    namespace: str
    """Of the async record's object and fields; empty without one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """One invocation, as asked for. Everything has the right shape; nothing is proven.

    Its payload is not part of it: nobody reads that before the caller is known.
    """

    id: str
    """``ce-id``: what this invocation is called in logs, jobs and answers."""
    request_id: str
    """``x-request-id``; Heroku's router replaces the one that Apex gave."""
    type: str
    """`SYNC` or `ASYNC`."""
    source: str
    api_version: str
    """Such as ``57.0``; part of the path of org calls."""
    function_name: str
    function_invocation_id: str | None
    """The ``AsyncFunctionInvocationRequest__c`` that waits for the outcome, if any."""
    permission_sets: tuple[PermissionSet, ...]
    claims: Claims
    caller_token: AccessToken = field(repr=False)
    function_context: Mapping[str, Any] = field(repr=False)
    """``ce-sffncontext`` as it came."""
    salesforce_context: Mapping[str, Any] = field(repr=False)
    """``ce-sfcontext`` as it came."""
    passed_on: tuple[tuple[str, str], ...] = field(repr=False)
    """The header fields that the function receives as they came."""


_PASSED_ON: Final = (
    "content-type", "ce-specversion", "ce-id", "ce-datacontenttype", "ce-source", "ce-type",
    "ce-time", "ce-subject", "ce-dataschema", "x-request-id", "request-id",
)  # fmt: skip


def parse_invocation(headers: Mapping[str, str], *, expected_type: str) -> Invocation:
    """Return the invocation that a request asks for.

    Args:
        headers: by lower-case name; a header sent twice has its values joined with a comma.
        expected_type: `SYNC` or `ASYNC`, as the route says.

    Raises:
        InvalidRequest: with the first thing that is wrong.
    """
    request_id = _single(headers, "x-request-id", "x-request-id not found")
    token = _bearer_token(headers)
    for name in ("ce-specversion", "ce-id", "ce-datacontenttype", "ce-source", "ce-type"):
        _single(headers, name, f"{name} header not found")
    function_context = _context(headers, "ce-sffncontext", "Function")
    invocation_type = _invocation_type(function_context)
    invocation_id = _function_invocation_id(function_context, invocation_type)
    permission_sets = _permission_sets(function_context)
    salesforce_context = _context(headers, "ce-sfcontext", "Salesforce")
    api_version = _api_version(salesforce_context)
    claims = _claims(salesforce_context)
    if not invocation_type == headers["ce-type"] == expected_type:
        raise InvalidRequest("Invalid request type")
    if headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise InvalidRequest("content-encoding is not supported: send the payload as it is")
    return Invocation(
        id=headers["ce-id"],
        request_id=request_id,
        type=invocation_type,
        source=headers["ce-source"],
        api_version=api_version,
        function_name=_text(function_context, "functionName") or "",
        function_invocation_id=invocation_id,
        permission_sets=permission_sets,
        claims=claims,
        caller_token=token,
        function_context=MappingProxyType(function_context),
        salesforce_context=MappingProxyType(salesforce_context),
        passed_on=_passed_on(headers),
    )


def _single(headers: Mapping[str, str], name: str, missing: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise InvalidRequest(missing)
    if not _ONE_VALUE.fullmatch(value):
        raise InvalidRequest(f"Invalid {name}: expected one value of printable ASCII, sent once")
    return value


def _bearer_token(headers: Mapping[str, str]) -> AccessToken:
    value = headers.get("authorization", "")
    if not value:
        raise InvalidRequest("Authorization not found")
    scheme, _, token = value.partition(" ")
    if scheme != "Bearer" or not TOKEN.fullmatch(token):
        raise InvalidRequest("Invalid Authorization")
    return AccessToken(token)


def _context(headers: Mapping[str, str], name: str, kind: str) -> dict[str, Any]:
    encoded = headers.get(name, "")
    if not encoded:
        raise InvalidRequest(f"{kind} context header {name} not found")
    try:
        if len(encoded) > LONGEST_CONTEXT:
            raise ValueError(f"longer than {LONGEST_CONTEXT} characters")
        # MIME encoders, Java's among them, break the text into lines.
        return parse_object(base64.b64decode(re.sub(r"[\r\n\t ]", "", encoded), validate=True))
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest(
            f"Invalid {name} format - expected base64 encoded header: {error}"
        ) from error


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def _required(fields: Mapping[str, Any], name: str, missing: str) -> str:
    if (value := _text(fields, name)) is None:
        raise InvalidRequest(missing)
    return value


def _invocation_type(function_context: Mapping[str, Any]) -> str:
    given = function_context.get("type", "undefined")
    if given not in (SYNC, ASYNC):  # a tuple: what was given may not be hashable
        shown = given if isinstance(given, str) else json.dumps(given)
        raise InvalidRequest(f"Invalid function invocation type {shown[:_LONGEST_SHOWN]}")
    return str(given)


def _function_invocation_id(context: Mapping[str, Any], invocation_type: str) -> str | None:
    if invocation_type != ASYNC:
        return None
    value = _required(
        context,
        "functionInvocationId",
        "AsyncFunctionInvocationRequest__c ID not provided for async invocation",
    )
    if not is_id(value):
        raise InvalidRequest("Invalid AsyncFunctionInvocationRequest__c ID")
    return value


def _permission_sets(function_context: Mapping[str, Any]) -> tuple[PermissionSet, ...]:
    given = function_context.get("permissionSets")
    if given is None:
        return ()
    if not isinstance(given, list):
        raise InvalidRequest("Expected array of Permission Sets")
    if len(given) > MOST_PERMISSION_SETS:
        raise InvalidRequest(f"Expected at most {MOST_PERMISSION_SETS} Permission Sets")
    try:
        return tuple(PermissionSet.parse(name) for name in given)
    except (TypeError, ValueError) as error:
        raise InvalidRequest("Invalid Permission Set name") from error


def _api_version(salesforce_context: Mapping[str, Any]) -> str:
    value = _required(salesforce_context, "apiVersion", "API Version not provided")
    if not _API_VERSION.fullmatch(value):
        raise InvalidRequest("Invalid API Version: expected the form 57.0")
    return value


def _claims(salesforce_context: Mapping[str, Any]) -> Claims:
    user = salesforce_context.get("userContext")
    if not isinstance(user, dict):
        raise InvalidRequest(
            "Invalid ce-sfcontext format - expected base64 encoded header: no userContext in it"
        )
    org_id = _required(user, "orgId", "Organization ID not provided")
    username = _required(user, "username", "Username not provided")
    org_domain_url = _required(user, "orgDomainUrl", "SalesforceBaseUrl not provided")
    user_id = _required(user, "userId", "User ID not provided")
    if not is_id(org_id):
        raise InvalidRequest("Invalid Organization ID")
    if not is_id(user_id):
        raise InvalidRequest("Invalid User ID")
    return Claims(
        org_id=org_id,
        user_id=user_id,
        username=username,
        org_domain_url=org_domain_url,
        on_behalf_of_user_id=_on_behalf_of(user),
        namespace=_namespace(user),
    )


def _on_behalf_of(user: Mapping[str, Any]) -> str | None:
    value = user.get("onBehalfOfUserId")
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_id(value):
        raise InvalidRequest("Invalid onBehalfOfUserId")
    return value


def _namespace(user: Mapping[str, Any]) -> str:
    value = user.get("namespace")
    if value is None:
        return ""
    if not isinstance(value, str) or not _NAMESPACE.fullmatch(value):
        raise InvalidRequest("Invalid namespace")
    return value


def _passed_on(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    passed = [
        (name, _single(headers, name, f"{name} header not found"))
        for name in _PASSED_ON
        if headers.get(name)
    ]
    # A trace context that is malformed is left out, as W3C Trace Context asks for.
    if _TRACEPARENT.fullmatch(traceparent := headers.get("traceparent", "")):
        passed.append(("traceparent", traceparent))
        if _TRACESTATE.fullmatch(tracestate := headers.get("tracestate", "")):
            passed.append(("tracestate", tracestate))
    return tuple(passed)
