"""The key pair of the connected app: the proxy signs with it, the org checks it."""

import functools

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@functools.cache
def private_key() -> rsa.RSAPrivateKey:
    """Return the one key of the connected app; making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem() -> bytes:
    """Return the key as the proxy is given it."""
    return private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem() -> str:
    """Return the key as the org knows it."""
    public = private_key().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
