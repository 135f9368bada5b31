"""The key pair of the demo's connected app, made at the first run and kept under ``.local/``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPair:
    """What the proxy signs with, and what the org checks it with."""

    private_pem: bytes = field(repr=False)
    public_pem: bytes


def load_key_pair(folder: Path) -> KeyPair:
    """Return the key pair in ``folder``; the first time, make it, readable by its owner alone."""
    path = folder / "private_key.pem"
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        folder.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_bytes(pem)
        new.replace(path)
    private_pem = path.read_bytes()
    public_key = load_pem_private_key(private_pem, password=None).public_key()
    return KeyPair(
        private_pem=private_pem,
        public_pem=public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )
