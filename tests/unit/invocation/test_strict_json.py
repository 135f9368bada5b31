import json

import pytest

from invocation.strict_json import DEEPEST, parse_object


def nested(levels: int) -> bytes:
    """Return an object with that many levels, itself counted."""
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"{}", {}),
        (b' {"a" : [1, -2.5, true, null, "x"]}\r\n', {"a": [1, -2.5, True, None, "x"]}),
        ('{"a":"\u00e9\U0001f600"}'.encode(), {"a": "\u00e9\U0001f600"}),
        (rb'{"a":"\ud83d\ude00"}', {"a": "\U0001f600"}),
        (b'{"":{"":""}}', {"": {"": ""}}),
        (b'{"a":{"k":1},"b":{"k":2}}', {"a": {"k": 1}, "b": {"k": 2}}),
        (b'{"n":1e300}', {"n": 1e300}),
        (b'{"n":123456789012345678901234567890}', {"n": 123456789012345678901234567890}),
    ],
)
def test_an_object_is_read(text: bytes, value: object) -> None:
    """Plain JSON objects come out as Python's values."""
    assert parse_object(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b"{", "not JSON", id="cut"),
        pytest.param(b'{"a":1,}', "not JSON", id="trailing-comma"),
        pytest.param(b"{'a':1}", "not JSON", id="single-quotes"),
        pytest.param(b'{"a":01}', "not JSON", id="leading-zero"),
        pytest.param(b'{"a":"\n"}', "not JSON", id="control-character"),
        pytest.param(b'{"a":1} x', "not JSON", id="something-after"),
        pytest.param(b'{"a":1}{"b":2}', "not JSON", id="two-objects"),
        pytest.param(b"\xef\xbb\xbf{}", "not JSON", id="byte-order-mark"),
        pytest.param(b"\xff\xfe{\x00}\x00", "not UTF-8", id="utf-16"),
        pytest.param(b'{"a":"\xc0\x80"}', "not UTF-8", id="overlong-utf-8"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', "not UTF-8", id="surrogate-in-utf-8"),
        pytest.param(b"null", "not a JSON object", id="null"),
        pytest.param(b"[]", "not a JSON object", id="list"),
        pytest.param(b'"{}"', "not a JSON object", id="string"),
        pytest.param(b"7", "not a JSON object", id="number"),
        pytest.param(b'{"a":1,"a":1}', "a key is given twice", id="duplicate"),
        pytest.param(rb'{"a":1,"\u0061":2}', "a key is given twice", id="duplicate-escaped"),
        pytest.param(b'{"x":[{"a":1,"a":2}]}', "a key is given twice", id="duplicate-inside"),
        pytest.param(b'{"a":NaN}', "NaN and Infinity are not JSON", id="nan"),
        pytest.param(b'{"a":-Infinity}', "NaN and Infinity are not JSON", id="infinity"),
        pytest.param(b'{"a":1e999}', "a number is too large", id="float-too-large"),
        pytest.param(b'{"a":-1e999}', "a number is too large", id="float-too-small"),
        pytest.param(rb'{"a":"\ud800"}', "half of a surrogate pair", id="surrogate"),
        pytest.param(rb'{"\udc00":1}', "half of a surrogate pair", id="surrogate-in-key"),
        pytest.param(rb'{"a":["\ude00\ud83d"]}', "half of a surrogate pair", id="wrong-order"),
        pytest.param(nested(DEEPEST + 2), "nested too deeply", id="deep"),
        pytest.param(b'{"a":' + b"[" * 100_000, "nested too deeply", id="very-deep"),
        pytest.param(nested(100_000), "nested too deeply", id="very-deep-and-closed"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "nested too deeply", id="very-deep-list"),
    ],
)
def test_another_text_is_refused(text: bytes, reason: str) -> None:
    """What readers could understand in two ways, or not at all, is refused with the reason."""
    with pytest.raises(ValueError, match=f"^{reason}"):
        parse_object(text)


def test_the_nesting_that_is_followed() -> None:
    """The limit is the one that is written down, for objects and lists alike."""
    assert parse_object(nested(DEEPEST + 1)) == json.loads(nested(DEEPEST + 1))
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_object(b'{"a":' + b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1) + b"}")


@pytest.mark.parametrize("number", [b"9" * 5000, b"-" + b"9" * 5000])
def test_an_endless_integer_is_refused_in_our_words(number: bytes) -> None:
    """The reason is about the text, not about settings of the interpreter that reads it."""
    with pytest.raises(ValueError, match=r"number is too l(arge|ong)") as refusal:
        parse_object(b'{"a":' + number + b"}")

    assert "sys." not in str(refusal.value)


@pytest.mark.parametrize("text", [b'{"s3cret":1,"s3cret":2}', b'{"a":"s3cret', b"s3cret"])
def test_no_refusal_quotes_the_text(text: bytes) -> None:
    """A context holds names and tokens: the reason says what is wrong, not with what."""
    with pytest.raises(ValueError, match=r".") as refusal:
        parse_object(text)

    assert "s3cret" not in str(refusal.value)
