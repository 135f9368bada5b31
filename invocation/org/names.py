"""Salesforce's ids, hosts, tokens and API names: accept one shape, refuse everything else. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NewType

OrgUrl = NewType("OrgUrl", str)
"""An origin that we may send tokens to: scheme, host, and a port only for loopback."""

AccessToken = NewType("AccessToken", str)
"""A bearer token of the org, the caller's or a minted one. Never logged, never answered."""

TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/!=-]{1,8192}")
"""What an access token may consist of."""

_ID: Final = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_SUFFIX_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID_SUFFIX: Final = re.compile(r"[A-Z0-5]{3}")

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
PARTITION: Final = r"(?:sandbox|develop|scratch|demo|patch|trailblaze|free|bt|sfdctest|sfdcdot)"
MY_DOMAIN: Final = re.compile(
    rf"https://({_LABEL}(?:\.{PARTITION})?\.my\.(?:salesforce\.com|salesforce\.mil|sfcrmproducts\.cn))"
)
_TOP_LABEL: Final = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"  # a letter first: no address in disguise
HTTPS_ORIGIN: Final = re.compile(rf"https://{_LABEL}(?:\.{_LABEL})*\.{_TOP_LABEL}")
LOOPBACK_ORIGIN: Final = re.compile(
    r"https?://(?:127\.0\.0\.1|localhost|\[::1\])(?::[1-9][0-9]{0,4})?"
)
_HIGHEST_PORT: Final = 65535

_PERMISSION_SET: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:__[A-Za-z0-9_]+)?")
_LONGEST_NAME: Final = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class PermissionSet:
    """A session-based permission set's API name, taken apart."""

    name: str
    """``PermSetName``: the developer name."""

    namespace: str | None
    """``PermSetNamespace``: of the package it came with, if any."""

    @classmethod
    def parse(cls, text: str) -> PermissionSet:
        """Take an API name apart at its first ``__``.

        Raises:
            ValueError: it is no API name; it would end up inside a request to the org.
        """
        if len(text) > _LONGEST_NAME or not _PERMISSION_SET.fullmatch(text):
            raise ValueError("not a permission set's API name")
        namespace, separator, name = text.partition("__")
        if not separator:
            return cls(name=text, namespace=None)
        if not name:
            raise ValueError("not a permission set's API name")
        return cls(name=name, namespace=namespace)

    @property
    def api_name(self) -> str:
        """The name as one text, ``ns__Name`` or ``Name``."""
        return f"{self.namespace}__{self.name}" if self.namespace else self.name


def is_id(text: str) -> bool:
    """Tell whether ``text`` is shaped like a record id of 15 or 18 characters."""
    return _ID.fullmatch(text) is not None


def is_org_id(text: str) -> bool:
    """Tell whether ``text`` is an org's id, whose last three characters, if given, fit the rest."""
    known = to_18(text)
    fits = _ID_SUFFIX.fullmatch(known[15:]) and text[15:].upper() in {"", known[15:]}
    return known.startswith("00D") and bool(fits)


def to_18(record_id: str) -> str:
    """Return the one 18-character form of a record id, so that two spellings compare equal.

    The last three characters say which of the first fifteen are upper case, five bits each, so an
    18-character id whose case was lost on the way is repaired from them.

    Args:
        record_id: 15 or 18 characters; anything else is returned as it is and equals nothing.

    Source: Salesforce help, "15-character and 18-character ids".
    """
    if not is_id(record_id):
        return record_id
    if len(record_id) == 18:
        suffix = record_id[15:].upper()
        if not _ID_SUFFIX.fullmatch(suffix):
            return record_id
        record_id = _restore_case(record_id[:15], suffix)
    return record_id + "".join(
        _SUFFIX_ALPHABET[sum(1 << bit for bit in range(5) if record_id[group + bit].isupper())]
        for group in (0, 5, 10)
    )


def _restore_case(base: str, suffix: str) -> str:
    bits = [_SUFFIX_ALPHABET.index(suffix[i // 5]) >> (i % 5) & 1 for i in range(15)]
    return "".join(c.upper() if bit else c.lower() for c, bit in zip(base, bits, strict=True))


def parse_org_url(text: str, *, allowed: frozenset[str]) -> OrgUrl:
    """Return the caller's org as an origin, if it is one we may send a token to.

    The caller writes this URL, and it is sent their token and a signed assertion: another host
    could vouch for them and keep both. So we accept a shape, never refuse bad ones, and what is
    connected to is built from the match.

    Args:
        text: ``userContext.orgDomainUrl``, such as ``https://acme.my.salesforce.com``.
        allowed: exact origins (``ORG_DOMAIN_URL``); empty: every My Domain host of Salesforce.

    Raises:
        ValueError: for any other text.

    Source: Salesforce help, "My Domain URL formats"; the partitions of ``OrgDomainLog``.
    """
    origin = text.removesuffix("/")
    if allowed:
        for known in allowed:
            if origin == known:
                return OrgUrl(known)
    elif match := MY_DOMAIN.fullmatch(origin):
        return OrgUrl(f"https://{match[1]}")
    raise ValueError("not an allowed org")


def port_fits(origin: str) -> bool:
    """Tell whether an origin's port, if it has one, is one that exists."""
    port = re.search(r":([0-9]+)\Z", origin)
    return port is None or int(port[1]) <= _HIGHEST_PORT
