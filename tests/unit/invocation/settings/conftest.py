"""Hundreds of settings are read with the same key: each key is taken apart and checked once."""

import functools
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives import serialization

from invocation.org import private_key


@pytest.fixture(autouse=True, scope="package")
def _each_key_is_checked_once() -> Iterator[None]:
    """Checking an RSA key costs 30 ms, and no test here is about cryptography's check."""
    once = functools.cache(serialization.load_pem_private_key)
    with patch.object(private_key, "load_pem_private_key", once):
        yield
