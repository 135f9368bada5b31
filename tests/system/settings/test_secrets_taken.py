"""What is taken out of the environment, before the function and by bin/function once more."""

import os
import subprocess
from pathlib import Path

from invocation.settings.function_settings import secrets_of
from localstack import ROOT

SECRET = (
    *("ENCODED_PRIVATE_KEY", "ENCODED_PRIVATE_KEY_OLD", "PRIVATE_KEY_FILEPATH", "PRIVATE_KEY"),
    *("CONSUMER_KEY", "CONSUMER_KEY_OLD", "CONSUMER_SECRET", "METRICS_TOKEN", "METRICS_TOKEN_2"),
    *("ASYNC_KEYS", "DATABASE_URL", "DATABASE_CONNECTION_POOL_URL", "HEROKU_POSTGRESQL_RED_URL"),
)
FOR_THE_FUNCTION = (
    *("HEROKU_POSTGRESQL_PURPLE_URL", "MY_DATABASE_URL", "CUSTOMER_KEY", "ORG_ID_18", "LOG_LEVEL"),
    "FUNCTION_ENV",
)


def test_container_and_function_agree_on_what_is_secret(tmp_path: Path) -> None:
    """The first line takes away what the second would, and nothing that the function needs."""
    env = dict.fromkeys((*SECRET, *FOR_THE_FUNCTION), "value")
    env["FUNCTION_ENV"] = "OTHER, HEROKU_POSTGRESQL_PURPLE_URL"
    assert secrets_of(env) == dict.fromkeys(SECRET, "value")

    own = {"PATH": os.environ["PATH"], "FUNCTION_PORT": "1", "FUNCTION_COMMAND": "env"}
    done = subprocess.run(
        [ROOT / "bin" / "function"],
        env={**env, **own, "FUNCTION_DIR": str(tmp_path), "RUN_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    left = {line.partition("=")[0] for line in done.stdout.splitlines()}
    assert left >= set(FOR_THE_FUNCTION)
    assert not left & set(SECRET)
