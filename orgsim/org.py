"""The simulated org: what its administrator set up, and what happened since."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from orgsim.administration import Administration
from orgsim.data.async_requests import AsyncRequests, Record, object_name
from orgsim.data.records import Data
from orgsim.entities import OrgSettings, Session, User
from orgsim.faults import Faults
from orgsim.ids import id_of
from orgsim.journal import Journal
from orgsim.oauth.assertion import approved_user, verify_assertion
from orgsim.oauth.sessions import Sessions

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?")


class SimulatedOrg(Administration):
    """One org. Safe to use from many threads, also while it is being served.

    Attributes:
        settings: what the org itself is like.
        sessions: its live sessions.
        records, data: its AsyncFunctionInvocationRequest__c records; those of standard objects.
        faults: its planned failures.
        journal: counters and the latest requests.
    """

    def __init__(
        self, settings: OrgSettings | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Make an org without users.

        Args:
            settings: the org itself.
            clock: seconds since 1970; decides what has expired.

        Raises:
            ValueError: the org's id is none, or its My Domain is no origin.
        """
        super().__init__()
        settings = settings or OrgSettings()
        if settings.my_domain_url and not _ORIGIN.fullmatch(settings.my_domain_url):
            raise ValueError("my_domain_url must look like https://host or http://host:port")
        self.settings = replace(settings, id=id_of("00D", settings.id))
        self._machines_clock = clock
        clock = self.clock
        self.sessions = Sessions(self.settings, clock)
        self.records = AsyncRequests(clock)
        self.data = Data(clock, self.users, self.records)
        self.faults = Faults()
        self.journal = Journal(clock)

    @classmethod
    def built_in(cls, *, clock: Callable[[], float] = time.time) -> "SimulatedOrg":
        """Make the small org that ``python -m orgsim`` serves without a seed file."""
        org = cls(clock=clock)
        org.add_user("admin@example.com", user_id="005xx000001X8Uz")
        org.add_user("joe@example.com", user_id="005xx000001X8V0")
        org.add_permission_set("MyPermissionSet", assigned_to=["admin@example.com"])
        org.add_permission_set("AnotherPermissionSet", assigned_to=["joe@example.com"])
        return org

    def clock(self) -> float:
        """Return what time it is for the org, in seconds since 1970."""
        return self._machines_clock() + self.settings.clock_ahead_s

    # What a client does.

    def open_session(self, username: str) -> str:
        """Return the access token of a new session of a user, as Apex would obtain it.

        Raises:
            ValueError: there is no such user, or it is not active.
        """
        user = self.user(username)
        if user is None or not user.active:
            raise ValueError(f"{username[:80]!r} is not an active user")
        return self.sessions.open(user.username).token

    def mint(
        self, assertion: str, *, own_url: str, address: str = "127.0.0.1"
    ) -> tuple[Session, User]:
        """Exchange an assertion for a session.

        Args:
            assertion: the signed JWT.
            own_url: the org's origin, which is an audience too.
            address: who asks.

        Raises:
            OAuthRefused: with the platform's error and description.
        """
        self.journal.count("assertions_received")
        app, username = verify_assertion(
            assertion,
            find_app=self.app,
            audiences=(own_url, self.login_url),
            own_url=own_url,
            now=self.clock(),
        )
        user = approved_user(app, self.user(username), address=address)
        session = self.sessions.open(user.username, app.consumer_key)
        self.journal.count("tokens_minted")
        return session, user

    def session_of(self, token: str) -> tuple[Session, User] | None:
        """Return the live session of a token and its user; ``None``: either is gone."""
        session = self.sessions.find(token)
        user = self.user(session.username) if session else None
        return (session, user) if session and user and user.active else None

    def activate(self, session: Session, name: str, namespace: str) -> str | None:
        """Activate a permission set for one session; return what is wrong, or ``None``."""
        found = self.permission_set(name, namespace)
        full_name = f"{namespace}__{name}" if namespace else name
        if found is None or session.username not in found.assigned_to:
            return f"Permission set {full_name[:80]} isn't assigned to the current user"
        if not found.session_based:
            return f"Permission set {found.full_name} isn't session-based"
        self.sessions.activate(session.token, found.full_name)
        self.journal.count("activations")
        return None

    # What tests and the control API ask for.

    def activated(self, token: str) -> frozenset[str]:
        """Return the full names of the permission sets active in the session of ``token``."""
        session = self.sessions.find(token)
        return session.activated if session else frozenset()

    def expire_sessions(
        self,
        *,
        token: str | None = None,
        username: str | None = None,
        hash: str | None = None,  # noqa: A002
    ) -> int:
        """End the sessions that fit everything given (nothing: all); return how many did."""

        def chosen(session: Session) -> bool:
            return (
                (token is None or session.token == token)
                and (username is None or session.username.casefold() == username.casefold())
                and (hash is None or session.hash == hash)
            )

        return self.sessions.expire(chosen)

    def create_record(
        self,
        fields: dict[str, Any] | None = None,
        *,
        namespace: str = "",
        username: str = "apex@simulated",
    ) -> Record:
        """Insert an AsyncFunctionInvocationRequest__c as Apex does: its status is PENDING.

        Args:
            fields: further or other values, by full field name.
            namespace: of the package it belongs to; counts as installed from now on.
            username: who inserts it.

        Raises:
            ApiRefused: a field does not exist or has a bad value.
            ValueError: that is no namespace.
        """
        self.records.install(namespace)
        prefix = object_name(namespace).removesuffix(object_name(""))
        values = {f"{prefix}Status__c": "PENDING", **(fields or {})}
        return self.records.create(values, namespace=namespace, username=username)

    def record(self, record_id: str) -> Record:
        """Return a record with its history, even a deleted one.

        Raises:
            KeyError: there never was such a record.
        """
        record = self.records.history(record_id)
        if record is None:
            raise KeyError(record_id)
        return record

    def counters(self) -> dict[str, Any]:
        """Return what was counted since the start or the last ``journal.reset()``."""
        return self.journal.counters()

    @property
    def login_url(self) -> str:
        """The login host of this kind of org: an audience, and the start of identity URLs."""
        return f"https://{'test' if self.settings.is_sandbox else 'login'}.salesforce.com"
