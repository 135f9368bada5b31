"""The simulated org: what its administrator set up, and what happened since."""

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, Final

from orgsim.assertion import approved_user, verify_assertion
from orgsim.async_requests import AsyncRequests, Record, object_name
from orgsim.data import Data
from orgsim.entities import ConnectedApp, OrgSettings, PermissionSet, Policy, Session, User
from orgsim.faults import Faults
from orgsim.ids import id_of, new_ids
from orgsim.journal import Journal
from orgsim.public_key import read_public_key
from orgsim.sessions import Sessions

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?")


class SimulatedOrg:
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
        self._lock = threading.RLock()
        self._user_ids = new_ids("005")
        self._users: dict[str, User] = {}
        self._permission_sets: dict[tuple[str, str], PermissionSet] = {}
        self._apps: dict[str, ConnectedApp] = {}

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

    # What an administrator does.

    def add_user(
        self,
        username: str,
        *,
        user_id: str | None = None,
        active: bool = True,
        login_ip_ranges: Iterable[str] = (),
    ) -> User:
        """Add a user, or change the one of that name; without ``user_id`` it keeps or gets one.

        Raises:
            ValueError: the id is no user's, or belongs to somebody else; or no network is given.
        """
        ranges = tuple(str(ip_network(each)) for each in login_ip_ranges)
        with self._lock:
            known = self._users.get(username.casefold())
            user = User(
                id=self._user_id(user_id, known),
                username=known.username if known else username,
                active=active,
                login_ip_ranges=ranges,
            )
            self._users[username.casefold()] = user
            return user

    def add_permission_set(
        self,
        name: str,
        *,
        namespace: str = "",
        assigned_to: Iterable[str] = (),
        session_based: bool = True,
    ) -> PermissionSet:
        """Add a permission set, or replace the one of that name.

        Raises:
            ValueError: it is assigned to somebody who is no user.
        """
        with self._lock:
            permission_set = PermissionSet(
                name=name,
                namespace=namespace,
                assigned_to=self._usernames(assigned_to),
                session_based=session_based,
            )
            self._permission_sets[namespace.casefold(), name.casefold()] = permission_set
            return permission_set

    def add_app(
        self,
        consumer_key: str,
        public_key_pem: str,
        *,
        policy: Policy | str = Policy.ADMIN_APPROVED,
        approved_users: Iterable[str] = (),
        my_domain_only: bool = False,
        consumer_secret: str | None = None,
    ) -> ConnectedApp:
        """Add a connected app, or replace the one of that consumer key.

        Args:
            consumer_key: the ``iss`` of its assertions.
            public_key_pem: an RSA public key or an X.509 certificate.
            policy: who may use it.
            approved_users: the users who are approved.
            my_domain_only: take the org's own origin as the only audience.
            consumer_secret: with it the app may introspect tokens.

        Raises:
            ValueError: the key, the policy or a user is not there.
        """
        with self._lock:
            app = ConnectedApp(
                consumer_key=consumer_key,
                public_key=read_public_key(public_key_pem),
                policy=Policy(policy),
                approved_users=self._usernames(approved_users),
                my_domain_only=my_domain_only,
                consumer_secret=consumer_secret,
            )
            self._apps[consumer_key] = app
            return app

    # What is there.

    def users(self) -> tuple[User, ...]:
        """Return every user."""
        with self._lock:
            return tuple(self._users.values())

    def permission_sets(self) -> tuple[PermissionSet, ...]:
        """Return every permission set."""
        with self._lock:
            return tuple(self._permission_sets.values())

    def apps(self) -> tuple[ConnectedApp, ...]:
        """Return every connected app."""
        with self._lock:
            return tuple(self._apps.values())

    def user(self, username: str) -> User | None:
        """Return the user of that name, in any case."""
        with self._lock:
            return self._users.get(username.casefold())

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
            find_app=self._apps.get,
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
        with self._lock:
            found = self._permission_sets.get((namespace.casefold(), name.casefold()))
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

    def _usernames(self, usernames: Iterable[str]) -> frozenset[str]:
        users = {name: self._users.get(name.casefold()) for name in usernames}
        for name, user in users.items():
            if user is None:
                raise ValueError(f"{name[:80]!r} is not a user of this org")
        return frozenset(user.username for user in users.values() if user)

    def _user_id(self, given: str | None, known: User | None) -> str:
        if given is None:
            taken = {user.id for user in self._users.values()}
            return known.id if known else next(i for i in self._user_ids if i not in taken)
        user_id = id_of("005", given)
        if any(user.id == user_id and user is not known for user in self._users.values()):
            raise ValueError(f"{user_id} is already another user's id")
        return user_id
