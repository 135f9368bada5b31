"""The story of one invocation: who calls, may he, lend the function a token, forward, answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxy.assertion import audience_for, sign_assertion
from proxy.errors import OrgNotAllowed, OrgUnavailable, PermissionSetNotAllowed, SessionExpired
from proxy.identity import Caller, CallerKeys, Remembered, TokenKey, require_same_identity
from proxy.salesforce_names import PermissionSet, parse_base_url, parse_org_url
from proxy.wire import AccessToken, function_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxy.config import Config
    from proxy.function_client import FunctionAnswer, FunctionClient
    from proxy.org import OrgClient
    from proxy.salesforce_names import OrgUrl
    from proxy.wire import Invocation

_DEAD_SESSION: Final = b"INVALID_SESSION_ID"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """Where time comes from."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds, for deadlines and caches."""
    epoch: Callable[[], float] = time.time
    """Seconds since 1970, for assertions."""


class Invoker:
    """Carries invocations out; one for the process, shared by its threads."""

    def __init__(
        self,
        config: Config,
        *,
        org: OrgClient,
        function: FunctionClient,
        clocks: Clocks | None = None,
    ) -> None:
        self._config = config
        self._org = org
        self._function = function
        self._clocks = clocks or Clocks()
        clock = self._clocks.monotonic
        self._caller_keys = CallerKeys()
        self._callers = Remembered[bytes, Caller](ttl_s=config.caller_cache_ttl_s, clock=clock)
        self._tokens = Remembered[TokenKey, AccessToken](
            ttl_s=config.token_cache_ttl_s, clock=clock
        )

    def invoke(self, invocation: Invocation) -> FunctionAnswer:
        """Run one synchronous invocation and return the function's answer, whatever its status.

        Raises:
            ProxyError: the step that failed; see `proxy.errors`.
        """
        arrived = self._clocks.monotonic()
        org_deadline = arrived + min(self._config.org_timeout_s, self._config.function_timeout_s)

        org = self._require_allowed_org(invocation)
        caller = self._identify(invocation, org, org_deadline)
        require_same_identity(invocation.claims, caller)
        self._require_allowed_permission_sets(invocation)
        key = self._token_key(invocation, caller)
        token = self._token_for(invocation, key, org_deadline)
        answer = self._forward(invocation, caller, token, arrived)
        self._forget_dead_token(key, token, answer)
        return answer

    def _require_allowed_org(self, invocation: Invocation) -> OrgUrl:
        try:
            return parse_org_url(invocation.claims.org_domain_url, allowed=self._config.org_origins)
        except ValueError as error:
            raise OrgNotAllowed(
                "orgDomainUrl is not an org that this app may talk to (see ORG_DOMAIN_URL)"
            ) from error

    def _identify(self, invocation: Invocation, org: OrgUrl, deadline: float) -> Caller:
        token = invocation.caller_token
        return self._callers.get(
            self._caller_keys.key(org, token),
            lambda: self._org.identify(org, token, org_id=self._config.org_id, deadline=deadline),
            deadline=deadline,
        )

    def _require_allowed_permission_sets(self, invocation: Invocation) -> None:
        allowed = self._config.allowed_permission_sets
        for wanted in invocation.permission_sets:
            if allowed is not None and wanted.api_name not in allowed:
                raise PermissionSetNotAllowed(
                    f"Permission Set {wanted.api_name} is not in ALLOWED_PERMISSION_SETS"
                )

    def _token_key(self, invocation: Invocation, caller: Caller) -> TokenKey:
        return TokenKey(
            org_url=caller.org_url,
            org_id=caller.org_id,
            user_id=caller.user_id,
            username=caller.username,
            permission_sets=tuple(
                sorted({wanted.api_name for wanted in invocation.permission_sets})
            ),
            audience=audience_for(caller.org_url, configured=self._config.audience),
            consumer_key=self._config.consumer_key,
        )

    def _token_for(self, invocation: Invocation, key: TokenKey, deadline: float) -> AccessToken:
        def mint_and_activate() -> AccessToken:
            try:
                return self._mint_and_activate(key, invocation.api_version, deadline)
            except SessionExpired:
                return self._mint_and_activate(key, invocation.api_version, deadline)

        try:
            return self._tokens.get(key, mint_and_activate, deadline=deadline)
        except SessionExpired as error:
            raise OrgUnavailable("The org ends each session as soon as it is minted") from error

    def _mint_and_activate(self, key: TokenKey, api_version: str, deadline: float) -> AccessToken:
        assertion = sign_assertion(
            consumer_key=key.consumer_key,
            username=key.username,
            audience=key.audience,
            now_s=self._clocks.epoch(),
            key=self._config.private_key,
        )
        token = self._org.mint(key.org_url, assertion, username=key.username, deadline=deadline)
        if wanted := [PermissionSet.parse(name) for name in key.permission_sets]:
            self._org.activate(
                key.org_url, token, wanted, api_version=api_version, deadline=deadline
            )
        return token

    def _forward(
        self, invocation: Invocation, caller: Caller, token: AccessToken, arrived: float
    ) -> FunctionAnswer:
        base_url = parse_base_url(
            invocation.salesforce_context["userContext"].get("salesforceBaseUrl"),
            org=caller.org_url,
        )
        headers = function_headers(
            invocation, access_token=token, base_url=base_url, org_url=caller.org_url
        )
        deadline = arrived + self._config.function_timeout_s
        return self._function.invoke(headers, invocation.body, deadline=deadline)

    def _forget_dead_token(self, key: TokenKey, token: AccessToken, answer: FunctionAnswer) -> None:
        """Mint anew for the next call when the org ended the session early.

        The function is the first to notice; its error tells. It is not run again: it may have
        done half of its work.
        """
        if answer.status >= 500 and _DEAD_SESSION in answer.body:
            self._tokens.drop(key, token)
