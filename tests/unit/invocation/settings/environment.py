"""The environment of an app that was set up well, but for what a test changes."""

from collections.abc import Mapping

import pytest

from invocation.settings.config import Config
from invocation.settings.loading import ConfigError, load_config
from localstack.keys import (
    encoded,
    pem,
    rsa_key,
)

ORG_ID = "00Dxx0000006IYJEA2"


KEY_VARIABLE = "ENCODED_PRIVATE_KEY"
VARIABLES = [
    *(
        "PORT",
        "FUNCTION_PORT",
        "PROXY_THREADS",
        "MAX_INFLIGHT",
        "MAX_BODY_BYTES",
        "BODY_BUDGET_BYTES",
        "WEB_CONCURRENCY",
    ),
    *(
        "CALLER_CACHE_TTL_S",
        "TOKEN_CACHE_TTL_S",
        "ORG_TIMEOUT_S",
        "FUNCTION_TIMEOUT_S",
        "LOG_LEVEL",
    ),
    *("SF_AUDIENCE", "ORG_DOMAIN_URL", "ALLOWED_PERMISSION_SETS", "ORG_ID_18", "CONSUMER_KEY"),
    *("ENCODED_PRIVATE_KEY", "PRIVATE_KEY_FILEPATH", "DYNO"),
]


def good_env(**changed: str) -> dict[str, str]:
    """Return the environment of an app that was set up as the README says."""
    return {
        "ORG_ID_18": ORG_ID,
        "CONSUMER_KEY": "3MVG9.consumer",
        "ENCODED_PRIVATE_KEY": encoded(pem(rsa_key())),
    } | changed


def problems_of(env: Mapping[str, str]) -> list[str]:
    """Return what is wrong with an environment, one text per problem."""
    with pytest.raises(ConfigError) as refusal:
        load_config(env)
    return str(refusal.value).split("\n")


NO_KEY = (
    "ENCODED_PRIVATE_KEY is missing: set it to `base64 < private_key.pem`"
    " (or PRIVATE_KEY_FILEPATH to the file)"
)


def without_key(**changed: str) -> dict[str, str]:
    """Return a good environment but for its key, whose parsing takes longer than all the rest."""
    return {name: value for name, value in good_env(**changed).items() if name != KEY_VARIABLE}


def numbers(config: Config) -> tuple[float, ...]:
    """Return a config's key as numbers that can be compared."""
    private = config.private_key.private_numbers()
    return (private.d, private.public_numbers.n)
