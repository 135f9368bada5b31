"""The requests that Apex sends, built byte for byte and without any of the proxy's code."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from localstack.seed import ORG_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SYNC_TYPE: Final = "com.salesforce.function.invoke.sync"
ASYNC_TYPE: Final = "com.salesforce.function.invoke.async"
FUNCTION: Final = "demo.hello"
API_VERSION: Final = "65.0"
ASYNC_RECORD_ID: Final = "a00xx000000bz3tAAA"
REMOVED: Final = object()
"""As an override of a context's field: the field is left out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who calls, as Apex describes them; change one field to tell a lie."""

    org_id: str = ORG_ID
    user_id: str = "005xx000001X8UzAAK"
    username: str = "admin@example.com"
    org_domain_url: str = "https://mycompany.my.salesforce.com"
    salesforce_base_url: str = "https://na1.salesforce.com"
    token: str = "00Dxx0000006IYJ!AQEAQKcallersown.token_of~the+org/="  # noqa: S105 - invented


@dataclass(frozen=True, kw_only=True, slots=True)
class ApexRequest:
    """One request, ready to be sent."""

    path: str
    headers: dict[str, str]
    """With the names as Apex writes them."""
    body: bytes

    @property
    def by_lower_name(self) -> dict[str, str]:
        """The headers as a WSGI application gets to see them."""
        return {name.lower(): value for name, value in self.headers.items()}

    def as_bytes(self, *, keep: bool = True) -> bytes:
        """Return it as it goes over a connection, which stays open if it is to be kept."""
        lines = [f"POST {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [] if keep else ["Connection: close"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


ADMIN: Final = Identity()


def identity_of(user: tuple[str, str], *, token: str, org_url: str) -> Identity:
    """Return a user of the simulated org, by name and id, as Apex describes them."""
    return Identity(
        org_id=ORG_ID,
        user_id=user[1],
        username=user[0],
        org_domain_url=org_url,
        salesforce_base_url=org_url,
        token=token,
    )


def apex_request(
    identity: Identity = ADMIN,
    *,
    asynchronous: bool = False,
    permission_sets: Sequence[str] = (),
    headers: Mapping[str, str | None] | None = None,
    function_context: Mapping[str, object] | None = None,
    salesforce_context: Mapping[str, object] | None = None,
) -> ApexRequest:
    """Return the request of ``Function.invoke()`` in Apex.

    Args:
        identity: who calls.
        asynchronous: with a callback, hence to ``/async``.
        permission_sets: session-based ones that the function is to run with.
        headers: replaced ones by their name in any case; None leaves the header out.
        function_context: replaced fields of ``ce-sffncontext``; `REMOVED` leaves one out.
        salesforce_context: the same of ``ce-sfcontext``; a mapping for ``userContext`` replaces
            only the fields in it.
    """
    kind = ASYNC_TYPE if asynchronous else SYNC_TYPE
    record_id = ASYNC_RECORD_ID if asynchronous else None
    path = "/async" if asynchronous else "/sync"
    request_id = f"{identity.org_id}-4Y4W3Lw_LkoskcHdEaZze-{record_id or ''}-MyFunction-{_TIME}"
    function = {
        "id": request_id,
        "functionName": "MyProject.MyFunction",
        "resource": f"https://javafunction.herokuapp.com{path}",
        "source": f"urn:event:from:salesforce/xx/{identity.org_id}/apex",
        "type": kind,
        "requestTime": _TIME,
        "functionInvocationId": record_id,
        "permissionSets": list(permission_sets),
    }
    salesforce = {
        "apiVersion": "57.0",
        "payloadVersion": "0.1",
        "userContext": {
            "orgId": identity.org_id,
            "userId": identity.user_id,
            "username": identity.username,
            "salesforceBaseUrl": identity.salesforce_base_url,
            "orgDomainUrl": identity.org_domain_url,
            "namespace": "",
            "onBehalfOfUserId": None,
        },
    }
    sent = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {identity.token}",
        "X-Request-Id": request_id,
        "request-id": request_id,
        "ce-specversion": "1.0",
        "ce-id": request_id,
        "ce-source": f"urn:event:from:salesforce/xx/{identity.org_id}/apex",
        "ce-datacontenttype": "application/json",
        "ce-type": kind,
        "ce-sffncontext": encode_context(_replaced(function, function_context)),
        "ce-sfcontext": encode_context(_replaced(salesforce, salesforce_context)),
    }
    return ApexRequest(
        path=path, headers=_with_headers(sent, headers or {}), body=b'{"html":"<p>Hi</p>"}'
    )


def new_request(
    identity: Identity, *, permission_sets: Sequence[str] = (), record_id: str | None = None
) -> ApexRequest:
    """Return a request of this moment, with an id that no other has.

    Args:
        identity: who calls.
        permission_sets: session-based ones to activate.
        record_id: of the record that waits for the outcome; None: a synchronous call.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    invocation_id = f"{identity.org_id}-{uuid4()}-{FUNCTION}-{now}"
    return apex_request(
        identity,
        asynchronous=record_id is not None,
        permission_sets=permission_sets,
        headers=dict.fromkeys(("X-Request-Id", "request-id", "ce-id"), invocation_id),
        function_context={
            "id": invocation_id,
            "functionName": FUNCTION,
            "requestTime": now,
            "functionInvocationId": record_id,
        },
        salesforce_context={"apiVersion": API_VERSION},
    )


def encode_context(context: object) -> str:
    """Return a context header's value: base64, in one line, of JSON without spaces."""
    text = json.dumps(context, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def decode_context(value: str) -> dict[str, Any]:
    """Return what a context header says."""
    context: dict[str, Any] = json.loads(base64.b64decode(value, validate=True))
    return context


_TIME: Final = "2023-03-23T15:18:53.429-0700"


def _replaced(
    context: Mapping[str, object], overrides: Mapping[str, object] | None
) -> dict[str, object]:
    result = dict(context)
    for name, value in (overrides or {}).items():
        before = context.get(name)
        if value is REMOVED:
            del result[name]
        elif isinstance(before, dict) and isinstance(value, dict):
            result[name] = _replaced(before, value)
        else:
            result[name] = value
    return result


def _with_headers(sent: Mapping[str, str], overrides: Mapping[str, str | None]) -> dict[str, str]:
    replaced = {name.lower() for name in overrides}
    kept = {name: value for name, value in sent.items() if name.lower() not in replaced}
    return kept | {name: value for name, value in overrides.items() if value is not None}
