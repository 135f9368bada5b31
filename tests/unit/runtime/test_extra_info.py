"""What x-extra-info carries, and that it never outgrows its limit."""

import json
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesforce_functions._internal.concealment import hide
from salesforce_functions._internal.extra_info import (
    MAX_BYTES,
    ExtraInfo,
    encode_success,
    printable,
)


def ping(depth: int, text: str) -> None:
    """Call `pong`; neither repeats, so Python shortens nothing."""
    pong(depth - 1, text)


def pong(depth: int, text: str) -> None:
    """Call `ping`, until it is deep enough."""
    if depth > 0:
        ping(depth - 1, text)
    innermost(text)


def innermost(text: str) -> None:
    """Fail."""
    raise ValueError(text)


def caught(function: Callable[[], object]) -> Exception:
    """Return what a function raises."""
    try:
        function()
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError


def decoded(info: ExtraInfo) -> dict[str, object]:
    """Encode, check the limit and the alphabet, and decode."""
    value = info.encode().decode("ascii")
    assert len(value) <= MAX_BYTES
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", value)
    result = json.loads(unquote(value, errors="strict"))
    assert isinstance(result, dict)
    return result


def stack_of(error: BaseException) -> str:
    """Return the stack that the header carries for an error."""
    return str(decoded(ExtraInfo(status_code=500, error=error, is_function_error=True))["stack"])


def test_everything_outside_the_unreserved_characters_is_encoded() -> None:
    """Form decoding (Apex) and URI decoding (Node) then agree."""
    value = ExtraInfo(status_code=200, request_id="a b+c%d/é→", source="~-._").encode()

    assert value == (
        b"%7B%22requestId%22%3A%22a%20b%2Bc%25d%2F%C3%A9%E2%86%92%22%2C%22source%22%3A%22~-._%22"
        b"%2C%22statusCode%22%3A200%7D"
    )


@pytest.mark.parametrize("character", [*map(chr, range(128)), "\x80", "→", "\ud800", "\U0001f642"])
def test_no_character_makes_an_id_outgrow_its_share(character: str) -> None:
    """Whatever it is made of, an id takes 1,024 encoded bytes at most, and not much less."""
    for length in (85, 86, 128, 129, 1024):
        info = ExtraInfo(status_code=200, request_id=character * length)
        encoded = len(info.encode()) - len(ExtraInfo(status_code=200, request_id="").encode())

        assert encoded <= 1024
        kept = decoded(info)["requestId"]
        assert kept == printable(character * length) or encoded > 1024 - 12


@given(st.text(), st.text(), st.integers(min_value=0, max_value=2**53))
def test_the_short_way_of_a_success_leads_to_the_same(
    request_id: str, source: str, ms: int
) -> None:
    """What is written for a 200 is what is written for everything else."""
    info = ExtraInfo(status_code=200, request_id=request_id, source=source, exec_time_ms=ms)

    assert encode_success(request_id, source, ms) == info.encode()


def test_a_short_stack_is_whole() -> None:
    """Nothing is left out that fits."""
    stack = stack_of(caught(lambda: innermost("x")))

    assert stack.startswith("Traceback (most recent call last):\n")
    assert "in caught" in stack
    assert stack.endswith("ValueError: x\n")


def test_a_long_stack_keeps_the_innermost_frames_and_the_error() -> None:
    """Two functions calling each other make a traceback of 94 KB that Python does not shorten."""
    stack = stack_of(caught(lambda: ping(400, "the reason")))

    assert stack.startswith("[... the beginning of this traceback was left out ...]\n")
    assert "in innermost" in stack
    assert "in caught" not in stack
    assert stack.endswith("ValueError: the reason\n")
    assert len(stack) > 3000


@pytest.mark.parametrize("text", ["x" * 100_000, "日本" * 50_000, "\n" * 100_000, "a\n" * 5_000])
def test_a_long_text_keeps_its_beginning_and_the_innermost_frames(text: str) -> None:
    """The class, how the text begins, and where it happened."""
    stack = stack_of(caught(lambda: innermost(text)))

    assert "in innermost" in stack
    assert f"\nValueError: {text[:300]}" in stack


def test_a_long_group_of_errors_fits() -> None:
    """Its form differs from that of other tracebacks."""
    errors = [caught(lambda: ping(100, f"reason {i}")) for i in range(5)]  # noqa: B023
    stack = stack_of(ExceptionGroup("several", errors))

    assert "several" in stack.splitlines()[-1]


def test_long_chains_of_causes_keep_the_last_error() -> None:
    """What was raised last is what the caller gets."""
    error = caught(lambda: ping(200, "first"))
    last = caught(lambda: innermost("last"))
    last.__cause__ = error

    assert stack_of(last).endswith("ValueError: last\n")


@given(
    request_id=st.text(), source=st.text(min_size=400), text=st.text(), depth=st.integers(0, 100)
)
def test_it_always_fits(request_id: str, source: str, text: str, depth: int) -> None:
    """Whatever ids, texts and depths: readable, blameable and within the limit."""
    error = caught(lambda: ping(depth, text * 50))
    info = decoded(
        ExtraInfo(status_code=500, request_id=request_id * 99, source=source, error=error)
    )

    assert "ValueError" in str(info["stack"])
    assert info["isFunctionError"] is False


def test_a_secret_is_cut_out_before_the_stack_is_cut_off() -> None:
    """Half a token would be one that no search finds."""
    secret = "00D!" + "s3cr3t" * 20
    error = caught(lambda: innermost(("x" * 1000 + secret) * 50))

    info = decoded(ExtraInfo(status_code=500, error=error, secret=secret))

    assert "s3cr3t" not in str(info["stack"])


def test_a_secret_too_short_for_one_hides_nothing() -> None:
    """An empty token, or the letter a, must not make every text unreadable."""
    assert hide("banana", "a") == hide("banana", "") == "banana"
