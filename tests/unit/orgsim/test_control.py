from typing import Any

import pytest

from localstack.keys import public_pem
from orgsim.entities import hash_of
from tests.unit.orgsim.world import ADMIN, CONSUMER_KEY, JOE, SOBJECT, Caller


def test_state_shows_everything_but_no_token(caller: Caller) -> None:
    """The state has what was set up and who has a session, by a hash that opens nothing."""
    token = caller.token()
    caller.call(
        "POST",
        "/services/data/v57.0/actions/standard/activateSessionPermSet",
        token,
        json={"inputs": [{"PermSetName": "MyPermissionSet"}]},
    )
    reply = caller.control("GET", "state")

    assert token not in reply.text
    assert reply.json() == {
        "org": {
            "id": "00Dxx0000006IYJEA2",
            "name": "Simulated Org",
            "is_sandbox": False,
            "my_domain_url": None,
            "session_lifetime_s": 7200.0,
            "reuse_sessions": False,
            "clock_ahead_s": 0.0,
            "query_batch_size": 2000,
        },
        "users": [
            {"id": "005xx000001X8UzAAK", "username": ADMIN, "active": True},
            {"id": "005xx000001X8V0AAK", "username": JOE, "active": True},
        ],
        "permission_sets": [
            {
                "name": "MyPermissionSet",
                "namespace": "",
                "assigned_to": [ADMIN],
                "session_based": True,
            },
            {
                "name": "AnotherPermissionSet",
                "namespace": "",
                "assigned_to": [JOE],
                "session_based": True,
            },
        ],
        "connected_apps": [
            {"consumer_key": CONSUMER_KEY, "policy": "admin-approved", "approved_users": [ADMIN]}
        ],
        "sessions": [
            {
                "session": hash_of(token),
                "username": ADMIN,
                "consumer_key": None,
                "opened_at": "2027-01-15T08:00:00.000+0000",
                "expires_at": "2027-01-15T10:00:00.000+0000",
                "activated": ["MyPermissionSet"],
            }
        ],
    }


def test_an_org_is_set_up_over_http(caller: Caller) -> None:
    """User, permission set and connected app made over HTTP work at once."""
    eve = "eve@example.com"
    user = caller.control("POST", "users", {"username": eve})
    granted = caller.control(
        "POST", "permission-sets", {"name": "P", "namespace": "ns", "assigned_to": [eve]}
    )
    app = {
        "consumer_key": "K",
        "public_key_pem": public_pem(caller.key).decode(),
        "approved_users": [eve],
    }
    added = caller.control("POST", "apps", app)
    minted = caller.mint(caller.assertion(iss="K", sub=eve))

    assert user.json() == {"id": "005xx0000000001AAA", "username": eve, "active": True}
    assert granted.json()["namespace"] == "ns"
    assert "public_key_pem" not in added.json()
    assert minted.status_code == 200


def test_a_user_can_be_deactivated(caller: Caller) -> None:
    """Posting a user again changes it and keeps its id."""
    token = caller.token()
    caller.control("POST", "users", {"username": ADMIN, "active": False})
    user = caller.org.user(ADMIN)

    assert (user and (user.id, user.active)) == ("005xx000001X8UzAAK", False)
    assert caller.userinfo(token).status_code == 403


def test_a_token_can_be_had_as_apex_has_it(caller: Caller) -> None:
    """The one answer with a token in it says which session it is."""
    reply = caller.control("POST", "tokens", {"username": JOE}).json()

    assert reply["session"] == hash_of(reply["access_token"])
    assert caller.userinfo(reply["access_token"]).json()["preferred_username"] == JOE


@pytest.mark.parametrize("by", ["access_token", "session", "username", "all"])
def test_sessions_are_expired(caller: Caller, by: str) -> None:
    """A session can be ended by its token, its hash or its user, or with all others."""
    joe = caller.org.open_session(JOE)
    caller.token()
    body = {"access_token": joe, "session": hash_of(joe), "username": JOE}
    reply = caller.control("POST", "sessions/expire", {by: body[by]} if by in body else None)

    assert reply.json() == {"expired": 2 if by == "all" else 1}
    assert caller.userinfo(joe).text == "Bad_OAuth_Token"


def test_a_record_is_made_and_followed(caller: Caller) -> None:
    """A record made as Apex makes it is PENDING, and shows each later change."""
    made = caller.control("POST", "records", {"fields": {"RequestId__c": "r"}})
    record_id = made.json()["id"]
    url = f"/services/data/v57.0/sobjects/{SOBJECT}/{record_id}"
    caller.call("PATCH", url, json={"Status__c": "SUCCESS"})
    told = caller.control("GET", f"records/{record_id}").json()
    listed = caller.control("GET", "records").json()

    assert made.status_code == 201
    assert told["fields"] == {"Status__c": "SUCCESS", "RequestId__c": "r"}
    assert (told["type"], told["deleted"], told["patches"]) == (SOBJECT, False, 1)
    assert told["history"][1] == {
        "order": 2,
        "kind": "update",
        "at": "2027-01-15T08:00:00.000+0000",
        "username": ADMIN,
        "fields": {"Status__c": "SUCCESS"},
    }
    assert listed == {"records": [{"id": record_id, "patches": 1}]}


def test_counters_count_the_org_and_not_its_control(caller: Caller) -> None:
    """Requests are counted by endpoint and status; the control API and the page are not."""
    caller.control("GET", "counters")
    caller.session.get(caller.url)
    caller.mint()
    caller.mint("x")
    caller.userinfo()
    caller.userinfo("dead")
    counted = caller.control("GET", "counters").json()
    reset = caller.control("POST", "counters/reset").json()

    assert counted == {
        "assertions_received": 2,
        "tokens_minted": 1,
        "activations": 0,
        "faults_played": 0,
        "requests": {
            "token": {"total": 2, "by_status": {"200": 1, "400": 1}},
            "userinfo": {"total": 2, "by_status": {"200": 1, "403": 1}},
        },
    }
    assert (reset["tokens_minted"], reset["requests"]) == (0, {})


def test_faults_are_planned_listed_and_cleared(caller: Caller) -> None:
    """Every parameter of a fault can be given over HTTP."""
    fault = {
        "endpoint": "token",
        "kind": "status",
        "times": None,
        "seconds": 2,
        "status": 429,
        "body": "no",
        "content_type": "text/plain",
        "headers": {"Retry-After": "7"},
        "location": "https://x.example/",
        "size_bytes": 100,
        "applied": True,
    }
    planned = caller.control("POST", "faults", fault)
    spoilt = caller.mint()
    listed = caller.control("GET", "faults").json()
    cleared = caller.control("DELETE", "faults").json()

    assert (planned.status_code, planned.json()) == (201, fault | {"id": 1})
    assert (spoilt.status_code, spoilt.text, spoilt.headers["Retry-After"]) == (429, "no", "7")
    assert listed == {"faults": [fault | {"id": 1}]}
    assert cleared == {"cleared": 1}
    assert caller.mint().status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("users", {}, "body.username must be text"),
        ("users", [], "body must be an object"),
        ("users", {"username": 1}, "body.username must be text"),
        ("users", {"username": "a", "actve": True}, "body.actve is not known"),
        ("users", {"username": "a", "active": "yes"}, "body.active must be true or false"),
        ("users", {"username": "a", "id": "00Dxx0000006IYJ"}, "does not start with 005"),
        ("users", {"username": "a", "id": "005xx000001X8UzAAA"}, "wrong checksum"),
        ("users", {"username": "a", "id": "005xx000001X8UzAAZ"}, "wrong checksum"),
        ("users", {"username": "a", "id": "005xx000001X8Uz"}, "already another user's id"),
        ("permission-sets", {"name": "P", "assigned_to": ["x"]}, "'x' is not a user of this org"),
        ("permission-sets", {"name": "P", "assigned_to": "x"}, "must be a list of texts"),
        ("apps", {"consumer_key": "K", "public_key_pem": "x"}, "PEM public key or certificate"),
        ("tokens", {"username": "x"}, "'x' is not an active user"),
        ("tokens", {}, "body.username must be text"),
        ("sessions/expire", {"all": True}, "body.all is not known"),
        ("records", {"fields": {"Nope__c": 1}}, "No such column 'Nope__c'"),
        ("records", {"fields": []}, "body.fields must be an object"),
        ("records", {"namespace": "1x"}, "'1x' is not a namespace"),
        ("faults", {"kind": "null"}, "body.endpoint must be text"),
        ("faults", {"endpoint": "x", "kind": "null"}, "endpoint must be one of"),
        ("faults", {"endpoint": "*", "kind": "x"}, "kind must be one of"),
        ("faults", {"endpoint": "*", "kind": "null", "times": 0}, "times must be a whole number"),
        ("faults", {"endpoint": "*", "kind": "null", "times": 1.5}, "times must be a whole"),
        ("faults", {"endpoint": "*", "kind": "null", "times": True}, "times must be a whole"),
        ("faults", {"endpoint": "*", "kind": "latency", "seconds": -1}, "seconds must be a number"),
        ("faults", {"endpoint": "*", "kind": "latency", "seconds": True}, "seconds must be a"),
        ("faults", {"endpoint": "*", "kind": "status", "status": 99}, "status must be a whole"),
    ],
)
def test_what_cannot_be_done_is_explained(
    caller: Caller,
    path: str,
    body: Any,  # noqa: ANN401
    problem: str,
) -> None:
    """A wrong request to the control API gets 400 with every problem, and changes nothing."""
    before = caller.control("GET", "state").json()
    reply = caller.control("POST", path, body)

    (told,) = reply.json()["problems"]
    assert reply.status_code == 400
    assert problem in told
    assert caller.control("GET", "state").json() == before
    assert caller.org.faults.planned() == ()


def test_a_body_that_is_no_json_is_refused(caller: Caller) -> None:
    """Broken JSON is said to be that."""
    reply = caller.session.post(f"{caller.url}/_orgsim/users", data="{")

    assert (reply.status_code, "not valid JSON" in reply.text) == (400, True)


def test_any_content_type_will_do(caller: Caller) -> None:
    """``curl -d`` without a header works."""
    reply = caller.session.post(f"{caller.url}/_orgsim/tokens", data=f'{{"username": "{JOE}"}}')

    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "records/a00xx0000000009AAA", 404),
        ("GET", "records/x", 404),
        ("GET", "nope", 404),
        ("GET", "users", 405),
        ("DELETE", "state", 405),
    ],
)
def test_what_is_not_there(caller: Caller, method: str, path: str, status: int) -> None:
    """Unknown paths, methods and records have their usual status."""
    assert caller.control(method, path).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 403), ("null", 403), (None, 200), ("own", 200)]
)
def test_other_peoples_pages_may_not_steer(caller: Caller, origin: str | None, status: int) -> None:
    """A page from elsewhere in the developer's browser gets no token and changes nothing."""
    headers = {} if origin is None else {"Origin": caller.url if origin == "own" else origin}
    url = f"{caller.url}/_orgsim/tokens"
    reply = caller.session.post(url, json={"username": JOE}, headers=headers)

    assert reply.status_code == status
    assert len(caller.org.sessions.alive()) == (status == 200)
