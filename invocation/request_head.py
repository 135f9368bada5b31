"""A request's head as lines, and how large it may be: decided before more is made of it. Pure.

What is too large is found in the order of its bytes, so it does not matter where packets end.
"""

from __future__ import annotations

from typing import Final

MOST_FIELDS: Final = 100
"""Apex sends twelve, a router adds some."""
LONGEST_FIELD: Final = 16 * 1024
LONGEST_CONTEXT: Final = 32 * 1024
"""Bytes of the value of each of the two contexts."""
LONGEST_TARGET: Final = 8 * 1024
_BESIDE_TARGET: Final = 64
"""Room for method and version."""
_CONTEXTS: Final = (b"ce-sffncontext:", b"ce-sfcontext:")


class HeadTooLarge(Exception):
    """It is over a limit; ``status`` says in which way."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def head_lines(head: bytes) -> list[bytes]:
    """Return the request line and the fields that are here; the last one may be unfinished.

    Args:
        head: what has come of it, without empty lines before it or at its end.

    Raises:
        HeadTooLarge: by what is here, whatever may follow.
    """
    lines = head.split(b"\r\n", MOST_FIELDS + 1)
    _check_request_line(lines[0], is_whole=len(lines) > 1)
    for line in lines[1:]:
        if len(line) > LONGEST_FIELD:
            _check_large_field(line.removesuffix(b"\r"))  # of the line's end that is on its way
    if len(lines) > MOST_FIELDS + 1 and lines[-1] not in {b"", b"\r"}:
        raise HeadTooLarge(431, f"There are more than {MOST_FIELDS} header fields")
    return lines


def _check_request_line(line: bytes, *, is_whole: bool) -> None:
    if len(line) <= LONGEST_TARGET:
        return
    target = line.partition(b" ")[2].partition(b" ")[0]
    if len(line) > LONGEST_TARGET + _BESIDE_TARGET or (is_whole and len(target) > LONGEST_TARGET):
        raise HeadTooLarge(414, f"The target is longer than {LONGEST_TARGET} bytes")


def _check_large_field(line: bytes) -> None:
    if len(line) <= LONGEST_FIELD:
        return
    for name in _CONTEXTS:
        if line[: len(name)].lower() == name:
            if len(line[len(name) :].strip(b" \t")) <= LONGEST_CONTEXT:
                return
            raise HeadTooLarge(431, f"{name[:-1].decode()} is longer than {LONGEST_CONTEXT} bytes")
    raise HeadTooLarge(431, f"A header field is longer than {LONGEST_FIELD} bytes")
