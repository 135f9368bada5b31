"""Addresses in what is shipped are placeholders that nobody owns.

Whoever owns a host that an org calls by mistake gets the org's id, and the caller's token. Source:
RFC 2606, which keeps these names free of owners.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import Project

_ADDRESS: Final = re.compile(r"(?:https?|wss?)://\S+", re.IGNORECASE)
_RESERVED: Final = re.compile(r"(?:.+\.)?example(?:\.(?:com|net|org))?")
_LOGIN: Final = frozenset({"login.salesforce.com", "test.salesforce.com"})
"""Salesforce's own, the same for all orgs."""


def check_hosts(project: Project) -> Iterator[Finding]:
    """Every address that a metadata file holds is of a reserved host, or of Salesforce's login."""
    for document in project.documents():
        for element in document.root.below():
            if not _ADDRESS.fullmatch(element.text):
                continue
            host = (urlsplit(element.text).hostname or "").lower()
            if not (_RESERVED.fullmatch(host) or host in _LOGIN):
                text = f"{host} belongs to somebody: write a placeholder below example.com"
                yield document.at(element, f"{text}, which an administrator replaces")
