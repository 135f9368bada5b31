"""Keys of connected apps: the proxy signs with the private half, the org checks with the other."""

import base64
import functools
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPair:
    """What the proxy signs with, and what the org checks it with."""

    private_pem: bytes = field(repr=False)
    public_pem: bytes


@functools.cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return this process's RSA key of that size; making one takes a while."""
    return new_rsa_key(bits)


def new_rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a key that nobody has."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(key: PrivateKeyTypes) -> bytes:
    """Return a key in PKCS#8 PEM, as ``openssl genpkey`` writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: PrivateKeyTypes | None = None) -> bytes:
    """Return the public half in PEM; without a key, that of this process's."""
    public = (key or rsa_key()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def encoded(data: bytes) -> str:
    """Return base64 in one line, as ``ENCODED_PRIVATE_KEY`` holds it."""
    return base64.b64encode(data).decode("ascii")


def load_key_pair(folder: Path) -> KeyPair:
    """Return the key pair in ``folder``; the first time, make it, readable by its owner alone."""
    path = folder / "private_key.pem"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_bytes(pem(new_rsa_key()))
        new.replace(path)
    private_pem = path.read_bytes()
    key = load_pem_private_key(private_pem, password=None)
    return KeyPair(private_pem=private_pem, public_pem=public_pem(key))
