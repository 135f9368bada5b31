import base64
import json

import jwt
import pytest

from invocation.org.assertion import audience_for, sign_assertion
from invocation.org.names import OrgUrl
from localstack.keys import public_pem, rsa_key

PRODUCTION = "https://login.salesforce.com"
SANDBOX = "https://test.salesforce.com"


@pytest.mark.parametrize(
    ("org_url", "audience"),
    [
        ("https://acme.my.salesforce.com", PRODUCTION),
        ("https://acme-dev-ed.develop.my.salesforce.com", PRODUCTION),
        ("https://acme.trailblaze.my.salesforce.com", PRODUCTION),
        ("https://acme--uat.sandbox.my.salesforce.com", SANDBOX),
        ("https://acme.scratch.my.salesforce.com", SANDBOX),
        ("https://acme--s.sandbox.my.salesforce.mil", SANDBOX),
        ("https://sandbox.my.salesforce.com", PRODUCTION),
        ("https://scratch.my.salesforce.com", PRODUCTION),
        ("https://mysandbox.my.salesforce.com", PRODUCTION),
        ("https://acme-sandbox.my.salesforce.com", PRODUCTION),
        ("https://acme--sandbox.my.salesforce.com", PRODUCTION),
        ("http://127.0.0.1:8080", PRODUCTION),
    ],
)
def test_the_audience_is_told_from_the_host(org_url: str, audience: str) -> None:
    """A sandbox or scratch org has its kind as a label; a company may be called Sandbox."""
    assert audience_for(OrgUrl(org_url), configured=None) == audience


@pytest.mark.parametrize("org_url", ["https://acme.my.salesforce.com", "http://127.0.0.1:8080"])
def test_a_configured_audience_wins(org_url: str) -> None:
    """SF_AUDIENCE is for orgs whose host does not tell."""
    assert audience_for(OrgUrl(org_url), configured=SANDBOX) == SANDBOX


def test_an_assertion_says_who_asks_for_whom() -> None:
    """Exactly the claims of the JWT bearer flow, valid for three minutes, signed with RS256."""
    signed = sign_assertion(
        consumer_key="3MVG9.key",
        username="j\u00fcrgen@example.com",
        audience=PRODUCTION,
        now_s=1_700_000_000.9,
        key=rsa_key(),
    )

    token = jwt.decode_complete(
        signed,
        public_pem(rsa_key()),
        algorithms=["RS256"],
        audience=PRODUCTION,
        options={"verify_exp": False, "require": ["exp"]},
    )
    assert token["header"] == {"alg": "RS256", "typ": "JWT"}
    assert token["payload"] == {
        "iss": "3MVG9.key",
        "sub": "j\u00fcrgen@example.com",
        "prn": "j\u00fcrgen@example.com",
        "aud": PRODUCTION,
        "exp": 1_700_000_180,
    }


def test_an_assertion_is_three_parts_of_url_safe_base64() -> None:
    """It travels in a form field: no padding, no line breaks, nothing of the key."""
    signed = sign_assertion(
        consumer_key="k", username="u", audience=PRODUCTION, now_s=0, key=rsa_key()
    )
    header, _payload, signature = signed.split(".")

    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "RS256"
    assert len(base64.urlsafe_b64decode(signature + "==")) == 256
    assert set(signed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
