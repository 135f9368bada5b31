"""Crypto and the encodings of EncodingUtil."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as signature_padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from apex.emulator.registry import static
from apex.emulator.values import Long, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_DIGESTS: Final = {
    "md5": "md5",
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha-256": "sha256",
    "sha256": "sha256",
    "sha-512": "sha512",
    "sha3-256": "sha3_256",
}
_MACS: Final = {
    "hmacmd5": "md5",
    "hmacsha1": "sha1",
    "hmacsha256": "sha256",
    "hmacsha512": "sha512",
}
_KEY_BYTES: Final = {"AES128": 16, "AES192": 24, "AES256": 32}
_BLOCK: Final = 16


@static("Crypto.generateDigest")
def _generate_digest(m: Machine, algorithm: str, data: bytes) -> bytes:
    name = _DIGESTS.get(algorithm.lower())
    if name is None:
        raise m.not_emulated(f"digest {algorithm}")
    return hashlib.new(name, data, usedforsecurity=False).digest()


@static("Crypto.generateMac")
def _generate_mac(m: Machine, algorithm: str, data: bytes, key: bytes) -> bytes:
    name = _MACS.get(algorithm.lower())
    if name is None:
        raise m.not_emulated(f"mac {algorithm}")
    return hmac.new(key, data, name).digest()


@static("Crypto.generateAesKey")
def _generate_aes_key(m: Machine, bits: int) -> bytes:
    if bits not in (128, 192, 256):
        raise m.throw("InvalidParameterValueException", f"Invalid AES key size: {bits}")
    return m.org.random_bytes(bits // 8)


@static("Crypto.getRandomInteger")
def _random_integer(m: Machine) -> int:
    return int.from_bytes(m.org.random_bytes(4), "big", signed=True)


@static("Crypto.getRandomLong")
def _random_long(m: Machine) -> Long:
    return Long(int.from_bytes(m.org.random_bytes(8), "big", signed=True))


@static("Crypto.encryptWithManagedIV")
def _encrypt(m: Machine, algorithm: str, key: bytes, data: bytes) -> bytes:
    """Encrypt with AES-CBC; the random IV comes first in what is returned."""
    _check_key(m, algorithm, key)
    start = m.org.random_bytes(_BLOCK)
    padder = padding.PKCS7(_BLOCK * 8).padder()
    padded = padder.update(data) + padder.finalize()
    worker = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return start + worker.update(padded) + worker.finalize()


@static("Crypto.decryptWithManagedIV")
def _decrypt(m: Machine, algorithm: str, key: bytes, data: bytes) -> bytes:
    _check_key(m, algorithm, key)
    try:
        worker = Cipher(algorithms.AES(key), modes.CBC(data[:_BLOCK])).decryptor()
        padded = worker.update(data[_BLOCK:]) + worker.finalize()
        unpadder = padding.PKCS7(_BLOCK * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        text = (
            "Given final block not properly padded. Such issues can arise if a bad key is used "
            "during decryption."
        )
        raise m.throw("SecurityException", text) from error


def _check_key(m: Machine, algorithm: str, key: Value) -> None:
    if algorithm.upper() not in _KEY_BYTES:
        raise m.throw(
            "InvalidParameterValueException",
            f"Invalid algorithm {algorithm}. Must be AES128, AES192, or AES256.",
        )
    if key is None or len(key) != _KEY_BYTES[algorithm.upper()]:
        raise m.throw(
            "InvalidParameterValueException",
            f"Invalid private key. Must be {_KEY_BYTES[algorithm.upper()]} bytes.",
        )


@static("Crypto.sign")
def _sign(m: Machine, algorithm: str, data: bytes, key: bytes) -> bytes:
    if algorithm.upper() not in ("RSA-SHA256", "RSA"):
        raise m.not_emulated(f"signature {algorithm}")
    return sign(serialization.load_der_private_key(key, None), data)


@static("Crypto.signWithCertificate")
def _sign_with_certificate(m: Machine, algorithm: str, data: bytes, name: str) -> bytes:
    if algorithm.upper() != "RSA-SHA256":
        raise m.not_emulated(f"signature {algorithm}")
    return sign(certificate_key(m, name), data)


def certificate_key(m: Machine, name: str) -> object:
    """Return the private key of a certificate of the org.

    Raises:
        ApexThrown: there is no such certificate.
    """
    pem = m.org.certificates.get(name)
    if pem is None:
        raise m.throw("InvalidParameterValueException", f"Certificate {name} not found")
    return serialization.load_pem_private_key(pem, None)


def sign(key: object, data: bytes) -> bytes:
    """Return an RS256 signature."""
    if not isinstance(key, RSAPrivateKey):
        raise InvalidSignature("not an RSA key")
    return key.sign(data, signature_padding.PKCS1v15(), hashes.SHA256())


@static("EncodingUtil.base64Encode")
def _base64_encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


@static("EncodingUtil.base64Decode")
def _base64_decode(m: Machine, text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error as error:
        raise m.throw("StringException", f"Unrecognized base64 character: {error}") from error


@static("EncodingUtil.convertToHex")
def _convert_to_hex(data: bytes) -> str:
    return data.hex()


@static("EncodingUtil.convertFromHex")
def _convert_from_hex(m: Machine, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise m.throw("InvalidParameterValueException", "Invalid hex string") from error
