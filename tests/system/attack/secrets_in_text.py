"""Finds a secret in any bytes, also when it was encoded on its way there."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from urllib.parse import quote, quote_plus


def spellings(secret: str) -> frozenset[bytes]:
    """Return the ways in which a secret may be written: plain, escaped, encoded, reversed."""
    escaped = json.dumps(secret)[1:-1]
    texts = {
        secret,
        secret[::-1],
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        quote_plus(secret),
        escaped,
        escaped[::-1],
        escaped.replace("/", "\\/"),
        json.dumps(escaped)[1:-1],
        "".join(
            character if character.isalnum() else f"\\u{ord(character):04x}" for character in secret
        ),
        escape(secret),
        repr(secret)[1:-1],
        secret.encode().hex(),
        *_in_base64(secret),
    }
    return frozenset(text.encode() for text in texts)


def _in_base64(secret: str) -> Iterator[str]:
    """Whatever stands in front of it: base64 looks different at each of three alignments."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        # The characters at either end that hold bits of the neighbours are left out.
        whole = encoded[(0, 2, 3)[before] :]
        if (before + len(secret.encode())) % 3:
            whole = whole[:-1]
        yield whole
        yield whole.translate(str.maketrans("+/", "-_"))
        yield quote(whole, safe="")


def found(secrets: Mapping[str, str], corpus: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return which of the secrets, by their names, stand in which parts of the corpus.

    Args:
        secrets: by what they are called; each long enough to be no coincidence.
        corpus: named texts.
    """
    needles = {name: spellings(secret) for name, secret in secrets.items()}
    assert all(len(needle) >= 16 for each in needles.values() for needle in each)
    return [
        f"{name} in {place}"
        for place, text in corpus
        for name, each in needles.items()
        if any(needle in text for needle in each)
    ]
