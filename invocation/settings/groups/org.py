"""What is set about the org: who may call, and how tokens are minted there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from invocation.org.assertion import ConnectedApp
from invocation.settings import parsers
from invocation.settings.setting import BOTH, OURS, PROXY, number, required, setting

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


@dataclass(frozen=True, kw_only=True)
class OrgSettings:
    """What is set about the org: who may call, and how tokens are minted there."""

    org_id: str = field(metadata=required("ORG_ID_18", parsers.org_id, by=PROXY))
    """the only org whose users may call: its 18-character id. For the one of 15 that Setup shows,
    the start names the one of 18"""

    consumer_key: str = field(
        repr=False, metadata=required("CONSUMER_KEY", parsers.consumer_key, by=BOTH)
    )
    """consumer key of the app (connected app or External Client App) that mints the function's
    tokens"""

    private_key: RSAPrivateKey = field(
        repr=False, metadata=required("ENCODED_PRIVATE_KEY", parsers.private_key, by=OURS)
    )
    """its RSA private key (2048 bits or more), in PEM without a passphrase: `base64 <
    private_key.pem`"""

    private_key_filepath: str = setting(
        parsers.KEY_FILE, parsers.text, "", by=OURS, shown="", secret=True
    )
    """instead of `ENCODED_PRIVATE_KEY`: the path of the PEM file. Code in the function can read
    that file, and nothing of the former"""

    audience: str | None = setting(
        "SF_AUDIENCE",
        parsers.audience,
        None,
        by=BOTH,
        shown="`https://test.salesforce.com` for `.sandbox.` and `.scratch.` hosts, else"
        " `https://login.salesforce.com`",
    )
    """audience of the token requests: a login host, or the org's My Domain, which External Client
    Apps of some orgs want. Where Apex asks for the caller's token, it is `Audience__c` of the
    function reference ([apex.md](apex.md))"""

    org_origins: frozenset[str] = setting(
        "ORG_DOMAIN_URL",
        parsers.origins,
        frozenset(),
        by=PROXY,
        shown="any My Domain host of Salesforce",
    )
    """the orgs to talk to, exact origins of a My Domain (not of Lightning, a site, Setup or login),
    comma-separated; `http://127.0.0.1:8765` and the like only off Heroku"""

    allowed_permission_sets: frozenset[str] | None = setting(
        "ALLOWED_PERMISSION_SETS", parsers.allowed_permission_sets, None, by=PROXY, shown="any"
    )
    """what a call may ask to activate, API names, comma-separated"""

    required_permission_sets: frozenset[str] = setting(
        "REQUIRED_PERMISSION_SETS", parsers.permission_sets, frozenset(), by=PROXY
    )
    """session-based sets that every call must ask for; who is not assigned to them is 403, also who
    doesn't come through Apex"""

    caller_client_ids: frozenset[str] = setting(
        "CALLER_CLIENT_IDS", parsers.client_ids, frozenset(), by=PROXY, shown="any"
    )
    """consumer keys of the apps whose tokens may call, comma-separated; needs `CONSUMER_SECRET`"""

    consumer_secret: str = setting(
        "CONSUMER_SECRET", parsers.consumer_secret, "", by=PROXY, secret=True
    )
    """of the connected app, which must be allowed to introspect all tokens"""

    caller_cache_ttl_s: float = number("CALLER_CACHE_TTL_S", 60, (0, 3600), by=PROXY)
    """seconds a verified caller is remembered; 0: never"""

    token_cache_ttl_s: float = number("TOKEN_CACHE_TTL_S", 600, (0, 7200), by=BOTH)
    """seconds a minted token is used again; 0: never"""

    org_timeout_s: float = number("ORG_TIMEOUT_S", 10, (0.1, 60), by=BOTH)
    """for all org calls of one invocation together"""

    @property
    def connected_app(self) -> ConnectedApp:
        """The app that mints the function's tokens."""
        return ConnectedApp(
            consumer_key=self.consumer_key, private_key=self.private_key, audience=self.audience
        )
