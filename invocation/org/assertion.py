"""The signed JWT with which the org mints a token for the function. Pure.

Source: Salesforce help, "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import jwt

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from invocation.org.names import OrgUrl

LIFETIME_S: Final = 180
"""Whoever gets hold of an assertion can mint tokens with it until it expires: keep this short."""

PRODUCTION: Final = "https://login.salesforce.com"
SANDBOX: Final = "https://test.salesforce.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectedApp:
    """The app of the org that mints the function's tokens."""

    consumer_key: str = field(repr=False)
    private_key: RSAPrivateKey = field(repr=False)
    """Its certificate is the app's."""
    audience: str | None = None
    """Of its assertions; None: told from the org's host, see `audience_for`."""


def audience_for(org_url: OrgUrl, *, configured: str | None) -> str:
    """Return who the assertion is for: ``SF_AUDIENCE``, or what the org's host tells.

    A sandbox or scratch org has its kind as a label of its own in its host name.
    """
    if configured:
        return configured
    labels = (urlsplit(org_url).hostname or "").split(".")
    return SANDBOX if {"sandbox", "scratch"} & set(labels[1:]) else PRODUCTION


def sign_assertion(
    *, consumer_key: str, username: str, audience: str, now_s: float, key: RSAPrivateKey
) -> str:
    """Return the RS256 JWT that asks for a token of ``username``.

    Args:
        consumer_key: of the connected app that holds the key's certificate.
        username: the verified one, never the caller's word.
        audience: see `audience_for`.
        now_s: seconds since the epoch.
        key: parsed; parsing PEM at each call costs a hundred times the signature.
    """
    claims = {
        "iss": consumer_key,
        "sub": username,
        "prn": username,
        "aud": audience,
        "exp": int(now_s) + LIFETIME_S,
    }
    return jwt.encode(claims, key, algorithm="RS256")
