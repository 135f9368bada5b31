"""The org's id as an operator writes it: one form is taken, each slip has its sentence. Pure."""

from __future__ import annotations

import re
from typing import Final

from invocation.org.names import is_id, is_org_id, to_18

EXAMPLE: Final = "00Dxx0000006IYJEA2"


def parse_org_id(text: str) -> str:
    """Return the one 18-character form, also when the case of all letters was lost.

    Raises:
        ValueError: with what is wrong, and the id that was probably meant.
    """
    if not is_id(text):
        raise ValueError(f"must be an 18-character id such as {EXAMPLE}")
    if text[:3].upper() != "00D":
        raise ValueError(
            f"is the id of something else: an org's begins with 00D, as {EXAMPLE} does"
        )
    if len(text) == 15:
        raise ValueError(f"is the 15-character form: set it to {to_18(text)}")
    if is_org_id(text) and (_has_one_case(text[:15]) or _fits(text)):
        return to_18(text)
    raise ValueError(f"was mistyped, its last three characters do not fit the rest:{_meant(text)}")


def _fits(text: str) -> bool:
    return to_18(text[:15])[15:] == text[15:].upper()


def _has_one_case(base: str) -> bool:
    """Tell whether upper and lower case were lost on the way; the last three bring them back."""
    letters = re.sub(r"[^A-Za-z]", "", base)
    return letters in {letters.upper(), letters.lower()}


def _meant(text: str) -> str:
    by_first = to_18(text[:15]) if text.startswith("00D") else ""
    by_last = to_18(text) if is_org_id(text) else ""
    meant = " or ".join(dict.fromkeys(each for each in (by_first, by_last) if each))
    return f" probably {meant} is meant" if meant else " copy it from Setup > Company Information"
