"""A user of the simulated org, as Apex would describe him."""

from orgsim import SimulatedOrg
from tests.support.apex import Identity
from tests.support.proxy_process import ORG_ID


def signed_in(org: SimulatedOrg, org_url: str, username: str = "admin@example.com") -> Identity:
    """Return a user who has just signed in."""
    user = org.user(username)
    assert user is not None
    return Identity(
        org_id=ORG_ID,
        user_id=user.id,
        username=username,
        org_domain_url=org_url,
        salesforce_base_url=org_url,
        token=org.open_session(username),
    )
