"""Whether an assertion is worth an access token. Pure: no state, no clock of its own.

Source: platform documentation, "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration".
"""

import math
from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, Final

import jwt
from jwt.types import Options

from orgsim.entities import ConnectedApp, Policy, User
from orgsim.refusals import OAuthRefused

CLOCK_SKEW_S: Final = 180
"""Seconds an assertion is still accepted after its ``exp``: the documented buffer."""

# The claims are checked here instead: by the org's own clock and with its own error texts.
_SIGNATURE_ONLY: Final[Options] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def verify_assertion(
    assertion: str,
    *,
    find_app: Callable[[str], ConnectedApp | None],
    audiences: Collection[str],
    own_url: str,
    now: float,
) -> tuple[ConnectedApp, str]:
    """Return the connected app that signed ``assertion``, and the username it is about.

    Args:
        assertion: a compact JWT, signed with RS256.
        find_app: the connected app of a consumer key.
        audiences: every accepted ``aud``.
        own_url: the one that an External Client App may insist on.
        now: seconds since 1970.

    Raises:
        OAuthRefused: with the platform's error and description.
    """
    app = find_app(_issuer(assertion))
    if app is None:
        raise OAuthRefused("invalid_client_id", "client identifier invalid")
    claims = _decode(assertion, app)
    if app.my_domain_only and claims.get("aud") != own_url:
        # Not the audience's fault by its words, but so it was reported (forcedotcom/cli#3482).
        raise OAuthRefused("app_not_found", "External client app is not installed in this org")
    if claims.get("aud") not in audiences:
        raise OAuthRefused("invalid_grant", "audience is invalid")
    if now > _expiry(claims) + CLOCK_SKEW_S:
        # Misleading, but this is what the platform says of an assertion that came too late.
        raise OAuthRefused("invalid_grant", "expired authorization code")
    return app, _username(claims)


def approved_user(app: ConnectedApp, user: User | None, *, address: str) -> User:
    """Return ``user`` when it may use ``app`` from ``address``.

    Raises:
        OAuthRefused: it may not, is not active, or there is none.
    """
    if user is None:
        # The same words as for somebody who did not approve: names cannot be guessed this way.
        raise OAuthRefused("invalid_grant", "user hasn't approved this consumer")
    if not user.active:
        raise OAuthRefused("invalid_grant", "inactive user")
    if user.username in app.approved_users:
        if not _lets_in(user.login_ip_ranges, address):
            raise OAuthRefused("invalid_grant", "ip restricted")
        return user
    if app.policy is Policy.SELF_AUTHORIZE:
        raise OAuthRefused("invalid_grant", "user hasn't approved this consumer")
    raise OAuthRefused("invalid_app_access", "user is not admin approved to access this app")


def _lets_in(ranges: Collection[str], address: str) -> bool:
    """Whatever the app's IP relaxation says: the flow enforces the profile's ranges."""
    return not ranges or any(ip_address(address) in ip_network(each) for each in ranges)


def _issuer(assertion: str) -> str:
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise _invalid() from error
    issuer = claims.get("iss")
    return issuer if isinstance(issuer, str) else ""


def _decode(assertion: str, app: ConnectedApp) -> Mapping[str, Any]:
    try:
        return jwt.decode(
            assertion,
            app.public_key,
            algorithms=["RS256"],
            options=_SIGNATURE_ONLY,
        )
    except (jwt.InvalidTokenError, RecursionError) as error:
        raise _invalid() from error


def _expiry(claims: Mapping[str, Any]) -> float:
    """Return ``exp`` in seconds: the documentation's example has it as a string."""
    expiry = claims.get("exp")
    if isinstance(expiry, bool) or not isinstance(expiry, int | float | str):
        raise _invalid()
    try:
        seconds = float(expiry)
    except (ValueError, OverflowError) as error:
        raise _invalid() from error
    if not math.isfinite(seconds):
        raise _invalid()
    return seconds


def _username(claims: Mapping[str, Any]) -> str:
    """Return ``prn``, the older name of ``sub``, which wins when both are there."""
    username = claims.get("prn") or claims.get("sub")
    if not isinstance(username, str):
        raise _invalid()
    return username


def _invalid() -> OAuthRefused:
    return OAuthRefused("invalid_grant", "invalid assertion")
