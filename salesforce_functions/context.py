"""Who called the function: the org and the user behind an invocation."""

from dataclasses import dataclass, field

from salesforce_functions.data_api import DataAPI

__all__ = ["Context", "Org", "User"]


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """The Salesforce user on whose behalf the function runs."""

    id: str
    """The user's id, for example ``005JS000000H123``."""

    username: str
    """The user's login name, for example ``user@example.com``."""

    on_behalf_of_user_id: str | None
    """The id of the user this one acts for, or `None` when it acts for itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Org:
    """The Salesforce org that sent the invocation."""

    id: str
    """The org's id, for example ``00DJS0000000123ABC``."""

    base_url: str
    """The URL of the org's instance, for example ``https://na1.salesforce.com``."""

    domain_url: str
    """The org's own URL, for example ``https://mycompany.my.salesforce.com``."""

    data_api: DataAPI = field(compare=False)
    """Reads and changes the org's records, as the user. Two orgs are equal whatever it is."""

    user: User
    """The user on whose behalf the function runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What surrounds an invocation: the second argument of a function."""

    org: Org
    """The Salesforce org that sent the invocation."""
