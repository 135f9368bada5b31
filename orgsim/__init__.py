"""A simulated Salesforce org for developing and testing functions without an org.

Run it with ``python -m orgsim``, or inside a test::

    org = SimulatedOrg.built_in()
    org.add_app("my-consumer-key", public_key_pem, approved_users=["admin@example.com"])
    with running(org) as url:
        token = org.open_session("admin@example.com")
        ...  # call url with the token
"""

from orgsim.data.async_requests import Change, Record
from orgsim.entities import ConnectedApp, OrgSettings, PermissionSet, Policy, Session, User
from orgsim.faults import Fault
from orgsim.http.server import running
from orgsim.org import SimulatedOrg
from orgsim.seed import SeedError, load_seed

__all__ = [
    "Change",
    "ConnectedApp",
    "Fault",
    "OrgSettings",
    "PermissionSet",
    "Policy",
    "Record",
    "SeedError",
    "Session",
    "SimulatedOrg",
    "User",
    "load_seed",
    "running",
]
