"""Keys of the wrong kinds, and in the wrong forms."""

import functools

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from localstack.keys import pem, rsa_key

__all__ = ["pem", "rsa_key"]  # where tests of keys look for all of them

PASSPHRASE = b"correct horse"


def traditional_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """Return the key in the older PEM form, ``BEGIN RSA PRIVATE KEY`` or ``BEGIN EC ...``."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def encrypted_pem(key: rsa.RSAPrivateKey) -> bytes:
    """Return the key in PEM, locked with `PASSPHRASE`."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSPHRASE),
    )


@functools.cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """Return a key of a kind that Salesforce does not take."""
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    """Return another key of a kind that Salesforce does not take."""
    return ed25519.Ed25519PrivateKey.generate()
