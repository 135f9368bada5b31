"""Who calls, and what is remembered of them: verified callers and minted tokens, in memory only."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from cachetools import TTLCache

from invocation.errors import IdentityMismatch, OrgUnavailable
from invocation.org.names import to_18
from invocation.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from invocation.org.caller import Caller
    from invocation.org.names import AccessToken, OrgUrl, PermissionSet
    from invocation.request import Claims

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")

MOST_REMEMBERED: Final = 10_000
"""Entries of each cache; the least recently used one makes room."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenKey:
    """What makes two minted tokens interchangeable.

    The exact permission sets belong to it: activation is bound to the session, so a token with
    more of them must never serve a call that asked for fewer.
    """

    caller: Caller
    permission_sets: tuple[PermissionSet, ...] = field(compare=False)
    """As spelled by the caller, each once."""
    permission_set_names: tuple[str, ...]
    """The same in lower case, which is all that the org tells apart, and sorted."""
    audience: str
    consumer_key: str = field(repr=False)


class Remembered(Generic[K, V]):
    """A bounded cache whose entries expire, with one load at a time for each key.

    Callers that arrive while a load runs wait for it and share its value or its error.

    Args:
        ttl_s: how long a value is used; 0 turns remembering and sharing off.
        clock: monotonic seconds.
    """

    def __init__(self, *, ttl_s: float, clock: Callable[[], float]) -> None:
        self._ttl_s = ttl_s
        self._clock = clock
        self._lock = threading.Lock()
        self._values: TTLCache[K, V] = TTLCache(MOST_REMEMBERED, ttl_s, timer=clock)
        self._loads = SingleFlight[K, V]()

    def get(self, key: K, load: Callable[[], V], *, deadline: float) -> V:
        """Return the value of ``key``, loading it at most once at a time.

        Raises:
            OrgUnavailable: another call's load did not end before ``deadline``.
            Exception: what ``load`` raised, here or in the call that was waited for.
        """
        if not self._ttl_s:
            return load()
        if (value := self.peek(key)) is not None:
            return value
        timeout_s = deadline - self._clock()
        try:
            return self._loads.join(key, lambda: self._load(key, load), timeout_s=timeout_s)
        except TimeoutError as error:
            raise OrgUnavailable("The org did not answer in time") from error

    def peek(self, key: K) -> V | None:
        """Return what is remembered for ``key``, if anything; waits for nothing."""
        with self._lock:
            return self._values.get(key)

    def _load(self, key: K, load: Callable[[], V]) -> V:
        if (value := self.peek(key)) is not None:
            return value  # another load ended just before this one
        value = load()
        with self._lock:
            self._values[key] = value
        return value

    def drop(self, key: K, value: V) -> None:
        """Forget ``value``, unless another one has taken its place meanwhile."""
        with self._lock, contextlib.suppress(KeyError):  # it may expire between the two looks
            if self._values[key] == value:
                del self._values[key]


class CallerKeys:
    """Makes cache keys of caller tokens, from which no token can be told."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def key(self, org_url: OrgUrl, token: AccessToken) -> bytes:
        """Return the key of a token checked at ``org_url``; it means nothing in another process."""
        return hmac.digest(self._secret, f"{org_url}\n{token}".encode(), hashlib.sha256)


def require_same_identity(claims: Claims, caller: Caller) -> None:
    """Refuse a context that names anyone but the token's owner.

    Raises:
        IdentityMismatch: naming the field, not the true value.
    """
    differing = {
        "orgId": to_18(claims.org_id) != caller.org_id,
        "userId": to_18(claims.user_id) != caller.user_id,
        "username": _lower(claims.username) != _lower(caller.username),
        "onBehalfOfUserId": claims.on_behalf_of_user_id is not None
        and to_18(claims.on_behalf_of_user_id) != caller.user_id,
    }
    for name, differs in differing.items():
        if differs:
            raise IdentityMismatch(f"{name} in ce-sfcontext is not that of the caller's token")


def _lower(username: str) -> bytes:
    """ASCII letters in lower case, all others as they are: only those are the same to the org."""
    return username.encode("utf-8", "surrogatepass").lower()
