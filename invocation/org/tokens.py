"""Tokens for the function: minted for the verified user, permission sets activated, remembered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from invocation.errors import OrgUnavailable, SessionExpired
from invocation.org.assertion import audience_for, sign_assertion
from invocation.org.identity import Remembered, TokenKey
from invocation.org.names import AccessToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from invocation.org.assertion import ConnectedApp
    from invocation.org.caller import Caller
    from invocation.org.client import OrgClient
    from invocation.org.names import PermissionSet


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """Where time comes from."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds, for deadlines and caches."""
    epoch: Callable[[], float] = time.time
    """Seconds since 1970, for assertions and jobs."""


class Tokens:
    """Lends tokens; one for the process, shared by its threads.

    Args:
        app: that mints them.
        remembered_s: how long one is used again; 0: not at all.
        org: where they are minted.
        clocks: of the cache and of the assertions.
    """

    def __init__(
        self, app: ConnectedApp, *, remembered_s: float, org: OrgClient, clocks: Clocks
    ) -> None:
        self._app = app
        self._org = org
        self._clocks = clocks
        self._remembered = Remembered[TokenKey, AccessToken](
            ttl_s=remembered_s, clock=clocks.monotonic
        )

    def key(self, caller: Caller, permission_sets: Iterable[PermissionSet]) -> TokenKey:
        """Return what makes a token of ``caller`` with just these permission sets."""
        by_name = {wanted.api_name.lower(): wanted for wanted in permission_sets}
        names = tuple(sorted(by_name))
        return TokenKey(
            caller=caller,
            permission_sets=tuple(by_name[name] for name in names),
            permission_set_names=names,
            audience=audience_for(caller.org_url, configured=self._app.audience),
            consumer_key=self._app.consumer_key,
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

    def _mint_and_activate(self, key: TokenKey, api_version: str, deadline: float) -> AccessToken:
        assertion = sign_assertion(
            consumer_key=key.consumer_key,
            username=key.caller.username,
            audience=key.audience,
            now_s=self._clocks.epoch(),
            key=self._app.private_key,
        )
        token = self._org.mint(key.caller, assertion, deadline=deadline)
        if wanted := key.permission_sets:
            self._org.activate(
                key.caller.org_url, token, wanted, api_version=api_version, deadline=deadline
            )
        return token
