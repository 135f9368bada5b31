"""The environment of programs before a simulated org."""

import base64

from localstack.keys import private_pem
from localstack.programs import inherited
from localstack.seed import CONSUMER_KEY, ORG_ID


def settings(*, org_url: str, port: int, function_port: int, **more: str) -> dict[str, str]:
    """Return the environment of a proxy that talks to ``org_url``; nothing of ours leaks in."""
    return inherited() | {
        "PORT": str(port),
        "FUNCTION_PORT": str(function_port),
        "ORG_ID_18": ORG_ID,
        "ORG_DOMAIN_URL": org_url,
        "CONSUMER_KEY": CONSUMER_KEY,
        "ENCODED_PRIVATE_KEY": base64.b64encode(private_pem()).decode(),
        "FUNCTION_HOLD_S": "0",  # what waits for a function that is down says so itself
        **more,
    }
