"""Tokens for the function: minted for the verified user, permission sets activated, remembered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxy.assertion import audience_for, sign_assertion
from proxy.errors import OrgUnavailable, SessionExpired
from proxy.identity import Remembered, TokenKey
from proxy.salesforce_names import AccessToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from proxy.caller import Caller
    from proxy.config import Config
    from proxy.function_client import FunctionAnswer
    from proxy.org import OrgClient
    from proxy.salesforce_names import PermissionSet

_DEAD_SESSION: Final = b"INVALID_SESSION_ID"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """Where time comes from."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds, for deadlines and caches."""
    epoch: Callable[[], float] = time.time
    """Seconds since 1970, for assertions and jobs."""


class Tokens:
    """Lends tokens; one for the process, shared by its threads."""

    def __init__(self, config: Config, *, org: OrgClient, clocks: Clocks) -> None:
        self._config = config
        self._org = org
        self._clocks = clocks
        self._remembered = Remembered[TokenKey, AccessToken](
            ttl_s=config.token_cache_ttl_s, clock=clocks.monotonic
        )

    def key(self, caller: Caller, permission_sets: Iterable[PermissionSet]) -> TokenKey:
        """Return what makes a token of ``caller`` with just these permission sets."""
        by_name = {wanted.api_name.lower(): wanted for wanted in permission_sets}
        names = tuple(sorted(by_name))
        return TokenKey(
            caller=caller,
            permission_sets=tuple(by_name[name] for name in names),
            permission_set_names=names,
            audience=audience_for(caller.org_url, configured=self._config.audience),
            consumer_key=self._config.consumer_key,
        )

    def lend(self, key: TokenKey, *, api_version: str, deadline: float) -> AccessToken:
        """Return a token for ``key``, a remembered one or a new one.

        Raises:
            TokenRefused: the org does not mint it.
            ActivationRefused: the org does not activate one of the permission sets.
            OrgUnavailable: no usable answer in time.
        """

        def mint_and_activate() -> AccessToken:
            try:
                return self._mint_and_activate(key, api_version, deadline)
            except SessionExpired:
                return self._mint_and_activate(key, api_version, deadline)

        try:
            return self._remembered.get(key, mint_and_activate, deadline=deadline)
        except SessionExpired as error:
            raise OrgUnavailable("The org ends each session as soon as it is minted") from error

    def forget(self, key: TokenKey, token: AccessToken) -> None:
        """Mint anew the next time: the org no longer knows ``token``."""
        self._remembered.drop(key, token)

    def forget_if_dead(self, key: TokenKey, token: AccessToken, answer: FunctionAnswer) -> None:
        """Mint anew the next time when the function's answer says that its session ended early.

        The function is the first to notice; its error tells. It is not run again: it may have
        done half of its work.
        """
        if answer.status >= 500 and _DEAD_SESSION in answer.body:
            self.forget(key, token)

    def _mint_and_activate(self, key: TokenKey, api_version: str, deadline: float) -> AccessToken:
        assertion = sign_assertion(
            consumer_key=key.consumer_key,
            username=key.caller.username,
            audience=key.audience,
            now_s=self._clocks.epoch(),
            key=self._config.private_key,
        )
        token = self._org.mint(key.caller, assertion, deadline=deadline)
        if wanted := key.permission_sets:
            self._org.activate(
                key.caller.org_url, token, wanted, api_version=api_version, deadline=deadline
            )
        return token
