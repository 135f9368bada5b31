import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from localstack.keys import new_rsa_key, public_pem
from orgsim import OrgSettings, Policy, SimulatedOrg
from orgsim.oauth.assertion import verify_assertion
from orgsim.refusals import OAuthRefused
from tests.unit.orgsim.world import (
    ADMIN,
    CONSUMER_KEY,
    JOE,
    JWT_BEARER,
    LOGIN,
    NOW,
    Caller,
)

URL = "/services/oauth2/token"
FORM = "application/x-www-form-urlencoded"
NONE = '{"alg":"none","typ":"JWT"}'
HS256 = '{"alg":"HS256","typ":"JWT"}'
RS256 = '{"alg":"RS256","typ":"JWT"}'


def _part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _org(key: rsa.RSAPrivateKey, settings: OrgSettings) -> SimulatedOrg:
    org = SimulatedOrg(settings, clock=lambda: NOW)
    org.add_user(ADMIN)
    org.add_app(CONSUMER_KEY, public_pem(key).decode(), approved_users=[ADMIN])
    return org


def test_a_good_assertion_gets_a_token(caller: Caller) -> None:
    """The answer has exactly the fields of the JWT bearer flow, and may not be stored."""
    reply = caller.mint()

    body = reply.json()
    token = body.pop("access_token")
    assert reply.status_code == 200
    assert token.startswith("00Dxx0000006IYJ!")
    assert body == {
        "scope": "api id",
        "instance_url": caller.url,
        "id": f"{LOGIN}/id/00Dxx0000006IYJEA2/005xx000001X8UzAAK",
        "token_type": "Bearer",
    }
    assert reply.headers["Cache-Control"] == "no-store"
    assert caller.userinfo(token).json()["preferred_username"] == ADMIN


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"sub": None, "prn": ADMIN}, id="prn-alone"),
        pytest.param({"sub": "nobody@example.com", "prn": ADMIN}, id="prn-wins-over-sub"),
        pytest.param({"sub": ADMIN.upper()}, id="username-in-another-case"),
        pytest.param({"exp": str(int(NOW))}, id="exp-as-a-string"),
        pytest.param({"exp": NOW + 0.5}, id="exp-with-a-fraction"),
        pytest.param({"exp": int(NOW) - 180}, id="exp-within-the-skew"),
        pytest.param({"exp": int(NOW) * 1000}, id="exp-far-ahead"),
        pytest.param({"iat": int(NOW) + 999, "nbf": int(NOW) + 999}, id="others-unread"),
    ],
)
def test_accepted_claims(caller: Caller, claims: dict[str, Any]) -> None:
    """What the documentation allows is accepted."""
    assert caller.mint(caller.assertion(**claims)).status_code == 200


INVALID = ("invalid_grant", "invalid assertion")
AUDIENCE = ("invalid_grant", "audience is invalid")
CLIENT = ("invalid_client_id", "client identifier invalid")
EXPIRED = ("invalid_grant", "expired authorization code")
NOT_APPROVED = ("invalid_grant", "user hasn't approved this consumer")


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        pytest.param({"iss": "another-app"}, CLIENT, id="unknown-iss"),
        pytest.param({"iss": None}, CLIENT, id="no-iss"),
        pytest.param({"aud": "https://test.salesforce.com"}, AUDIENCE, id="sandbox-audience"),
        pytest.param({"aud": "https://login.salesforce.com/"}, AUDIENCE, id="trailing-slash"),
        pytest.param({"aud": "http://login.salesforce.com"}, AUDIENCE, id="http-audience"),
        pytest.param({"aud": [LOGIN]}, AUDIENCE, id="audience-list"),
        pytest.param({"aud": None}, AUDIENCE, id="no-aud"),
        pytest.param({"exp": int(NOW) - 181}, EXPIRED, id="expired"),
        pytest.param({"exp": "soon"}, INVALID, id="exp-no-number"),
        pytest.param({"exp": "nan"}, INVALID, id="exp-nan"),
        pytest.param({"exp": "inf"}, INVALID, id="exp-infinite"),
        pytest.param({"exp": True}, INVALID, id="exp-true"),
        pytest.param({"exp": None}, INVALID, id="no-exp"),
        pytest.param({"sub": None}, INVALID, id="no-sub"),
        pytest.param({"prn": ["x"]}, INVALID, id="prn-no-text"),
        pytest.param({"sub": "nobody@example.com"}, NOT_APPROVED, id="unknown-user"),
        pytest.param(
            {"sub": JOE},
            ("invalid_app_access", "user is not admin approved to access this app"),
            id="user-without-approval",
        ),
    ],
)
def test_refused_claims(caller: Caller, claims: dict[str, Any], error: tuple[str, str]) -> None:
    """Each wrong claim is refused with 400 and the platform's own words, and mints nothing."""
    reply = caller.mint(caller.assertion(**claims))

    assert reply.status_code == 400
    assert reply.json() == {"error": error[0], "error_description": error[1]}
    assert reply.headers["Cache-Control"] == "no-store"
    assert caller.org.sessions.alive() == ()
    assert caller.org.counters()["assertions_received"] == 1
    assert caller.org.counters()["tokens_minted"] == 0


def test_self_authorize_says_not_approved(caller: Caller) -> None:
    """Where users approve an app themselves, one who did not is told so."""
    pem = public_pem(caller.key).decode()
    caller.org.add_app(CONSUMER_KEY, pem, policy=Policy.SELF_AUTHORIZE, approved_users=[ADMIN])
    reply = caller.mint(caller.assertion(sub=JOE))

    assert (reply.status_code, reply.json()["error_description"]) == (400, NOT_APPROVED[1])


def test_an_inactive_user_gets_no_token(caller: Caller) -> None:
    """Whoever was deactivated is refused even when approved."""
    caller.org.add_user(ADMIN, active=False)
    reply = caller.mint()

    assert (reply.status_code, reply.json()["error_description"]) == (400, "inactive user")


def _no_algorithm(caller: Caller) -> str:
    _, payload, _ = caller.assertion().split(".")
    return f"{_part(NONE)}.{payload}."


def _foreign_key(caller: Caller) -> str:
    return caller.assertion(key=new_rsa_key())


def _other_algorithm(caller: Caller) -> str:
    return caller.assertion(alg="RS512")


def _signed_with_the_public_key(caller: Caller) -> str:
    """Make the classic confusion: an HMAC whose secret is the public key's text."""
    _, payload, _ = caller.assertion().split(".")
    signed = f"{_part(HS256)}.{payload}"
    digest = hmac.digest(public_pem(caller.key), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _changed_payload(caller: Caller) -> str:
    head, payload, signature = caller.assertion(sub=JOE).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = json.dumps(claims | {"sub": ADMIN})
    return f"{head}.{_part(changed)}.{signature}"


@pytest.mark.parametrize(
    "make",
    [
        _no_algorithm,
        _foreign_key,
        _other_algorithm,
        _signed_with_the_public_key,
        _changed_payload,
        pytest.param(lambda c: c.assertion()[:-8], id="cut"),
        pytest.param(lambda _: "x", id="no-jwt"),
        pytest.param(lambda _: "a.b.c", id="three-parts"),
    ],
)
def test_a_signature_is_really_verified(caller: Caller, make: Callable[[Caller], str]) -> None:
    """Only RS256 with the private half of the app's own key makes an assertion valid."""
    reply = caller.mint(make(caller))

    assert reply.status_code == 400
    assert reply.json() == {"error": INVALID[0], "error_description": INVALID[1]}


@pytest.mark.parametrize(
    ("kwargs", "error"),
    [
        ({"data": {}}, "unsupported_grant_type"),
        ({"data": {"grant_type": "password"}}, "unsupported_grant_type"),
        ({"data": {"grant_type": "client_credentials"}}, "unsupported_grant_type"),
        ({"json": {"grant_type": "x"}}, "unsupported_grant_type"),
        (
            {"data": "grant_type=x", "headers": {"Content-Type": "text/plain"}},
            "unsupported_grant_type",
        ),
        ({"data": b"grant_type=\xff", "headers": {"Content-Type": FORM}}, "invalid_request"),
        ({"data": "grant_type=%ff", "headers": {"Content-Type": FORM}}, "invalid_request"),
        ({"data": "a=1&a=2", "headers": {"Content-Type": FORM}}, "invalid_request"),
        ({"data": "a=1&" * 51, "headers": {"Content-Type": FORM}}, "invalid_request"),
    ],
)
def test_a_request_that_is_no_jwt_bearer_request(
    caller: Caller, kwargs: dict[str, Any], error: str
) -> None:
    """Another grant type, another content type or a broken form is refused with 400."""
    reply = caller.session.post(caller.url + URL, **kwargs)

    assert (reply.status_code, reply.json()["error"]) == (400, error)


def test_no_assertion_is_an_invalid_one(caller: Caller) -> None:
    """The grant type alone is worth nothing."""
    reply = caller.session.post(caller.url + URL, data={"grant_type": JWT_BEARER})

    assert (reply.status_code, reply.json()["error_description"]) == (400, INVALID[1])


def test_get_is_refused(caller: Caller) -> None:
    """A token is asked for with POST; the platform answers 400, not 405."""
    reply = caller.session.get(caller.url + URL)

    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("audience", "production", "sandbox"),
    [
        ("https://login.salesforce.com", True, False),
        ("https://test.salesforce.com", False, True),
        ("http://own", True, True),
        ("http://another", False, False),
    ],
)
def test_audience_depends_on_the_kind_of_org(
    key: rsa.RSAPrivateKey, audience: str, production: bool, sandbox: bool
) -> None:
    """A sandbox is test.salesforce.com, another org login.salesforce.com; both are themselves."""

    def accepts(settings: OrgSettings) -> bool:
        org = _org(key, settings)
        claims = {"iss": CONSUMER_KEY, "sub": ADMIN, "aud": audience, "exp": int(NOW)}
        try:
            org.mint(jwt.encode(claims, key, "RS256"), own_url="http://own")
        except OAuthRefused as refused:
            return refused.description != AUDIENCE[1]
        return True

    assert accepts(OrgSettings()) == production
    assert accepts(OrgSettings(is_sandbox=True)) == sandbox


def test_deeply_nested_claims_are_an_invalid_assertion() -> None:
    """A payload made to exhaust the parser is refused like any other nonsense."""
    assertion = f"{_part(RS256)}.{_part('[' * 200_000)}.{_part('x')}"
    with pytest.raises(OAuthRefused, match="invalid assertion"):
        verify_assertion(assertion, find_app=lambda _: None, audiences=(), own_url="", now=NOW)


def test_a_new_token_each_time_unless_sessions_are_reused(
    caller: Caller, key: rsa.RSAPrivateKey
) -> None:
    """By default each request opens a session; with ``reuse_sessions`` the live one comes back."""
    reusing = _org(key, OrgSettings(reuse_sessions=True))
    apex = reusing.open_session(ADMIN)
    tokens = [reusing.mint(caller.assertion(), own_url="x")[0].token for _ in range(2)]

    assert caller.mint().json()["access_token"] != caller.mint().json()["access_token"]
    assert tokens[0] == tokens[1] != apex
