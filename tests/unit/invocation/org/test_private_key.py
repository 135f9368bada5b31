"""Which slip was made with the private key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from invocation.org.private_key import parse


def der_with(part: bytes) -> bytes:
    """Return a key in DER, small since nobody uses it, that happens to hold ``part``."""
    while True:
        key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - quick to make
        text = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        if part in text:
            return text


@pytest.mark.slow
def test_a_binary_key_is_told_as_one_whatever_it_holds() -> None:
    r"""One in fifty holds the two characters ``\n`` somewhere, which is no lost line break."""
    with pytest.raises(ValueError, match="is DER, not PEM"):
        parse(der_with(rb"\n"))


def test_lost_line_breaks_are_told() -> None:
    """As environment files make them."""
    with pytest.raises(ValueError, match=r"has \\n where its line breaks were"):
        parse(rb"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n")
