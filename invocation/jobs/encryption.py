"""How jobs are encrypted where they are stored."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from invocation.derived_keys import derived_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_PURPOSE: Final = b"asynchronous function invocations, version 1"


class UnreadableError(Exception):
    """Stored bytes were encrypted with a key that is no longer given, or were changed."""


class Cipher:
    """Encrypts with the first key and decrypts with any.

    Args:
        keys: of Fernet (``ASYNC_KEYS``), the newest first.
        private_key: of the connected app; the last key is derived from it, and the only one
            without ``keys``, so that what was stored before there were any can be read.
    """

    def __init__(self, keys: Sequence[str], *, private_key: RSAPrivateKey) -> None:
        self._fernet = MultiFernet(
            [Fernet(key) for key in (*keys, derived_key(private_key, _PURPOSE))]
        )

    def encrypt(self, plain: bytes) -> bytes:
        """Return ``plain`` compressed and encrypted."""
        return self._fernet.encrypt(zlib.compress(plain, 1))

    def decrypt(self, stored: bytes) -> bytes:
        """Return what was encrypted.

        Raises:
            UnreadableError: no key fits.
        """
        try:
            return zlib.decompress(self._fernet.decrypt(stored))
        except (InvalidToken, zlib.error) as error:
            raise UnreadableError("it was encrypted with another key (see ASYNC_KEYS)") from error
