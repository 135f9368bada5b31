"""A mark that editors on Windows put before the first character is not part of a key."""

import base64
from pathlib import Path

import pytest

from invocation.settings.loading import load_config
from localstack.keys import pem, rsa_key
from tests.unit.invocation.settings.environment import good_env, numbers

MARKED = b"\xef\xbb\xbf" + pem(rsa_key())


@pytest.mark.parametrize("name", ["ENCODED_PRIVATE_KEY", "PRIVATE_KEY_FILEPATH"])
def test_a_key_is_read_over_its_byte_order_mark(tmp_path: Path, name: str) -> None:
    """Whether the file is named, or its content encoded."""
    file = tmp_path / "key.pem"
    file.write_bytes(MARKED)
    value = base64.b64encode(MARKED).decode() if name.startswith("ENCODED") else str(file)

    config = load_config(good_env(ENCODED_PRIVATE_KEY="") | {name: value})

    assert numbers(config) == numbers(load_config(good_env()))
