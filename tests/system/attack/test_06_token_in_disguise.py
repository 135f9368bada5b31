"""Attack 6: a function that fails quotes its token, and the caller reads it."""

import base64
import json
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote

import pytest

from localstack.apex import decode_context
from tests.support.world import World
from tests.system.proxy.conftest import function, org, org_url, world

__all__ = ["function", "org", "org_url", "world"]


def token_lent(world: World) -> str:
    """Return the token that the function was lent; a warm call is lent the same."""
    assert world.call().status == 200
    context = decode_context(world.function.received[-1].header("ce-sffncontext") or "")
    token: str = context["accessToken"]
    return token


DISGUISES: Final[dict[str, Callable[[str], str]]] = {
    "plain": lambda token: token,
    "percent-encoded": lambda token: quote(token, safe=""),
    "twice": lambda token: quote(quote(token, safe=""), safe=""),
    "html": lambda token: token.replace("!", "&#33;"),
    "base64": lambda token: base64.b64encode(f"Bearer {token}".encode()).decode(),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_06_no_error_answer_has_the_token_in_it(world: World, disguise: str) -> None:
    """Of a function in any language: neither the body nor the extra info opens anything."""
    token = token_lent(world)
    disguised = DISGUISES[disguise](token)
    world.function.status = 500
    world.function.body = json.dumps(f"GET /services/data?oauth_token={disguised} failed").encode()
    info = {"statusCode": 500, "isFunctionError": True, "stack": f"at {disguised}"}
    world.function.headers = {
        "Content-Type": "application/json",
        "X-Extra-Info": quote(json.dumps(info), safe=""),
    }

    answer = world.call()

    told = json.loads(unquote(answer.headers["X-Extra-Info"]))
    assert answer.status == 500
    assert json.loads(answer.data).startswith("GET /services/data?oauth_token=")
    assert (told["statusCode"], told["isFunctionError"]) == (500, True)
    secret = token.partition("!")[2]
    shown = f"{answer.data.decode()} {answer.headers['X-Extra-Info']} {world.proxy.log()}"
    for text in (shown, unquote(shown), unquote(unquote(shown))):
        assert disguised not in text
        assert not any(secret[i : i + 16] in text for i in range(len(secret) - 15))


def test_06_a_good_answer_passes_byte_for_byte(world: World) -> None:
    """What a function answers on purpose is not looked into."""
    token = token_lent(world)
    world.function.body = json.dumps({"sessionId": token}).encode()

    assert world.call().data == world.function.body
