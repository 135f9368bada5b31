"""The connected app's private key: every usual form is read, every usual slip has its sentence."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SMALLEST_KEY_BITS: Final = 2048
"""Salesforce refuses certificates with a shorter RSA key."""
FILE: Final = "private_key.pem"
"""What the documentation calls the key's file, and so do the commands below."""

_SET_AGAIN: Final = f"set it to `base64 < {FILE}`"
_MADE_ANEW: Final = (
    "make a new pair by `openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=functions"
    f" -keyout {FILE} -out certificate.crt`, and give the certificate to the app"
)
_NO_RSA: Final = f"must hold an RSA key, for Salesforce takes RS256 only: {_MADE_ANEW}"
_FROM_DER: Final = f"`openssl pkey -inform DER -in private_key.der -out {FILE}`"
_PKCS12: Final = bytes.fromhex("2a864886f70d010701")
_PBES2: Final = bytes.fromhex("2a864886f70d01050d")
"""Object identifiers: data of a PKCS#12 store, a private key with a passphrase."""


def decode(encoded: str) -> bytes:
    """Return what ``ENCODED_PRIVATE_KEY`` encodes.

    Raises:
        ValueError: with what is wrong and the cure; nothing of the value is quoted.
    """
    if "-----BEGIN" in encoded:
        raise ValueError(f"is the PEM text itself, not its base64: {_SET_AGAIN}")
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError as error:
        raise ValueError(f"isn't base64, or not all of it: {_SET_AGAIN}") from error


def read_file(path: str) -> bytes:
    """Return what is in ``PRIVATE_KEY_FILEPATH``.

    Raises:
        ValueError: with why it can't be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"can't be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError("can't be read: not a path") from error


def parse(text: bytes) -> RSAPrivateKey:
    """Return the RSA key in ``text``: PEM, PKCS#8 or the older form, with or without a certificate.

    Raises:
        ValueError: with which slip it is and the cure; nothing of the text is quoted.
    """
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(_slip_of(text)) from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(_NO_RSA)  # noqa: TRY004
    if key.key_size < SMALLEST_KEY_BITS:
        raise ValueError(
            f"holds an RSA key of {key.key_size} bits, and Salesforce takes {SMALLEST_KEY_BITS}"
            f" or more: {_MADE_ANEW}"
        )
    return key


def _slip_of(text: bytes) -> str:
    """Return what was done instead of encoding a private key's PEM file."""
    return next((advice for fits, advice in _SLIPS if fits(text)), f"must hold PEM: {_SET_AGAIN}")


def _holds(pattern: bytes) -> Callable[[bytes], bool]:
    return lambda text: re.search(pattern, text) is not None


def _is_der(load: Callable[..., object], *arguments: object) -> Callable[[bytes], bool]:
    def loads(text: bytes) -> bool:
        try:
            load(text, *arguments)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return False
        return True

    return loads


def _begins_as_der_with(identifier: bytes) -> Callable[[bytes], bool]:
    return lambda text: text[:1] == b"\x30" and identifier in text[:64]


def _is_encoded_again(text: bytes) -> bool:
    try:
        return b"-----BEGIN" in base64.b64decode(b"".join(text.split()), validate=True)
    except ValueError:
        return False


# The first that fits is told. A text with a private key and a certificate is a private key's.
_SLIPS: Final[tuple[tuple[Callable[[bytes], bool], str], ...]] = (
    (
        lambda text: text.startswith((b"\xff\xfe", b"\xfe\xff")),
        (
            "was saved as UTF-16, as PowerShell's > does: turn it into ASCII by"
            f" `iconv -f UTF-16 -t ASCII {FILE} > ascii.pem`, and use ascii.pem instead"
        ),
    ),
    (
        _holds(rb"-----\\n"),  # the two characters alone are in many a binary key
        (
            "has \\n where its line breaks were: mend it by"
            f" `printf '%b\\n' \"$(cat {FILE})\" > mended.pem`, and use mended.pem instead"
        ),
    ),
    (
        _holds(rb"BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED"),
        (
            f"has a passphrase: take it off by `openssl pkey -in {FILE} -out open.pem`,"
            " and use open.pem instead"
        ),
    ),
    (
        _holds(rb"BEGIN OPENSSH PRIVATE KEY"),
        (
            f"is a key of OpenSSH: turn it into PEM by `ssh-keygen -p -m PEM -N '' -f {FILE}`,"
            f" then {_SET_AGAIN}"
        ),
    ),
    (_holds(rb"BEGIN (?:EC|DSA) PRIVATE KEY"), _NO_RSA),
    (
        _holds(rb"(?s)BEGIN [A-Z ]*PRIVATE KEY(?!.*-----END)"),
        f"is cut off, its END line is missing: {_SET_AGAIN}, all of it",
    ),
    (
        _holds(rb"BEGIN [A-Z ]*PRIVATE KEY"),
        f"is damaged between BEGIN and END: copy {FILE} anew, then {_SET_AGAIN}",
    ),
    (_holds(rb"BEGIN [A-Z ]*PUBLIC KEY"), f"is the public half, not {FILE}: {_SET_AGAIN}"),
    (
        _holds(rb"BEGIN CERTIFICATE REQUEST"),
        f"is a request for a certificate, not {FILE}: {_SET_AGAIN}",
    ),
    (
        _holds(rb"BEGIN [A-Z ]*CERTIFICATE"),
        f"is the certificate, which the app in the org gets, not {FILE}: {_SET_AGAIN}",
    ),
    (_is_der(load_der_private_key, None), f"is DER, not PEM: turn it into PEM by {_FROM_DER}"),
    (_is_der(load_der_public_key), f"is the public half, not {FILE}: {_SET_AGAIN}"),
    (
        _is_der(x509.load_der_x509_certificate),
        f"is the certificate, which the app in the org gets, not {FILE}: {_SET_AGAIN}",
    ),
    (
        _begins_as_der_with(_PKCS12),
        (
            "is a PKCS#12 store: take the key out by"
            f" `openssl pkcs12 -in store.p12 -nocerts -nodes -out {FILE}`"
        ),
    ),
    (
        _begins_as_der_with(_PBES2),
        f"is DER with a passphrase: turn it into PEM without one by {_FROM_DER}",
    ),
    (_is_encoded_again, f"was encoded twice: {_SET_AGAIN}, once"),
    (lambda text: text[:1] == b"\x30", f"is cut off, or no private key: {_SET_AGAIN}, all of it"),
)
