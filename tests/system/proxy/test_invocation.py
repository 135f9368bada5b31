"""A synchronous invocation from Apex's request to the function's answer."""

import base64
import json
from urllib.parse import unquote

import pytest

from localstack.apex import apex_request
from localstack.keys import public_pem
from localstack.seed import CONSUMER_KEY
from orgsim import OrgSettings, SimulatedOrg, running
from tests.support.fake_function import FakeFunction
from tests.support.reference_request import reference_sync_request
from tests.support.world import World, running_world


def test_function_answer_goes_back_as_it_is(world: World) -> None:
    """Status, body, content type and extra info are the function's, byte for byte."""
    world.function.status = 418
    world.function.body = b'{"a" :\n1}'
    world.function.headers = {
        "Content-Type": "application/vnd.acme+json",
        "X-Extra-Info": "%7B%22statusCode%22%3A418%7D",
        "Set-Cookie": "stays=behind",
        "Server": "hidden",
    }

    answer = world.call()

    assert answer.status == 418
    assert answer.data == b'{"a" :\n1}'
    assert answer.headers["Content-Type"] == "application/vnd.acme+json"
    assert answer.headers["X-Extra-Info"] == "%7B%22statusCode%22%3A418%7D"
    assert "Set-Cookie" not in answer.headers
    assert "Server" not in answer.headers


def test_function_receives_what_apex_sent_and_a_token(world: World) -> None:
    """Contexts, ids and payload arrive; the token in them is a minted one of the same user."""
    identity = world.identity()
    request = apex_request(
        identity,
        permission_sets=["MyPermissionSet"],
        headers={
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "Cookie": "a=b",
            "x-health-check": "true",
            "X-Forwarded-For": "1.2.3.4",
            "Accept-Encoding": "gzip",
        },
        function_context={"accessToken": "the caller's own", "custom": {"kept": [1, 2.5, None]}},
    )

    assert world.send(request).status == 200

    [received] = world.function.received
    sent = request.by_lower_name
    function_context = json.loads(base64.b64decode(received.header("ce-sffncontext") or ""))
    minted = function_context.pop("accessToken")
    assert function_context.pop("requestId") == sent["ce-id"]
    original = json.loads(base64.b64decode(sent["ce-sffncontext"]))
    del original["accessToken"]
    assert function_context == original
    salesforce_context = json.loads(base64.b64decode(received.header("ce-sfcontext") or ""))
    assert salesforce_context == json.loads(base64.b64decode(sent["ce-sfcontext"]))
    assert received.body == request.body
    assert world.org.activated(minted) == {"MyPermissionSet"}
    session = world.org.session_of(minted)
    assert session is not None
    assert session[1].username == "admin@example.com"
    assert minted != identity.token
    assert sorted(name for name, _ in received.headers) == sorted(
        [
            "host", "content-length", "content-type", "x-request-id", "request-id", "traceparent",
            "ce-specversion", "ce-id", "ce-source", "ce-datacontenttype", "ce-type",
            "ce-sffncontext", "ce-sfcontext", "x-time-limit-s",
        ]
    )  # fmt: skip


def test_request_of_the_reference_script_is_answered(
    function: FakeFunction, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What ``invokeSync.sh`` of the public reference sends gets 200, unchanged."""
    org = SimulatedOrg(OrgSettings(id="00Dxx0000006JX6EAM"))
    org.add_user("admin@sf-fx-dh.com", user_id="005xx000001XADR")
    org.add_permission_set("Functions", assigned_to=["admin@sf-fx-dh.com"])
    org.add_app(CONSUMER_KEY, public_pem().decode(), approved_users=["admin@sf-fx-dh.com"])
    folder = tmp_path_factory.mktemp("reference")
    with (
        running(org) as org_url,
        running_world(org, org_url, function, folder, ORG_ID_18="00Dxx0000006JX6EAM") as world,
    ):
        token = org.open_session("admin@sf-fx-dh.com")

        answer = world.send(reference_sync_request(token=token, org_url=org_url))

    assert (answer.status, answer.data) == (200, b'{"ok":true}')
    assert function.received[0].body == b'{"Hello":"There!"}'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"x", id="one-byte"),
        pytest.param(b'{\r\n  "a": "\\u00e9"\r\n}\n', id="pretty-and-escaped"),
        pytest.param('{"a":"日本 😀"}'.encode(), id="utf-8"),
        pytest.param(bytes(range(256)) * 4, id="not-even-text"),
        pytest.param(b"a" * (12 * 1024 * 1024), id="12-MiB"),
    ],
)
def test_payload_arrives_byte_for_byte(world: World, body: bytes) -> None:
    """Nothing reads, reformats or re-encodes the payload."""
    request = apex_request(world.identity())

    answer = world.proxy.post("/sync", request.headers, body)

    assert answer.status == 200
    assert world.function.received[0].body == body


def test_payload_over_the_limit_is_refused(world: World) -> None:
    """12 MiB is what Apex can send; more is 413 and reaches nobody."""
    request = apex_request(world.identity())

    answer = world.proxy.post("/sync", request.headers, b"a" * (12 * 1024 * 1024 + 1))

    assert answer.status == 413
    assert json.loads(answer.data)["statusCode"] == 413
    assert world.function.received == []


def test_path_may_end_in_a_slash_and_carry_a_query(world: World) -> None:
    """``/sync/?x=y`` is ``/sync``, as some endpoint settings have it."""
    request = apex_request(world.identity())

    assert world.proxy.post("/sync/?x=y", request.headers, b"{}").status == 200


def test_answer_without_extra_info_gets_one(world: World) -> None:
    """Older Apex code reads the status from this header alone."""
    world.function.status = 500

    answer = world.call()

    told = json.loads(unquote(answer.headers["X-Extra-Info"]))
    assert told["statusCode"] == 500
    assert told["isFunctionError"] is True


def test_oversized_extra_info_is_replaced(world: World) -> None:
    """What no org could store is not passed on; the answer itself is."""
    world.function.headers = {"X-Extra-Info": "%7B" + "a" * 40_000}

    answer = world.call()

    assert answer.status == 200
    assert json.loads(unquote(answer.headers["X-Extra-Info"]))["statusCode"] == 200
