"""Salesforce record ids: 15 case-sensitive characters, or 18 with a checksum of their case."""

import itertools
import re
from collections.abc import Iterator
from typing import Final

_CHECKSUM_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_COUNTING_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-5]{3})?")


def checksum(id_15: str) -> str:
    """Return the three characters that make an 18-character id of a 15-character one.

    Each stands for five characters of the id, and says which of them are upper case.
    Source: platform documentation, "What are Salesforce Record IDs composed of".
    """
    groups = (id_15[start : start + 5] for start in (0, 5, 10))
    return "".join(
        _CHECKSUM_ALPHABET[sum(1 << bit for bit, char in enumerate(group) if "A" <= char <= "Z")]
        for group in groups
    )


def to_18(text: str) -> str:
    """Return the 18-character form of ``text``.

    An id of 18 characters may come in any case, because the checksum can restore it.

    Raises:
        ValueError: ``text`` is no id, or its checksum belongs to other letters.
    """
    if not _ID.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a Salesforce id of 15 or 18 characters")
    id_15 = text if len(text) == 15 else _restore_case(text[:15], text[15:].upper())
    return id_15 + checksum(id_15)


def id_of(prefix: str, text: str) -> str:
    """Return the 18-character form of an id of one kind of record.

    Args:
        prefix: the three characters of the kind, e.g. ``00D`` for orgs.
        text: the id.

    Raises:
        ValueError: ``text`` is no id, or of another kind, or its checksum is not its own.
    """
    if not text.startswith(prefix):
        raise ValueError(f"{text[:40]!r} does not start with {prefix}")
    id_18 = to_18(text)
    if not id_18.startswith(text):  # a made-up checksum would silently make it another id
        raise ValueError(f"{text!r} has a wrong checksum")
    return id_18


def _restore_case(id_15: str, suffix: str) -> str:
    upper = [
        _CHECKSUM_ALPHABET.index(suffix[position // 5]) >> position % 5 & 1
        for position in range(len(id_15))
    ]
    restored = "".join(
        char.upper() if bit else char.lower() for char, bit in zip(id_15, upper, strict=True)
    )
    if checksum(restored) != suffix:
        raise ValueError(f"{id_15 + suffix!r} has a wrong checksum")
    return restored


def new_ids(prefix: str) -> Iterator[str]:
    """Yield the 18-character ids of one kind of record, in order: the same ones in every run.

    Args:
        prefix: the three characters of the kind, e.g. ``005`` for users.
    """
    for number in itertools.count(1):
        digits, rest = "", number
        while rest:
            rest, digit = divmod(rest, len(_COUNTING_ALPHABET))
            digits = _COUNTING_ALPHABET[digit] + digits
        yield to_18(f"{prefix}xx{digits.rjust(10, '0')}")
