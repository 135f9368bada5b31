from typing import Any

import pytest
import requests

from tests.unit.orgsim.world import ADMIN, JOE, Caller

ACTIONS = "/services/data/v57.0/actions/standard/"
URL = f"{ACTIONS}activateSessionPermSet"


def _activate(caller: Caller, *inputs: Any, token: str | None = None) -> requests.Response:  # noqa: ANN401
    return caller.call("POST", URL, token, json={"inputs": list(inputs)})


def test_an_assigned_permission_set_is_activated_for_this_session_only(caller: Caller) -> None:
    """Activation belongs to the session whose token asked; the user's others do not get it."""
    token, other = caller.token(), caller.token()
    reply = _activate(caller, {"PermSetName": "MyPermissionSet"}, token=token)

    assert reply.status_code == 200
    assert reply.json() == [
        {
            "actionName": "activateSessionPermSet",
            "errors": None,
            "isSuccess": True,
            "outputValues": {},
        }
    ]
    assert caller.org.activated(token) == {"MyPermissionSet"}
    assert caller.org.activated(other) == set()


def test_a_namespace_is_part_of_the_name(caller: Caller) -> None:
    """The same developer name in a package is another permission set."""
    caller.org.add_permission_set("Extra", namespace="pkg", assigned_to=[ADMIN])
    token = caller.token()
    bare = _activate(caller, {"PermSetName": "Extra"}, token=token)
    full = _activate(caller, {"PermSetName": "Extra", "PermSetNamespace": "pkg"}, token=token)

    assert (bare.status_code, full.status_code) == (400, 200)
    assert caller.org.activated(token) == {"pkg__Extra"}


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param({"PermSetName": "AnotherPermissionSet"}, id="assigned-to-joe"),
        pytest.param({"PermSetName": "NoSuchSet"}, id="unknown"),
        pytest.param({"PermSetName": "Plain"}, id="not-session-based"),
        pytest.param({"PermSetName": ""}, id="empty"),
        pytest.param({"PermSetName": 7}, id="no-text"),
        pytest.param({"PermSetName": "MyPermissionSet", "PermSetNamespace": 7}, id="namespace"),
        pytest.param({"PermSetNamespace": "pkg"}, id="no-name"),
        pytest.param("MyPermissionSet", id="no-object"),
    ],
)
def test_each_input_has_its_own_result(caller: Caller, refused: object) -> None:
    """One refused input makes it a 400 with the same list; the good one stays activated."""
    caller.org.add_permission_set("Plain", assigned_to=[ADMIN], session_based=False)
    token = caller.token()
    reply = _activate(caller, {"PermSetName": "MyPermissionSet"}, refused, token=token)

    good, bad = reply.json()
    assert reply.status_code == 400
    assert good["isSuccess"] is True
    assert (bad["isSuccess"], bad["outputValues"]) == (False, None)
    assert set(bad["errors"][0]) == {"statusCode", "message", "fields"}
    assert caller.org.activated(token) == {"MyPermissionSet"}
    assert caller.org.counters()["activations"] == 1


@pytest.mark.parametrize("version", ["v40.0", "v57.0", "v68.0"])
def test_known_versions(caller: Caller, version: str) -> None:
    """The action exists since version 40; newer versions say more in each result."""
    reply = caller.call(
        "POST", URL.replace("v57.0", version), json={"inputs": [{"PermSetName": 1}]}
    )

    assert reply.status_code == 400
    assert ("invocationId" in reply.json()[0]) == (version == "v68.0")


@pytest.mark.parametrize(
    "path",
    [
        URL.replace("v57.0", "v39.0"),
        URL.replace("v57.0", "v20.0"),
        URL.replace("v57.0", "v57"),
        URL.replace("v57.0", "57.0"),
        URL.replace("v57.0", "v57.1"),
        f"{ACTIONS}deactivateEverything",
    ],
)
def test_an_unknown_version_or_action_is_not_found(caller: Caller, path: str) -> None:
    """What does not exist is a 404 in the REST interface's shape."""
    reply = caller.call("POST", path, json={"inputs": [{"PermSetName": "MyPermissionSet"}]})

    assert reply.status_code == 404
    assert reply.json() == [
        {"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "JSON_PARSER_ERROR"),
        (b"{", "JSON_PARSER_ERROR"),
        (b"[]", "JSON_PARSER_ERROR"),
        (b'{"inputs": NaN}', "JSON_PARSER_ERROR"),
        (b"[" * 200_000, "JSON_PARSER_ERROR"),
        (b"{}", "INVALID_API_INPUT"),
        (b'{"inputs": {}}', "INVALID_API_INPUT"),
        (b'{"inputs": []}', "INVALID_API_INPUT"),
    ],
)
def test_a_bad_body_is_refused(caller: Caller, body: bytes, code: str) -> None:
    """A body that is no JSON, or has no inputs, gets 400 and one error in an array."""
    token = caller.token()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    reply = caller.session.post(caller.url + URL, data=body, headers=headers)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


def test_another_content_type_is_refused(caller: Caller) -> None:
    """The REST interface reads JSON only."""
    reply = caller.call("POST", URL, data="inputs=x")

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_dead_session_is_told_so_in_the_rest_shape(caller: Caller) -> None:
    """401 INVALID_SESSION_ID in an array: the sign for a client to get a new token."""
    token = caller.token()
    caller.org.expire_sessions(token=token)
    reply = _activate(caller, {"PermSetName": "MyPermissionSet"}, token=token)

    assert reply.status_code == 401
    assert reply.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]


def test_usage_is_told(caller: Caller) -> None:
    """Answers to a live session carry the API usage; others tell nothing."""
    good = _activate(caller, {"PermSetName": "MyPermissionSet"})
    bad = _activate(caller, {"PermSetName": "MyPermissionSet"}, token="dead")

    assert good.headers["Sforce-Limit-Info"] == "api-usage=0/15000"
    assert "Sforce-Limit-Info" not in bad.headers


def test_sessions_can_be_ended_one_by_one_by_user_or_all(caller: Caller) -> None:
    """Only what fits everything that was given ends."""
    org = caller.org
    tokens = [org.open_session(ADMIN), org.open_session(ADMIN), org.open_session(JOE)]

    assert org.expire_sessions(token=tokens[0], username=JOE) == 0
    assert org.expire_sessions(token=tokens[0]) == 1
    assert org.expire_sessions(username=ADMIN.upper()) == 1
    assert [s.username for s in org.sessions.alive()] == [JOE]
    assert org.expire_sessions() == 1
