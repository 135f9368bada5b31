"""Who and what the simulated org has: its id, users and app, and the seed that makes it."""

from __future__ import annotations

from typing import Final

ORG_ID: Final = "00Dxx0000006IYJEA2"
CONSUMER_KEY: Final = "3MVG9.demo.connected.app"
ADMIN: Final = ("admin@example.com", "005xx000001X8UzAAK")
JOE: Final = ("joe@example.com", "005xx000001X8V0AAK")
PERMISSION_SET: Final = "MyPermissionSet"


def org_seed(public_key_pem: str) -> dict[str, object]:
    """Return the seed of an org that lets the users use our connected app."""
    return {
        "org": {"id": ORG_ID, "name": "Acme (simulated)"},
        "users": [{"username": name, "id": user_id} for name, user_id in (ADMIN, JOE)],
        "permission_sets": [{"name": PERMISSION_SET, "assigned_to": [ADMIN[0]]}],
        "connected_apps": [
            {
                "consumer_key": CONSUMER_KEY,
                "public_key_pem": public_key_pem,
                "approved_users": [ADMIN[0], JOE[0]],
            }
        ],
    }
