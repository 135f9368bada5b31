"""What cures an org's refusal to mint a token. Pure.

Source: Salesforce help, "OAuth Authorization Flow Errors" and "OAuth 2.0 JWT Bearer Flow"; what
people were told in public issues where the help is silent.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from invocation.org.names import OrgUrl

CLOCK_TOLERANCE_S: Final = 60
"""Clocks that differ less can't be the cause: an org accepts three minutes."""

_CURES: Final = (
    (
        r"audience",
        (
            "Set SF_AUDIENCE to https://test.salesforce.com if the org is a sandbox or scratch org,"
            " to https://login.salesforce.com if it is another one, or to {org}, which External"
            " Client Apps may want"
        ),
    ),
    (
        r"app_not_found|not installed in this org",
        (
            "CONSUMER_KEY must be that of an app in this org: look in Setup > External Client App"
            " Manager. If it is there, set SF_AUDIENCE to {org}: some orgs take nothing else from"
            " External Client Apps"
        ),
    ),
    (
        r"invalid_app_access|hasn't approved this consumer",
        (
            'Ensure that the target Connected App is set to "Admin approved users are'
            ' pre-authorized"'
            " and user {username} is assigned to Connected App via a Permission Set; in an External"
            " Client App both are in its OAuth policies"
        ),
    ),
    (
        r"ip.restricted|restricted.ip|ip address",
        (
            "The login IP ranges of the profile of {username}, or the org's trusted ones, lack the"
            " address that this app calls from: add it. The JWT bearer flow enforces them whatever"
            " the app's IP relaxation says"
        ),
    ),
    (r"login hours", "The profile of {username} has login hours, and now is none of them"),
    (r"inactive.user|user is not active", "Activate the user {username} in the org"),
    (
        r"invalid_client_id|client identifier invalid",
        "CONSUMER_KEY is that of no app in this org; a new app is known after some ten minutes",
    ),
    (
        r"invalid assertion",
        (
            "The app's certificate has expired, or was not made with this private key: upload the"
            " one that was"
        ),
    ),
    (
        r"grant.type not supported|unsupported_grant_type",
        "Enable the JWT bearer flow in the app's OAuth settings, and upload the certificate there",
    ),
    (
        r"login rate|rate_limit|login attempts",
        "The org bounds a user's logins per hour: leave TOKEN_CACHE_TTL_S at 600 or more",
    ),
)
_OF_TIME: Final = r"expired|invalid assertion"


def cure_of(refusal: str, *, org: OrgUrl, username: str, clock_ahead_s: float | None) -> str:
    """Return what to do, as sentences that follow the refusal; empty: nothing is known.

    Args:
        refusal: the org's error and description.
        org: who refused.
        username: whom the token was for, fit to be shown.
        clock_ahead_s: of the org's clock, before this machine's; None: the org did not say.
    """
    words = refusal.lower()
    cures = [_clock(clock_ahead_s)] if re.search(_OF_TIME, words) else []
    if not any(cures):
        matching = (cure for pattern, cure in _CURES if re.search(pattern, words))
        cures = [cure.format(org=org, username=username) for cure in matching][:1]
    return "".join(f". {cure}" for cure in cures)


def _clock(ahead_s: float | None) -> str:
    if ahead_s is None or abs(ahead_s) < CLOCK_TOLERANCE_S:
        return ""
    way = "behind" if ahead_s > 0 else "ahead of"
    return f"This machine's clock is {abs(ahead_s):.0f} s {way} the org's: set it (NTP)"
