"""Hosts of Salesforce in settings: an org's own, and those that are mistaken for it. Pure."""

from __future__ import annotations

import difflib
import re
from typing import Final

from invocation.org.names import HTTPS_ORIGIN, LOOPBACK_ORIGIN, MY_DOMAIN, PARTITION, port_fits

EXAMPLE: Final = "https://acme.my.salesforce.com"
LOGIN_HOSTS: Final = ("login.salesforce.com", "test.salesforce.com")

_LOOK: Final = f"set it to your My Domain, which Setup > My Domain shows, such as {EXAMPLE}"
_NAME: Final = r"(?P<name>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)"
_INSTANCE: Final = r"(?:na|cs|eu|ap|um|usa|aus|can|ind|jpn|deu|fra|gbr|swe)[0-9]+[a-z]*"
_INSTANCE_HOST: Final = re.compile(
    rf"{_INSTANCE}\.(?:(?:lightning|visual)\.force|salesforce)\.com"
    r"|.*\.sfdc-[a-z0-9]+\.salesforce\.com"
)
_MISTAKEN: Final = tuple(
    # A package's pages have its namespace behind the org's name: acme--c.vf.force.com.
    (
        re.compile(rf"{_NAME}{package}(?P<partition>\.{PARTITION})?\.{host}\.com"),
        f"the host of {what}",
    )
    for host, package, what in (
        (r"lightning\.force", "", "Lightning pages"),
        (r"my\.site", "", "Experience Cloud sites"),
        (r"my\.salesforce-sites", "", "Salesforce Sites"),
        (r"my\.salesforce-setup", "", "Setup's pages"),
        (r"my\.salesforce-scrt", "", "messaging"),
        (r"(?:builder|preview|live-preview)\.salesforce-experience", "", "Experience Builder"),
        (r"file\.force", "", "files"),
        (rf"(?:vf|(?:{_INSTANCE}\.)?visual)\.force", "--[a-z0-9_]+", "Visualforce pages"),
        (rf"(?:{_INSTANCE}\.)?(?:content\.force|documentforce)", "--[a-z0-9_]+", "files"),
    )
)
_SITE: Final = re.compile(r"[a-z0-9.-]+\.my\.(?:site|salesforce-sites)\.com|[a-z0-9-]+\.force\.com")
_LOGIN: Final = re.compile(r"(?:login|test|gs[0-9]+)\.salesforce\.com")
"""Also the government cloud's."""
_OF_SALESFORCE: Final = re.compile(
    r".+\.(?:salesforce\.(?:com|mil)|sfcrmproducts\.cn|(?:force|site|salesforce-sites)\.com"
    r"|crmforce\.mil)"
)
_HOST: Final = re.compile(r"(?:https?://)?([^/@:?#\s]+)(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE)
_ALIKE: Final = 0.85


def host_of(text: str) -> str:
    """Return the host that ``text`` probably names, in lower case; empty: none, or a password."""
    match = _HOST.fullmatch(text)
    return match[1].lower().rstrip(".") if match else ""


def is_of_salesforce(text: str) -> bool:
    """Tell whether a URL's host is in one of Salesforce's domains, or is this machine."""
    return _is_loopback(text) or bool(_OF_SALESFORCE.fullmatch(host_of(text)))


def why_no_org(text: str) -> str | None:
    """Return why ``text`` can't be an org's origin, if it names a host of Salesforce that is none.

    Source: Salesforce help, "My Domain URL formats".
    """
    host = host_of(text)
    if _LOGIN.fullmatch(host) or host in {"welcome.salesforce.com", "www.salesforce.com"}:
        return f"names the login page of every org: {_LOOK}"
    if _INSTANCE_HOST.fullmatch(host):
        return f"names an instance, which many orgs share: {_LOOK}"
    for pattern, what in _MISTAKEN:
        if match := pattern.fullmatch(host):
            # What else follows "--" is a sandbox, also where older hosts do not say so.
            kind = match["partition"] or (".sandbox" if "--" in match["name"] else "")
            meant = f"https://{match['name']}{kind}.my.salesforce.com"
            return f"names {what}: set it to your My Domain, probably {meant}"
    return None


def parse_allowed_origin(text: str, *, loopback: bool) -> str:
    """Return one entry of ``ORG_DOMAIN_URL`` as the origin it names.

    Args:
        text: ``https://host``; with ``loopback`` also ``http://127.0.0.1:8080`` and the like.
        loopback: whether this machine's own addresses may play the org (never on a dyno).

    Raises:
        ValueError: with what is wrong, and what was probably meant.
    """
    if reason := why_no_org(text):
        raise ValueError(reason)
    origin = text.removesuffix("/")
    if HTTPS_ORIGIN.fullmatch(origin):
        return origin
    if not LOOPBACK_ORIGIN.fullmatch(origin) or not port_fits(origin):
        meant = f"https://{host_of(text)}"
        known = f": probably {meant}" if MY_DOMAIN.fullmatch(meant) else f" such as {EXAMPLE}"
        raise ValueError(f"must be an origin in lower case, without a path{known}")
    if not loopback:
        raise ValueError("can't be this machine when the app runs on Heroku")
    return origin


def parse_audience(text: str) -> str:
    """Return who assertions are for, without the slash that browsers add to a host.

    Raises:
        ValueError: no org accepts it.
    """
    if not re.fullmatch(r"https?://[!-?A-~]+", text):
        raise ValueError("must be a URL such as https://login.salesforce.com")
    host, path = host_of(text), text.partition("://")[2].partition("/")[2]
    if host in LOGIN_HOSTS and path:
        raise ValueError(f"must be https://{host} and nothing behind it")
    if not any(known.fullmatch(host) for known in (_LOGIN, _SITE)):
        _require_no_slip(host)
    if text.startswith("http:") and not _is_loopback(text):
        raise ValueError("must begin with https://")
    return text if path else text.removesuffix("/")


def _require_no_slip(host: str) -> None:
    if reason := why_no_org(host):
        raise ValueError(reason)
    near = difflib.get_close_matches(host, LOGIN_HOSTS, n=1, cutoff=_ALIKE)
    no_login = re.fullmatch(r"[^.]+\.salesforce\.com", host) or not _OF_SALESFORCE.fullmatch(host)
    if near and no_login:
        raise ValueError(f"names no login host of Salesforce: probably https://{near[0]} is meant")


def _is_loopback(text: str) -> bool:
    return bool(LOOPBACK_ORIGIN.fullmatch("/".join(text.split("/")[:3])))
