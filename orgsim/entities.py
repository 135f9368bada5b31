"""The things an org's administrator sets up, and the sessions its users have, as values."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


@dataclass(frozen=True, kw_only=True, slots=True)
class OrgSettings:
    """What the org itself is like."""

    id: str = "00Dxx0000006IYJEA2"
    """The org's 18-character id."""

    name: str = "Simulated Org"
    """Shown on the page; has no effect."""

    is_sandbox: bool = False
    """A sandbox accepts assertions for https://test.salesforce.com, another org for login."""

    my_domain_url: str | None = None
    """The origin the org says it lives at; ``None``: the origin of each request."""

    session_lifetime_s: float = 7200.0
    """Life of an unused session, in seconds; use in its second half starts it anew."""

    reuse_sessions: bool = False
    """Answer a JWT bearer request with the live session of the same user and connected app."""

    clock_ahead_s: float = 0.0
    """How far its clock is before this machine's; a negative number: behind."""

    query_batch_size: int = 2000
    """How many records an answer to a query has at most; the rest is behind ``nextRecordsUrl``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """Somebody who can have a session."""

    id: str
    """18 characters, starting with 005."""

    username: str
    """Looks like an e-mail address; compared without case."""

    active: bool = True
    """A user who is not active gets no session, and loses the ones there are."""

    login_ip_ranges: tuple[str, ...] = ()
    """Networks that the user's profile lets in by the JWT bearer flow; empty: all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PermissionSet:
    """A permission set and the users it is assigned to."""

    name: str
    """The developer name."""

    namespace: str = ""
    """The namespace of the package it belongs to; empty: none."""

    assigned_to: frozenset[str] = frozenset()
    """Usernames, as the users spell them."""

    session_based: bool = True
    """Only a session-based permission set can be activated for a session."""

    @property
    def full_name(self) -> str:
        """The name as people write it: ``namespace__name`` or ``name``."""
        return f"{self.namespace}__{self.name}" if self.namespace else self.name


class Policy(StrEnum):
    """Who may use a connected app: its setting "Permitted Users"."""

    ADMIN_APPROVED = "admin-approved"
    """Admin approved users are pre-authorized."""

    SELF_AUTHORIZE = "self-authorize"
    """All users may self-authorize: each has to approve the app once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectedApp:
    """A connected app with "Use digital signatures"."""

    consumer_key: str
    """What an assertion names as its issuer."""

    public_key: RSAPublicKey = field(repr=False)
    """Verifies the assertions; the private half is never here."""

    policy: Policy = Policy.ADMIN_APPROVED
    """How users come to be approved; decides the text of the refusal."""

    approved_users: frozenset[str] = frozenset()
    """Usernames, as the users spell them."""

    my_domain_only: bool = False
    """Take the org's My Domain as the only audience, as External Client Apps of some orgs do."""

    consumer_secret: str | None = field(default=None, repr=False)
    """With it the app may introspect every token of the org; ``None``: it may not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A session: what an access token stands for."""

    token: str = field(repr=False)
    """The access token: 15-character org id, ``!``, secret."""

    username: str
    """Whose session it is."""

    consumer_key: str | None
    """The connected app that opened it; ``None``: Apex or a test."""

    opened_at: float
    """Seconds since 1970."""

    expires_at: float
    """Seconds since 1970; moves on when the session is used."""

    activated: frozenset[str] = frozenset()
    """Full names of the permission sets activated for this session and no other."""

    @property
    def hash(self) -> str:
        """What may be shown instead of the token: the first 12 digits of its SHA-256."""
        return hash_of(self.token)


def hash_of(token: str) -> str:
    """Return the short hash under which the session of ``token`` is shown."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]
