"""Who a token belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from invocation.org.names import OrgUrl


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The owner of a token, in the org's own words."""

    org_id: str
    """18 characters."""
    user_id: str
    """18 characters."""
    username: str
    org_url: OrgUrl
    """Where the token was checked."""
