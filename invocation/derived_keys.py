"""Keys for other purposes, made of the one secret that every set-up has."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_CONTROL: Final = b"supervisord's control socket, version 1"


def derived_key(private_key: RSAPrivateKey, purpose: bytes) -> str:
    """Return 32 bytes in URL-safe base64, the same each time; no other purpose has them."""
    secret = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret)
    return base64.urlsafe_b64encode(key).decode("ascii")


def control_password(private_key: RSAPrivateKey) -> str:
    """Return the password of supervisord's socket: whoever has the settings knows it."""
    return derived_key(private_key, _CONTROL)
