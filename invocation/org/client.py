"""The org's REST API: who owns a token, mint a token, activate permission sets. I/O only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from invocation.errors import (
    ActivationRefused,
    CallerRejected,
    IdentityMismatch,
    OrgUnavailable,
    SessionExpired,
)
from invocation.org.caller import Caller
from invocation.org.http import OrgHttp
from invocation.org.names import TOKEN, AccessToken, to_18
from invocation.org.refusals import (
    activation_reasons,
    introspection_refusal,
    other_org,
    token_refusal,
    why_unknown,
    write_failure,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from invocation.org.http import OrgAnswer
    from invocation.org.names import OrgUrl, PermissionSet

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OrgClient:
    """Talks to one or more orgs over one pool of connections; safe to share between threads.

    Args:
        connections: kept open per org; as many as threads may call at once.
        clock: monotonic seconds, the one of the deadlines.
    """

    def __init__(self, *, connections: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = OrgHttp(connections=connections, clock=clock)

    def close(self) -> None:
        """Close the idle connections."""
        self._http.close()

    def identify(self, org: OrgUrl, token: AccessToken, *, org_id: str, deadline: float) -> Caller:
        """Return whose ``token`` it is, as told by the org itself.

        Args:
            org: where to ask.
            token: the caller's.
            org_id: the only org whose users may call, 18 characters.
            deadline: of the clock.

        Raises:
            CallerRejected: unknown or expired token, inactive user, another org.
            IdentityMismatch: the org says that its My Domain is another one.
            OrgUnavailable: no usable answer.

        Source: Salesforce help, "UserInfo endpoint"; its errors are 403 with a bare word as body.
        """
        answer = self._http.call("GET", f"{org}/services/oauth2/userinfo", deadline, token=token)
        if answer.status in {401, 403, 404} and not answer.body.lstrip().startswith(b"<"):
            raise CallerRejected("Unauthorized request", why=why_unknown(answer, token, org_id))
        info = _usable(answer)
        owner = Caller(
            org_id=to_18(_word(info, "organization_id")),
            user_id=to_18(_word(info, "user_id")),
            username=_word(info, "preferred_username"),
            org_url=org,
        )
        if owner.org_id != org_id:
            raise CallerRejected("Unauthorized request", why=other_org(owner.org_id, org_id))
        if info.get("active") is False:
            raise CallerRejected("Unauthorized request", why=f"user {owner.user_id} is not active")
        if not _same_host(info, org):
            raise IdentityMismatch("orgDomainUrl is not the My Domain of the caller's org")
        return owner

    def app_of(
        self,
        org: OrgUrl,
        token: AccessToken,
        *,
        consumer_key: str,
        consumer_secret: str,
        deadline: float,
    ) -> str | None:
        """Return the consumer key of the app that a token was issued to; None: to no app.

        Raises:
            CallerRejected: the org says that the token is none, or no longer.
            IntrospectionRefused: the app may not ask; a matter of set-up.
            OrgUnavailable: no usable answer.

        Source: Salesforce help, "OpenID Connect Token Introspection"; RFC 7662.
        """
        form = {
            "token": token,
            "token_type_hint": "access_token",
            "client_id": consumer_key,
            "client_secret": consumer_secret,
        }
        answer = self._http.call("POST", f"{org}/services/oauth2/introspect", deadline, form=form)
        if 400 <= answer.status < 500:
            raise introspection_refusal(answer)
        introspection = _usable(answer)
        if introspection.get("active") is not True:
            raise CallerRejected("Unauthorized request", why="the org says the token is not active")
        app = introspection.get("client_id")
        return app if isinstance(app, str) else None

    def mint(self, caller: Caller, assertion: str, *, deadline: float) -> AccessToken:
        """Return a new token for the function, of the very caller.

        Raises:
            TokenRefused: the org's error and its description; a matter of set-up.
            OrgUnavailable: no usable answer, or somebody else's token.

        Source: Salesforce help, "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration".
        """
        form = {"grant_type": JWT_BEARER, "assertion": assertion}
        answer = self._http.call(
            "POST", f"{caller.org_url}/services/oauth2/token", deadline, form=form
        )
        if 400 <= answer.status < 500:
            raise token_refusal(answer, caller)
        minted = _usable(answer)
        _require_owner(minted.get("id"), caller)
        token = minted.get("access_token")
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise OrgUnavailable("The org's answer to the token request holds no token")
        return AccessToken(token)

    def activate(
        self,
        org: OrgUrl,
        token: AccessToken,
        permission_sets: Sequence[PermissionSet],
        *,
        api_version: str,
        deadline: float,
    ) -> None:
        """Activate session-based permission sets on the session of a minted token.

        Raises:
            ActivationRefused: the user may not have one of them; a matter of set-up.
            SessionExpired: the token is no longer one.
            OrgUnavailable: no usable answer.

        Source: Salesforce actions developer guide, "Activate Session-Based Permission Set".
        """
        url = f"{org}/services/data/v{api_version}/actions/standard/activateSessionPermSet"
        inputs = {"inputs": [_activation_input(wanted) for wanted in permission_sets]}
        answer = self._http.call("POST", url, deadline, token=token, payload=inputs)
        if answer.status == 401:
            raise SessionExpired("The org no longer knows the minted token")
        results = answer.json()
        if not isinstance(results, list):
            raise OrgUnavailable("The org's answer to the permission set activation makes no sense")
        if answer.status == 200 and _all_succeeded(results, len(permission_sets)):
            return
        names = ", ".join(wanted.api_name for wanted in permission_sets)
        why = activation_reasons(results)
        raise ActivationRefused(
            f"Unable to activate session-based Permission Set(s) {names}: {why}"
        )

    def update_record(
        self,
        org: OrgUrl,
        token: AccessToken,
        path: str,
        fields: Mapping[str, Any],
        *,
        deadline: float,
    ) -> None:
        """Write fields of one record.

        Args:
            org: whose record it is.
            token: of a user who may write it.
            path: of the record, from ``/services/data/`` on.
            fields: by API name.
            deadline: of the clock.

        Raises:
            RecordRefused: it will never be taken.
            FieldTooLong: a value is longer than its field.
            SessionExpired: the token is no longer one.
            OrgUnavailable: it may be taken later.

        Source: REST API developer guide, "Update a Record" and "Status Codes and Error Responses".
        """
        url = f"{org}{path}"
        answer = self._http.call("PATCH", url, deadline, token=token, payload=fields, tries=1)
        if answer.status < 300 and answer.status != 204:  # a maintenance page can be a 200
            raise OrgUnavailable("The org's answer to the record's update makes no sense")
        if answer.status != 204:
            raise write_failure(answer)

    def read_record(
        self, org: OrgUrl, token: AccessToken, path: str, *, deadline: float
    ) -> dict[str, Any]:
        """Return one record's fields by API name.

        Raises:
            RecordRefused: it is not there, or not for this user.
            SessionExpired: the token is no longer one.
            OrgUnavailable: no usable answer.
        """
        answer = self._http.call("GET", f"{org}{path}", deadline, token=token)
        if answer.status != 200:
            raise write_failure(answer)
        return _usable(answer)


def _usable(answer: OrgAnswer) -> dict[str, Any]:
    value = answer.json()
    if answer.status != 200 or not isinstance(value, dict):
        raise OrgUnavailable("The org's answer makes no sense")
    return value


def _word(info: Mapping[str, Any], name: str) -> str:
    value = info.get(name)
    if not isinstance(value, str) or not value:
        raise OrgUnavailable("The org's answer about the caller is incomplete")
    return value


def _same_host(info: Mapping[str, Any], org: OrgUrl) -> bool:
    """``urls.custom_domain``, which only newer orgs tell, must be where we asked."""
    urls = info.get("urls")
    domain = urls.get("custom_domain") if isinstance(urls, dict) else None
    return domain is None or (isinstance(domain, str) and domain.lower().removesuffix("/") == org)


def _require_owner(identity_url: object, caller: Caller) -> None:
    """``id``, when the org sends it, names whose token it is: a username can change hands.

    Source: Salesforce help, "Identity URLs": ``https://login.salesforce.com/id/<org>/<user>``.
    """
    if identity_url is None:
        return
    named = identity_url.split("/")[-2:] if isinstance(identity_url, str) else []
    if [to_18(each) for each in named] != [caller.org_id, caller.user_id]:
        raise OrgUnavailable("The org minted another user's token: it is not used")


def _activation_input(wanted: PermissionSet) -> dict[str, str]:
    names = {"PermSetName": wanted.name}
    return names | {"PermSetNamespace": wanted.namespace} if wanted.namespace else names


def _all_succeeded(results: list[Any], expected: int) -> bool:
    return len(results) == expected and all(
        isinstance(result, dict) and result.get("isSuccess") is True for result in results
    )
