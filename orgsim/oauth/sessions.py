"""The org's sessions: opened, used, activated for, expired."""

import secrets
import string
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from orgsim.entities import OrgSettings, Session, hash_of

MOST_SESSIONS: Final = 10_000
"""Sessions remembered; the oldest makes room. Keeps a long benchmark's memory bounded."""

_SECRET_ALPHABET: Final = string.ascii_letters + string.digits + "._"
_SECRET_LENGTH: Final = 94


class Sessions:
    """Every live session by its token's hash. Safe to use from many threads."""

    def __init__(self, settings: OrgSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._by_hash: OrderedDict[str, Session] = OrderedDict()

    def open(self, username: str, consumer_key: str | None = None) -> Session:
        """Open a session for ``username``, or return the live one where the org reuses them."""
        with self._lock:
            if consumer_key and self._settings.reuse_sessions:
                for session in self._alive():
                    if (session.username, session.consumer_key) == (username, consumer_key):
                        return session
            now = self._clock()
            session = Session(
                token=self._new_token(),
                username=username,
                consumer_key=consumer_key,
                opened_at=now,
                expires_at=now + self._settings.session_lifetime_s,
            )
            self._by_hash[session.hash] = session
            while len(self._by_hash) > MOST_SESSIONS:
                self._by_hash.popitem(last=False)
            return session

    def find(self, token: str) -> Session | None:
        """Return the live session of ``token``, as used just now; ``None`` when there is none."""
        with self._lock:
            session = self._by_hash.get(hash_of(token))
            if session is None or not secrets.compare_digest(
                session.token.encode(), token.encode()
            ):
                return None
            now, lifetime_s = self._clock(), self._settings.session_lifetime_s
            if now >= session.expires_at:
                del self._by_hash[session.hash]
                return None
            if now > session.expires_at - lifetime_s / 2:
                session = replace(session, expires_at=now + lifetime_s)
                self._by_hash[session.hash] = session
            return session

    def activate(self, token: str, full_name: str) -> None:
        """Remember that a permission set is active in the session of ``token``, if it lives."""
        with self._lock:
            session = self._by_hash.get(hash_of(token))
            if session is not None:
                self._by_hash[session.hash] = replace(
                    session, activated=session.activated | {full_name}
                )

    def expire(self, chosen: Callable[[Session], bool]) -> int:
        """End every session that is ``chosen``; return how many were."""
        with self._lock:
            ended = [session.hash for session in self._alive() if chosen(session)]
            for key in ended:
                del self._by_hash[key]
            return len(ended)

    def alive(self) -> tuple[Session, ...]:
        """Return the live sessions, oldest first."""
        with self._lock:
            return self._alive()

    def _alive(self) -> tuple[Session, ...]:
        now = self._clock()
        return tuple(s for s in self._by_hash.values() if s.expires_at > now)

    def _new_token(self) -> str:
        secret = "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(_SECRET_LENGTH))
        return f"{self._settings.id[:15]}!AQ{secret}"
