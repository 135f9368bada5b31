"""A simulated org in this process, and its users, as Apex would describe them."""

from localstack.apex import Identity, identity_of
from localstack.keys import public_pem
from localstack.seed import ADMIN, CONSUMER_KEY, JOE
from orgsim import SimulatedOrg


def new_org() -> SimulatedOrg:
    """Return an org with admin and joe, two permission sets of theirs, and our connected app."""
    org = SimulatedOrg.built_in()
    users = [ADMIN[0], JOE[0]]
    org.add_permission_set("PermissionSetA", assigned_to=users)
    org.add_permission_set("PermissionSetB", assigned_to=users)
    org.add_app(CONSUMER_KEY, public_pem().decode(), approved_users=users)
    return org


def signed_in(org: SimulatedOrg, org_url: str, username: str = ADMIN[0]) -> Identity:
    """Return a user who has just signed in.

    Raises:
        LookupError: there is no such user.
    """
    user = org.user(username)
    if user is None:
        raise LookupError(f"{username} is no user of this org")
    return identity_of((username, user.id), token=org.open_session(username), org_url=org_url)
