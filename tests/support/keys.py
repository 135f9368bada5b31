"""Keys for tests: one RSA key per run (making one takes a while), and the wrong kinds."""

import base64
import functools

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

PASSPHRASE = b"correct horse"


@functools.cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the run's RSA key of that size."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """Return the key in PKCS#8 PEM, as ``openssl genpkey`` writes it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


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


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    """Return the public half in PEM."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@functools.cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    """Return a key of a kind that Salesforce does not take."""
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    """Return another key of a kind that Salesforce does not take."""
    return ed25519.Ed25519PrivateKey.generate()


def encoded(data: bytes) -> str:
    """Return base64 in one line, as ``ENCODED_PRIVATE_KEY`` holds it."""
    return base64.b64encode(data).decode("ascii")
