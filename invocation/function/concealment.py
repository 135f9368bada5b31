"""Takes the function's token out of its error answers, whatever its language made of it. Pure.

A function that fails likes to quote the request that failed, token and all. Its runtime may hide
that; this is for those that don't.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from invocation.function.answer import FunctionAnswer
    from invocation.org.names import AccessToken

HIDDEN: Final = b"[access token]"
DEEPEST: Final = 2
"""How often base64 is looked through: itself and what it was made of."""

_RUN: Final = re.compile(rb"[A-Za-z0-9]{8,}")
# A token begins with its org's id. The "!" behind it is what encoders change.
_SHAPE: Final = re.compile(
    rb"(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"
    rb"(?:!|%(?:25)*21|\\+u0021|\\+x21|&(?:amp;)*(?:#0*33|#[xX]0*21|excl);))"
    rb"[A-Za-z0-9._%]{8,}"
)


def without_token(answer: FunctionAnswer, token: AccessToken) -> FunctionAnswer:
    """Return an error answer without the token that was lent; any other one as it is.

    A good answer passes byte for byte: what a function says on purpose is its own business.
    """
    if answer.status < 400:
        return answer
    known = _pattern(token)
    info = answer.extra_info
    return replace(
        answer,
        body=_hide(answer.body, known),
        extra_info=info and _hide(info.encode("latin-1"), known).decode("latin-1"),
    )


def _pattern(token: AccessToken) -> re.Pattern[bytes]:
    """Percent-encoding, JSON and HTML leave letters and digits as they are: so does this."""
    secret = token.partition("!")[2] or token  # the org's id is no secret
    traces = {re.escape(secret.encode()), *_traces(secret.encode())}
    longest_first = sorted((len(trace), trace) for trace in traces)[::-1]
    return re.compile(b"|".join(trace for _, trace in longest_first))


def _traces(secret: bytes) -> Iterator[bytes]:
    """Yield what is left of a secret in any encoding of it."""
    begun = _RUN.findall(secret)
    yield from begun
    for _ in range(DEEPEST):
        begun = [run for trace in begun for core in _in_base64(trace) for run in _RUN.findall(core)]
        yield from begun


def _in_base64(text: bytes) -> Iterator[bytes]:
    """Yield the middle of ``text`` in base64, for each of the three places it may begin at."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text).rstrip(b"=")
        behind = (before + len(text)) % 3
        yield encoded[(0, 2, 3)[before] : len(encoded) - bool(behind)]


def _hide(text: bytes, known: re.Pattern[bytes]) -> bytes:
    return _SHAPE.sub(rb"\1" + HIDDEN, known.sub(HIDDEN, text))
