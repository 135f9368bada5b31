"""Minting a token and activating permission sets on its session."""

import json
from urllib.parse import parse_qs

import pytest

from invocation.errors import (
    ActivationRefused,
    OrgUnavailable,
    ProxyError,
    SessionExpired,
    TokenRefused,
)
from invocation.org.client import OrgClient
from invocation.org.names import OrgUrl, PermissionSet
from tests.unit.invocation.org.org_answers import (
    HTML,
    LONG_TIME,
    MINTED,
    NONSENSE,
    activate,
    admin_at,
    headers_of,
    identify,
    mint,
    succeeded,
    userinfo,
)
from tests.unit.invocation.scripted_server import answer, answering, scripted_server


def test_a_token_is_minted(client: OrgClient) -> None:
    """One form with the assertion, without the caller's token, brings the function's token."""
    body = b'{"access_token":"00Dxx!minted.token","scope":"api","token_type":"Bearer"}'
    with scripted_server(answering(answer(body))) as server:
        token = client.mint(admin_at(server.origin), "a.b-c_.d", deadline=LONG_TIME)
        requests = server.requests

    assert token == "00Dxx!minted.token"
    assert len(requests) == 1
    assert requests[0].startswith(b"POST /services/oauth2/token HTTP/1.1\r\n")
    assert headers_of(requests[0])["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in headers_of(requests[0])
    assert parse_qs(requests[0].partition(b"\r\n\r\n")[2].decode()) == {
        "grant_type": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "assertion": ["a.b-c_.d"],
    }


HINT = (
    '. Ensure that the target Connected App is set to "Admin approved users are pre-authorized"'
    " and user admin@example.com is assigned to Connected App via a Permission Set; in an External"
    " Client App both are in its OAuth policies"
)


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden"])
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {"error": "invalid_grant", "error_description": "invalid assertion"},
            (
                "invalid_grant (invalid assertion). The app's certificate has expired, or was not"
                " made with this private key: upload the one that was"
            ),
        ),
        (
            {"error": "invalid_client_id"},
            (
                "invalid_client_id (no description). CONSUMER_KEY is that of no app in this org; a"
                " new app is known after some ten minutes"
            ),
        ),
        ({"error": "x", "error_description": 7}, "x (no description)"),
        (
            {"error": "invalid_app_access", "error_description": "not approved"},
            "invalid_app_access (not approved)" + HINT,
        ),
        (
            {
                "error": "invalid_grant",
                "error_description": "user hasn't approved this consumer",
            },
            "invalid_grant (user hasn't approved this consumer)" + HINT,
        ),
        ({"error": "x", "error_description": "a\r\nb\x00\u00e9" * 500}, None),
    ],
)
def test_a_refused_token_says_why(
    client: OrgClient, status: str, body: dict[str, object], told: str | None
) -> None:
    """The org's error and description in one short line, and the reference's hint if it fits."""
    with pytest.raises(TokenRefused) as failure:
        mint(client, answer(json.dumps(body).encode(), status=status))

    text = str(failure.value)
    assert text.startswith("Unable to mint function token: ")
    assert text == f"Unable to mint function token: {told}" or told is None
    assert text.isascii()
    assert text.isprintable()
    assert len(text) < 700


@pytest.mark.parametrize(
    "body",
    [
        *(pytest.param(body, id=name) for name, body in NONSENSE.items()),
        pytest.param(b"[]", id="list"),
        pytest.param(b"{}", id="empty-object"),
        pytest.param(b'{"access_token":null}', id="null-token"),
        pytest.param(b'{"access_token":""}', id="empty-token"),
        pytest.param(b'{"access_token":["a"]}', id="token-of-another-type"),
        pytest.param(b'{"access_token":"a b"}', id="token-with-space"),
        pytest.param(b'{"access_token":"a\\r\\nb: c"}', id="token-with-line-break"),
        pytest.param(b'{"access_token":"a\\n"}', id="token-with-newline"),
        pytest.param(b'{"access_token":"\\u00e4"}', id="token-with-umlaut"),
        pytest.param(b'{"error":"invalid_grant"}', id="error-with-200"),
    ],
)
def test_no_token_without_a_good_answer(client: OrgClient, body: bytes) -> None:
    """Nothing but one line of a token's characters is taken for one."""
    with pytest.raises(OrgUnavailable):
        mint(client, answer(body))


OWNED = {"access_token": "00Dxx!minted.token"}


@pytest.mark.parametrize(
    "id_url",
    [
        "https://login.salesforce.com/id/00Dxx0000006IYJEA2/005xx000001X8UzAAK",
        "https://test.salesforce.com/id/00Dxx0000006IYJ/005xx000001X8Uz",
        None,
    ],
)
def test_a_token_of_the_very_caller_is_taken(client: OrgClient, id_url: str | None) -> None:
    """Its owner is the verified one, with ids of either length, or is not told by the org."""
    assert mint(client, answer(json.dumps(OWNED | {"id": id_url}).encode())) == "00Dxx!minted.token"


@pytest.mark.parametrize(
    "id_url",
    [
        pytest.param("https://x/id/00Dxx0000006IYJEA2/005xx000001X8V0AAK", id="another-user"),
        pytest.param("https://x/id/00Dxx0000006IYKEA2/005xx000001X8UzAAK", id="another-org"),
        pytest.param("https://x/id/005xx000001X8UzAAK", id="no-org"),
        pytest.param("005xx000001X8UzAAK", id="no-url"),
        pytest.param("", id="empty"),
        pytest.param(7, id="number"),
        pytest.param(["00Dxx0000006IYJEA2", "005xx000001X8UzAAK"], id="list"),
    ],
)
def test_somebody_elses_token_is_not_taken(client: OrgClient, id_url: object) -> None:
    """A username that changed hands since its owner was verified brings nobody another's rights."""
    with pytest.raises(OrgUnavailable):
        mint(client, answer(json.dumps(OWNED | {"id": id_url}).encode()))


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found"])
def test_a_refusal_without_a_reason_is_an_outage(
    client: OrgClient, status: str, body: bytes
) -> None:
    """A web page in place of OAuth's error is not a matter of set-up."""
    with pytest.raises(OrgUnavailable):
        mint(client, answer(body, status=status))


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
def test_an_org_may_say_that_it_is_out_of_order(client: OrgClient, error: str) -> None:
    """OAuth's own words for an outage are one, whatever the status."""
    with pytest.raises(OrgUnavailable):
        mint(client, answer(json.dumps({"error": error}).encode(), status="400 Bad Request"))


def test_permission_sets_are_activated_in_one_call(client: OrgClient) -> None:
    """One POST with the minted token; a namespace is given apart from the name."""
    with scripted_server(answering(answer(succeeded(3)))) as server:
        client.activate(
            OrgUrl(server.origin),
            MINTED,
            [PermissionSet.parse(name) for name in ("A", "ns__B", "a__b__c")],
            api_version="57.0",
            deadline=LONG_TIME,
        )
        requests = server.requests

    assert len(requests) == 1
    assert requests[0].startswith(
        b"POST /services/data/v57.0/actions/standard/activateSessionPermSet HTTP/1.1\r\n"
    )
    assert headers_of(requests[0])["authorization"] == f"Bearer {MINTED}"
    assert headers_of(requests[0])["content-type"] == "application/json"
    assert json.loads(requests[0].partition(b"\r\n\r\n")[2]) == {
        "inputs": [
            {"PermSetName": "A"},
            {"PermSetName": "B", "PermSetNamespace": "ns"},
            {"PermSetName": "b__c", "PermSetNamespace": "a"},
        ]
    }


FAILED = {
    "isSuccess": False,
    "errors": [{"statusCode": "INVALID_X", "message": "no such\nset", "fields": []}],
    "outputValues": None,
}


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        ("400 Bad Request", succeeded(2, **FAILED), "no such set (INVALID_X)"),
        ("200 OK", succeeded(2, **FAILED), "no such set (INVALID_X)"),
        ("200 OK", succeeded(2, isSuccess=False), "the org gave no reason"),
        ("200 OK", succeeded(2, isSuccess="true"), "the org gave no reason"),
        (
            "404 Not Found",
            b'[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]',
            "The requested resource does not exist (NOT_FOUND)",
        ),
        (
            "400 Bad Request",
            json.dumps([FAILED, FAILED]).encode(),
            "no such set (INVALID_X); no such set (INVALID_X)",
        ),
    ],
)
def test_a_refused_activation_says_why(
    client: OrgClient, status: str, body: bytes, reason: str
) -> None:
    """One failure of several refuses all: the names, and the org's reasons in one line."""
    with pytest.raises(ActivationRefused) as failure:
        activate(client, answer(body, status=status))

    assert (
        str(failure.value)
        == f"Unable to activate session-based Permission Set(s) A, ns__B: {reason}"
    )


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "403 Forbidden", "404 Not Found"])
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_nonsensical_activation_is_an_outage(client: OrgClient, status: str, body: bytes) -> None:
    """A web page or no JSON tells nothing about the permission set: try again later."""
    with pytest.raises(OrgUnavailable):
        activate(client, answer(body, status=status))


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"[null,null]", b"[[],[]]", succeeded(1), succeeded(3)]
)
def test_an_activation_that_cannot_be_told_is_none(client: OrgClient, body: bytes) -> None:
    """Unless each permission set is said to be active, the token is not used."""
    with pytest.raises(ProxyError):
        activate(client, answer(body))


@pytest.mark.parametrize("body", [b'[{"errorCode":"INVALID_SESSION_ID"}]', b"", HTML])
def test_a_session_may_be_over_at_once(client: OrgClient, body: bytes) -> None:
    """401 with the minted token: it is no longer one."""
    with pytest.raises(SessionExpired):
        activate(client, answer(body, status="401 Unauthorized"))


@pytest.mark.parametrize("status", ["201 Created", "204 No Content", "206 Partial Content"])
def test_another_success_is_none(client: OrgClient, status: str) -> None:
    """Only 200 is the status of these three calls: what came with another is not used."""
    good = {
        identify: userinfo(),
        mint: b'{"access_token":"00Dxx!minted.token"}',
        activate: succeeded(2),
    }
    for ask, body in good.items():
        with pytest.raises((OrgUnavailable, ActivationRefused)):
            ask(client, answer(b"" if status.startswith("204") else body, status=status))
