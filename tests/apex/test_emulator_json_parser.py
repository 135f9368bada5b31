import json

import pytest

from apex.emulator.embedding import ApexFailed
from tests.apex.fixtures.org import needs_parser, said

pytestmark = needs_parser

ALL = "while (p.nextToken() != null) { System.debug(p.getCurrentToken()); }"


def tokens(text: str) -> list[str]:
    """Return the tokens of a text."""
    quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return said(f"JSONParser p = JSON.createParser('{quoted}'); {ALL}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", []),
        (" 1 ", ["VALUE_NUMBER_INT"]),
        ('"a\\"b"', ["VALUE_STRING"]),
        ("[1.5, -2, true,\nfalse,null]", None),
        ('{"a": [], "b": {}, "c": "d"}', None),
        ('{"a": {"b": [1, {"c": 2}]}}', None),
    ],
)
def test_parser_gives_one_token_after_the_other(text: str, shown: list[str] | None) -> None:
    """Each value, name and bracket is a token."""
    found = tokens(text)

    if shown is not None:
        assert found == shown
    else:
        json.loads(text)
        assert len(found) > 5
    assert all(each for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "Ada",
        "{a=1}",
        "{'a': 1}",
        '{"a" 1}',
        '{"a": }',
        '{"a": 1,}',
        '{"a": 1 "b": 2}',
        "[1 2]",
        "[1,,2]",
        "[,1]",
        "[1",
        "(1, 2)",
        "tru",
        "trueish",
        "01",
        "NaN",
        '"a',
        "]",
        "[}",
    ],
)
def test_parser_refuses_what_is_no_json(text: str) -> None:
    """What is no JSON is a JSONException where it stops to be JSON."""
    with pytest.raises(ApexFailed, match="JSONException: Unexpected"):
        tokens(text)


def test_parser_looks_no_further_than_it_is_asked() -> None:
    """The beginning of a text can be looked at alone."""
    source = "JSONParser p = JSON.createParser('[1, oops'); p.nextToken();"

    assert said(f"{source} System.debug(p.nextToken());") == ["VALUE_NUMBER_INT"]
