"""How the sample function is tested: call it with made-up arguments, look at the answer."""

import asyncio
from typing import Any

import pytest
from main import function

from salesforce_functions.testing import mock_context, mock_event


def call(data: object) -> dict[str, Any]:
    """Call the function with a payload, as a user called Ada."""
    return asyncio.run(function(mock_event(data=data), mock_context(username="ada@example.com")))


def test_it_greets_by_name_and_says_who_called() -> None:
    """A name in the payload is greeted; the answer says who called."""
    assert call({"name": "Ada Lovelace"}) == {
        "greeting": "Hello, Ada Lovelace!",
        "letters": 11,
        "calledBy": {"orgId": "00DJS0000000123ABC", "username": "ada@example.com"},
    }


@pytest.mark.parametrize("data", [None, {}, {"name": ""}, [], "text"])
def test_it_greets_the_world_when_the_payload_names_nobody(data: object) -> None:
    """A payload without a name is no error."""
    assert call(data)["greeting"] == "Hello, World!"
