"""The environment of programs before a simulated org."""

from localstack.keys import encoded, pem, rsa_key
from localstack.programs import inherited
from localstack.seed import CONSUMER_KEY, ORG_ID


def org_settings(org_url: str, private_pem: bytes) -> dict[str, str]:
    """Return what tells a program which org it serves, and by which key."""
    return {
        "ORG_ID_18": ORG_ID,
        "ORG_DOMAIN_URL": org_url,
        "CONSUMER_KEY": CONSUMER_KEY,
        "ENCODED_PRIVATE_KEY": encoded(private_pem),
    }


def settings(*, org_url: str, port: int, function_port: int, **more: str) -> dict[str, str]:
    """Return the environment of a proxy that talks to ``org_url``; nothing of ours leaks in."""
    return {
        **inherited(),
        **org_settings(org_url, pem(rsa_key())),
        "PORT": str(port),
        "FUNCTION_PORT": str(function_port),
        "FUNCTION_HOLD_S": "0",  # what waits for a function that is down says so itself
        **more,
    }
