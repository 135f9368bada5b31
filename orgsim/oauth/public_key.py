"""Reads the public key that a connected app verifies assertions with."""

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

SMALLEST_KEY_BITS: Final = 2048


def read_public_key(pem: str) -> RSAPublicKey:
    """Return the RSA key in ``pem``: a public key, or the certificate one uploads to an app.

    Raises:
        ValueError: it is neither, or too short; a private key is refused like anything else.
    """
    data = pem.strip().encode()
    try:
        key = (
            x509.load_pem_x509_certificate(data).public_key()
            if data.startswith(b"-----BEGIN CERTIFICATE-----")
            else load_pem_public_key(data)
        )
    except ValueError:
        # From None: the library's message may quote what it read.
        raise ValueError("public_key_pem must be a PEM public key or certificate") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY_BITS:
        raise ValueError(f"public_key_pem must be an RSA key of {SMALLEST_KEY_BITS} bits or more")
    return key
