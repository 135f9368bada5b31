"""What an administrator has set up: users, permission sets, connected apps."""

import threading
from collections.abc import Iterable
from ipaddress import ip_network

from orgsim.entities import ConnectedApp, PermissionSet, Policy, User
from orgsim.ids import id_of, new_ids
from orgsim.oauth.public_key import read_public_key


class Administration:
    """Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._user_ids = new_ids("005")
        self._users: dict[str, User] = {}
        self._permission_sets: dict[tuple[str, str], PermissionSet] = {}
        self._apps: dict[str, ConnectedApp] = {}

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

    def permission_set(self, name: str, namespace: str) -> PermissionSet | None:
        """Return the permission set of that name, in any case."""
        with self._lock:
            return self._permission_sets.get((namespace.casefold(), name.casefold()))

    def app(self, consumer_key: str) -> ConnectedApp | None:
        """Return the connected app of that consumer key."""
        with self._lock:
            return self._apps.get(consumer_key)

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
