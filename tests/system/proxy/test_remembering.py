"""What is remembered of callers and tokens, and what must not be."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from localstack.apex import apex_request, decode_context
from orgsim import Fault
from tests.support.world import World, running_world


def _tokens_received(world: World) -> list[str]:
    return [
        decode_context(received.header("ce-sffncontext") or "")["accessToken"]
        for received in world.function.received
    ]


def test_fifty_first_calls_mint_one_token(world: World) -> None:
    """Calls that arrive together share one userinfo, one token and one activation."""
    request = apex_request(world.identity(), permission_sets=["MyPermissionSet"])
    world.org.faults.add(Fault(endpoint="token", kind="latency", seconds=0.3))

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(lambda _: world.send(request).status, range(50)))

    assert set(statuses) == {200}
    assert world.org_requests() == {"userinfo": 1, "token": 1, "activate": 1}


def test_thousand_warm_calls_ask_the_org_nothing(world: World) -> None:
    """Once warm, the org is not asked again."""
    request = apex_request(world.identity(), permission_sets=["MyPermissionSet"])
    assert world.send(request).status == 200
    before = world.org_requests()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: world.send(request).status, range(1000)))

    assert set(statuses) == {200}
    assert world.org_requests() == before


def test_token_with_more_permission_sets_is_not_used_for_fewer(world: World) -> None:
    """Activation belongs to the session: {A, B} and {A} need two tokens, {B, A} needs no third."""
    admin = world.identity()

    for wanted in (("PermissionSetA", "PermissionSetB"), ("PermissionSetA",), ()):
        assert world.call(admin, permission_sets=wanted).status == 200
    assert world.call(admin, permission_sets=("PermissionSetB", "PermissionSetA")).status == 200

    tokens = _tokens_received(world)
    assert [world.org.activated(token) for token in tokens] == [
        {"PermissionSetA", "PermissionSetB"},
        {"PermissionSetA"},
        set(),
        {"PermissionSetA", "PermissionSetB"},
    ]
    assert tokens[0] == tokens[3]


def test_two_users_never_share_a_token(world: World) -> None:
    """Each function call runs as the one who asked for it."""
    for username in ("admin@example.com", "joe@example.com"):
        assert world.call(world.identity(username)).status == 200

    owners = []
    for token in _tokens_received(world):
        session = world.org.session_of(token)
        assert session is not None
        owners.append(session[1].username)
    assert owners == ["admin@example.com", "joe@example.com"]


def test_session_that_died_before_activation_is_minted_anew_once(world: World) -> None:
    """``INVALID_SESSION_ID`` to a fresh token: one more token, and the call succeeds."""
    expired = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    world.org.faults.add(Fault(endpoint="activate", kind="status", status=401, body=expired))

    assert world.call(permission_sets=("MyPermissionSet",)).status == 200
    assert world.org_requests() == {"userinfo": 1, "token": 2, "activate": 2}


def test_session_that_dies_each_time_is_given_up(world: World) -> None:
    """The second refusal ends it: 503, no loop, the function not called."""
    world.org.faults.add(Fault(endpoint="activate", kind="status", status=401, body="[]", times=9))

    answer = world.call(permission_sets=("MyPermissionSet",))

    assert answer.status == 503
    assert world.org_requests() == {"userinfo": 1, "token": 2, "activate": 2}
    assert world.function.received == []


def test_token_that_the_function_finds_dead_is_dropped(world: World) -> None:
    """The function's error tells that the session ended: the next call gets a new token.

    The failed call is not run again: the function may have done half of its work.
    """
    admin = world.identity()
    world.function.status = 500
    world.function.body = json.dumps("... INVALID_SESSION_ID error:\nSession expired").encode()
    assert world.call(admin).status == 500
    world.function.status = 200

    assert world.call(admin).status == 200
    first, second = _tokens_received(world)
    assert first != second


def test_a_refusal_is_of_a_token_and_not_of_its_user(world: World) -> None:
    """That token stays refused for some seconds; the next one of that user is asked about."""
    world.org.faults.add(
        Fault(endpoint="userinfo", kind="status", status=403, body="Bad_OAuth_Token")
    )
    admin = world.identity()

    assert [world.call(admin).status for _ in range(2)] == [401, 401]
    assert world.org_requests()["userinfo"] == 1
    assert world.call(world.identity()).status == 200


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("CALLER_CACHE_TTL_S", {"userinfo": 3, "token": 1}),
        ("TOKEN_CACHE_TTL_S", {"userinfo": 1, "token": 3}),
    ],
)
def test_remembering_can_be_turned_off(
    world: World,
    setting: str,
    expected: dict[str, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A time of 0 asks the org at each call."""
    folder = tmp_path_factory.mktemp("off")
    with running_world(
        world.org, world.org_url, world.function, folder, **{setting: "0"}
    ) as forgetful:
        admin = forgetful.identity()
        assert [forgetful.call(admin).status for _ in range(3)] == [200] * 3

    assert world.org_requests() == expected
