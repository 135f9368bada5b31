"""Who the owners of tokens are: asked at the org once, remembered for a while, refusals as well."""

from __future__ import annotations

import copy
import threading
from typing import TYPE_CHECKING, Final

from cachetools import TTLCache

from invocation.errors import CallerRejected, IdentityMismatch, ProxyError
from invocation.org.caller import Caller
from invocation.org.identity import MOST_REMEMBERED, CallerKeys, Remembered
from proxy.admission import Admission

if TYPE_CHECKING:
    from collections.abc import Callable

    from invocation.org.client import OrgClient
    from invocation.org.names import AccessToken, OrgUrl
    from invocation.settings.config import Config

REFUSED_S: Final = 5.0
"""How long a refused token is not asked about again."""
ACQUAINTED_S: Final = 8 * 3600.0
"""How long after its last verification a token's owner is no stranger: a session of the org."""


class Callers:
    """Identifies callers; one for the process, shared by its threads.

    Strangers may be made up by the thousand, and the org may be slow about each: they have a few
    places of their own, whose lack they are told at once. So they hold up nobody who is known.
    """

    def __init__(self, config: Config, *, org: OrgClient, clock: Callable[[], float]) -> None:
        self._org = org
        self._config = config
        self._keys = CallerKeys()
        self._known = Remembered[bytes, Caller](ttl_s=config.caller_cache_ttl_s, clock=clock)
        self._lock = threading.Lock()
        self._refused: TTLCache[bytes, ProxyError] = TTLCache(
            MOST_REMEMBERED, REFUSED_S, timer=clock
        )
        self._acquainted: TTLCache[bytes, None] = TTLCache(
            MOST_REMEMBERED, ACQUAINTED_S, timer=clock
        )
        self._strangers = Admission(max(1, config.max_inflight // 2), wait_s=0)
        self._acquaintances = Admission(config.max_inflight)

    def identify(self, org: OrgUrl, token: AccessToken, *, deadline: float) -> Caller:
        """Return who owns ``token``, as ``org`` says or said a moment ago.

        Raises:
            CallerRejected: nobody whom we serve; also when the org said so a moment ago.
            IdentityMismatch: ``org`` is not the My Domain of their org.
            ProxyFull: too many strangers at once.
            IntrospectionRefused: the org does not tell us which app the token is of.
            OrgUnavailable: no usable answer in time.
        """
        key = self._keys.key(org, token)

        def ask() -> Caller:
            return self._ask(key, org, token, deadline)

        if caller := self._known.peek(key):
            return caller
        self._require_not_refused(key)
        # Before joining somebody else's question too: who waits for its answer holds a thread.
        with self._places_for(key).place():
            return self._known.get(key, ask, deadline=deadline)

    def _require_allowed_app(self, org: OrgUrl, token: AccessToken, deadline: float) -> None:
        """Userinfo vouches for any session of the user: also for one that another app got."""
        allowed = self._config.caller_client_ids
        if not allowed:
            return
        app = self._org.app_of(
            org,
            token,
            consumer_key=self._config.consumer_key,
            consumer_secret=self._config.consumer_secret,
            deadline=deadline,
        )
        if app not in allowed:
            raise CallerRejected(
                "Unauthorized request",
                why="the token is of an app that is not in CALLER_CLIENT_IDS",
            )

    def _require_not_refused(self, key: bytes) -> None:
        with self._lock:
            refusal = self._refused.get(key)
        if refusal:
            raise copy.copy(refusal)  # each thread has a traceback of its own

    def _places_for(self, key: bytes) -> Admission:
        with self._lock:
            return self._acquaintances if key in self._acquainted else self._strangers

    def _ask(self, key: bytes, org: OrgUrl, token: AccessToken, deadline: float) -> Caller:
        try:
            caller = self._org.identify(org, token, org_id=self._config.org_id, deadline=deadline)
            self._require_allowed_app(org, token, deadline)
        except (CallerRejected, IdentityMismatch) as error:
            with self._lock:
                self._refused[key] = copy.copy(error)  # without its traceback, which holds much
                self._acquainted.pop(key, None)
            raise
        with self._lock:
            self._acquainted[key] = None
        return caller
