"""Encryption of stored jobs: which key reads what, and that nothing else does."""

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import rsa

from invocation.jobs.encryption import Cipher, UnreadableError
from localstack.keys import rsa_key

PLAIN = b'{"patient":"Jane Roe"}' * 20
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


def cipher(*keys: str, private_key: rsa.RSAPrivateKey | None = None) -> Cipher:
    """Return a cipher with the run's private key."""
    return Cipher(keys, private_key=private_key or rsa_key())


@pytest.mark.parametrize("plain", [b"", b"\x00", PLAIN, bytes(range(256))], ids=len)
def test_what_is_encrypted_comes_back(plain: bytes) -> None:
    """Byte for byte, with a given key as with the derived one."""
    for each in (cipher(), cipher(NEW)):
        assert each.decrypt(each.encrypt(plain)) == plain


def test_the_derived_key_belongs_to_the_private_key() -> None:
    """The same in every process of one app, of no use in another app."""
    same = rsa_key().private_numbers().private_key()
    stored = cipher().encrypt(PLAIN)

    assert cipher(private_key=same).decrypt(stored) == PLAIN
    with pytest.raises(UnreadableError):
        cipher(private_key=rsa_key(3072)).decrypt(stored)


def test_keys_are_rotated() -> None:
    """A new key in front encrypts from now on, the old one behind it still reads."""
    before = cipher(OLD).encrypt(PLAIN)
    both = cipher(NEW, OLD)
    after = both.encrypt(PLAIN)

    assert both.decrypt(before) == both.decrypt(after) == PLAIN
    assert cipher(NEW).decrypt(after) == PLAIN
    for lost, key in ((before, NEW), (after, OLD)):
        with pytest.raises(UnreadableError):
            cipher(key).decrypt(lost)


def test_what_was_stored_before_there_were_keys_is_read() -> None:
    """Setting ASYNC_KEYS loses no job; what is stored from then on needs a key of them."""
    before, after = cipher().encrypt(PLAIN), cipher(NEW).encrypt(PLAIN)

    assert cipher(NEW).decrypt(before) == PLAIN
    with pytest.raises(UnreadableError):
        cipher().decrypt(after)


def test_another_key_reads_nothing() -> None:
    """And the message names the variable, not a key."""
    with pytest.raises(UnreadableError, match="ASYNC_KEYS") as failure:
        cipher(OTHER).decrypt(cipher(NEW).encrypt(PLAIN))

    assert NEW not in str(failure.value)
    assert OTHER not in str(failure.value)


@pytest.mark.parametrize("at", [0, 5, 20, 60, -40, -1])
def test_changed_bytes_are_refused(at: int) -> None:
    """Who can write to the database can't make up a job."""
    stored = bytearray(cipher(NEW).encrypt(PLAIN))
    stored[at] ^= 0x04

    with pytest.raises(UnreadableError):
        cipher(NEW).decrypt(bytes(stored))


@pytest.mark.parametrize("stored", [b"", b"x", b"\xff\xfe", PLAIN, b"gAAAA" * 40], ids=len)
def test_garbage_is_refused(stored: bytes) -> None:
    """Nothing but our own words is read."""
    with pytest.raises(UnreadableError):
        cipher(NEW).decrypt(stored)


def test_encrypted_without_compression_is_refused() -> None:
    """A right key with other contents is no job either."""
    with pytest.raises(UnreadableError):
        cipher(NEW).decrypt(Fernet(NEW).encrypt(PLAIN))


def test_nothing_readable_is_stored() -> None:
    """Not the text, not twice the same bytes for the same text."""
    first, second = cipher().encrypt(PLAIN), cipher().encrypt(PLAIN)

    assert b"Jane" not in first
    assert b"patient" not in first
    assert first != second


def test_long_payloads_get_shorter() -> None:
    """Databases are small: JSON is compressed before it is encrypted."""
    assert len(cipher().encrypt(PLAIN * 1000)) < len(PLAIN) * 100
