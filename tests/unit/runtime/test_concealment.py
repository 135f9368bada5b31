"""Attack 6: a token in disguise, in what is answered and logged."""

import base64
import html
import json
import random
import re
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesforce_functions._internal.concealment import HIDDEN, SHORTEST_RUN, hide
from tests.unit.examples import examples

ORG_ID: Final = "00Dxx0000006IYJ"


def _every_html_escape(text: str) -> str:
    return "".join(c if c.isalnum() else f"&#{ord(c)};" for c in text)


ENCODERS: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent of a path": quote,
    "form": quote_plus,
    "lower percent": lambda text: re.sub("%..", lambda m: m[0].lower(), quote(text, safe="")),
    "json": json.dumps,
    "json escapes": lambda t: "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in t),
    "repr": repr,
    "html": html.escape,
    "html numbers": _every_html_escape,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of a header": lambda text: base64.b64encode(f"user:{text}@host".encode()).decode(),
    "url-safe base64": lambda text: base64.urlsafe_b64encode(f"x{text}".encode()).decode(),
}

LETTERS: Final = string.ascii_letters + string.digits


def token_of(seed: int) -> str:
    """Return a token as an org makes them: no two have anything in common."""
    chosen = random.Random(seed)  # noqa: S311 - a test's
    secret = "".join(chosen.choices(f"{LETTERS}._", k=96))
    return f"{ORG_ID}!{secret}"


tokens = st.integers(0, 10_000).map(token_of)


def readable(text: str, depth: int = 2) -> Iterator[str]:
    """Yield a text, and what base64 in it may mean, begun at any place."""
    yield text
    if depth:
        for run in re.findall(r"[A-Za-z0-9+/_-]{16,}", text):
            for start in range(4):
                part = run[start : start + (len(run) - start) // 4 * 4]
                meant = base64.b64decode(part.replace("-", "+").replace("_", "/"))
                yield from readable(meant.decode("latin-1"), depth - 1)


def visible_parts(text: str, token: str) -> set[str]:
    """Return what of the token's secret part can still be read, however it is decoded."""
    secret = token.partition("!")[2]
    parts = {secret[i : i + 12] for i in range(len(secret) - 11)}
    return {part for meant in readable(text) for part in parts if part.isalnum() and part in meant}


@given(tokens, st.sampled_from(sorted(ENCODERS)), st.sampled_from(sorted(ENCODERS)), st.text())
@settings(max_examples=examples(200), deadline=None)
def test_06_no_encoding_gets_a_token_out(token: str, first: str, second: str, before: str) -> None:
    """Also twice over, at whatever place: of its secret part nothing can be read any more."""
    disguised = ENCODERS[second](f"{before}{ENCODERS[first](token)}&more")
    assert visible_parts(disguised, token)

    shown = hide(f"GET /?t={disguised}", token)

    assert HIDDEN in shown
    assert visible_parts(shown, token) == set()


@pytest.mark.parametrize(
    "between",
    ["!", "%21", "%2521", "\\u0021", "\\\\u0021", "\\x21", "&#33;", "&amp;#x21;", "&excl;"],
)
def test_06_another_token_is_known_by_its_shape(between: str) -> None:
    """Also of somebody else: nobody's token is answered or logged."""
    text = f"sid={ORG_ID}{between}AQEAQKs3cr3t.of_Somebody; path=/"

    shown = hide(text, "")

    assert shown == f"sid={ORG_ID}{between}{HIDDEN}; path=/"


@pytest.mark.parametrize(
    "text",
    [
        f"{ORG_ID}EA2-4Y4W3Lw_LkoskcHdEaZze-MyFunction-2023",
        f"orgId is {ORG_ID}! Really",
        'File "/srv/app/function/main.py", line 12, in function',
        "00D! 00Dxx!abc",
    ],
)
def test_06_what_is_no_token_stays(text: str) -> None:
    """The org's id is in every ce-id, and a message is of use only when it can be read."""
    assert hide(text, f"{ORG_ID}!AQEAQKs3cr3tS3cr3tS3cr3t") == text


def test_06_a_secret_of_short_runs_is_hidden_as_it_is() -> None:
    """Whatever a token is made of, its plain form is replaced."""
    token = f"{ORG_ID}!{'.'.join('ab1' for _ in range(SHORTEST_RUN))}"

    assert hide(f"<{token}>", token) == f"<{HIDDEN}>"
