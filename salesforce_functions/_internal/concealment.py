"""Take the access token out of what is answered or logged, however it was encoded on its way."""

import base64
import re
from collections.abc import Iterator
from typing import Final

HIDDEN: Final = "[access token]"
SHORTEST_TOKEN: Final = 8
"""Characters; a shorter one is no real token, and would be found everywhere."""
SHORTEST_RUN: Final = 8
DEEPEST: Final = 2
"""How often base64 is looked through: itself and what it was made of."""

_RUN: Final = re.compile(rf"[A-Za-z0-9]{{{SHORTEST_RUN},}}")

# A token begins with its org's id. The "!" behind it is what encoders change.
_SHAPE: Final = re.compile(
    r"(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"
    r"(?:!|%(?:25)*21|\\+u0021|\\+x21|&(?:amp;)*(?:#0*33|#[xX]0*21|excl);))"
    r"[A-Za-z0-9._%]{8,}"
)


def hide(text: str, secret: str) -> str:
    """Return ``text`` without ``secret`` and without anything of a token's shape.

    Percent-encoding, JSON and HTML leave letters and digits as they are, however often they are
    applied, so each run of them in the secret part is looked for; base64 has three ways to write
    each.
    """
    if len(secret) >= SHORTEST_TOKEN:
        text = text.replace(secret, HIDDEN)
        traces = sorted(set(_traces(secret)), key=len, reverse=True)
        if traces:
            text = re.sub("|".join(traces), HIDDEN, text)
    return _SHAPE.sub(rf"\1{HIDDEN}", text)


def _traces(secret: str) -> Iterator[str]:
    """Yield what is left of a secret in any encoding of it."""
    begun = _RUN.findall(secret.partition("!")[2] or secret)  # the org's id is no secret
    yield from begun
    for _ in range(DEEPEST):
        begun = [run for trace in begun for core in _in_base64(trace) for run in _RUN.findall(core)]
        yield from begun


def _in_base64(text: str) -> Iterator[str]:
    """Yield the middle of ``text`` in base64, for each of the three places it may begin at."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text.encode()).decode().rstrip("=")
        behind = (before + len(text)) % 3
        yield encoded[(0, 2, 3)[before] : len(encoded) - bool(behind)]
