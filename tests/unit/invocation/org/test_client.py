"""Who a token belongs to. Tokens: test_org_tokens. Timing and transport: test_org_calls."""

import pytest

from invocation.errors import (
    CallerRejected,
    IdentityMismatch,
    OrgUnavailable,
)
from invocation.org.caller import Caller
from invocation.org.client import OrgClient
from invocation.org.names import OrgUrl
from tests.unit.invocation.org.org_answers import (
    CALLERS,
    HTML,
    LONG_TIME,
    NONSENSE,
    ORG_ID,
    headers_of,
    identify,
    userinfo,
)
from tests.unit.invocation.scripted_server import Connection, answer, answering, scripted_server


def test_a_token_is_shown_to_the_org_alone(client: OrgClient) -> None:
    """One GET with the caller's token tells who he is, in the org's own words."""
    with scripted_server(answering(answer(userinfo()))) as server:
        org = OrgUrl(server.origin)
        caller = client.identify(org, CALLERS, org_id=ORG_ID, deadline=LONG_TIME)
        requests = server.requests

    assert caller == Caller(
        org_id=ORG_ID, user_id="005xx000001X8UzAAK", username="admin@example.com", org_url=org
    )
    assert len(requests) == 1
    assert requests[0].startswith(b"GET /services/oauth2/userinfo HTTP/1.1\r\n")
    headers = headers_of(requests[0])
    assert headers["authorization"] == f"Bearer {CALLERS}"
    assert headers["accept-encoding"] == "identity"
    assert "cookie" not in headers


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(userinfo(active=...), id="active-not-told"),
        pytest.param(
            userinfo(organization_id="00Dxx0000006IYJ", user_id="005xx000001X8Uz"), id="15"
        ),
        pytest.param(userinfo(urls=...), id="no-urls"),
        pytest.param(userinfo(urls=None), id="null-urls"),
        pytest.param(userinfo(urls={"custom_domain": None}), id="no-custom-domain"),
    ],
)
def test_an_org_may_tell_less(client: OrgClient, body: bytes) -> None:
    """Ids come out in 18 characters; what only newer orgs tell may be missing."""
    caller = identify(client, answer(body))

    assert (caller.org_id, caller.user_id) == (ORG_ID, "005xx000001X8UzAAK")


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found"])
@pytest.mark.parametrize("body", [b"Bad_OAuth_Token", b"Missing_OAuth_Token", b"Inactive", b""])
def test_an_unknown_token_is_rejected(client: OrgClient, status: str, body: bytes) -> None:
    """The org's bare word is not passed on: every reason looks the same to the caller."""
    with pytest.raises(CallerRejected) as failure:
        identify(client, answer(body, status=status, headers=("Content-Type: text/html",)))

    assert str(failure.value) == "Unauthorized request"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(userinfo(organization_id="00Dxx0000006JX6EAM"), id="another-org"),
        pytest.param(userinfo(active=False), id="inactive"),
    ],
)
def test_a_stranger_is_rejected(client: OrgClient, body: bytes) -> None:
    """A token of another org, or of a user who was deactivated, is worth nothing."""
    with pytest.raises(CallerRejected, match=r"^Unauthorized request\Z"):
        identify(client, answer(body))


@pytest.mark.parametrize(
    "told", ["https://other.my.salesforce.com", "", 7, ["x"], "https://127.0.0.1", {"a": 1}]
)
def test_the_orgs_own_my_domain_is_another(client: OrgClient, told: object) -> None:
    """When the org says where it lives, that is where it must have been asked."""
    with pytest.raises(IdentityMismatch):
        identify(client, answer(userinfo(urls={"custom_domain": told})))


@pytest.mark.parametrize("suffix", ["", "/"])
def test_the_orgs_own_my_domain_is_the_same(client: OrgClient, suffix: str) -> None:
    """The same host passes, with a slash after it or none."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(userinfo(urls={"custom_domain": server.origin + suffix})))

    with scripted_server(script) as server:
        caller = client.identify(OrgUrl(server.origin), CALLERS, org_id=ORG_ID, deadline=LONG_TIME)

    assert caller.org_id == ORG_ID


@pytest.mark.parametrize(
    "body",
    [
        *(pytest.param(body, id=name) for name, body in NONSENSE.items()),
        pytest.param(b"[]", id="list"),
        pytest.param(b"{}", id="empty-object"),
        pytest.param(userinfo(user_id=...), id="no-user"),
        pytest.param(userinfo(user_id=""), id="empty-user"),
        pytest.param(userinfo(user_id=7), id="user-of-another-type"),
        pytest.param(userinfo(organization_id=None), id="no-org"),
        pytest.param(userinfo(organization_id=["00D"]), id="org-of-another-type"),
        pytest.param(userinfo(preferred_username=...), id="no-username"),
        pytest.param(userinfo(preferred_username={}), id="username-of-another-type"),
    ],
)
def test_nonsense_about_a_caller_is_an_outage(client: OrgClient, body: bytes) -> None:
    """What no org says means that the org is out of order, not that the caller is a stranger."""
    with pytest.raises(OrgUnavailable) as failure:
        identify(client, answer(body), answer(body))

    assert "maintenance" not in str(failure.value)
    assert "127.0.0.1" not in str(failure.value)


@pytest.mark.parametrize("status", ["403 Forbidden", "401 Unauthorized", "404 Not Found"])
def test_a_web_page_is_an_outage(client: OrgClient, status: str) -> None:
    """A maintenance page or a firewall's may come with any status: the caller may be fine."""
    with pytest.raises(OrgUnavailable):
        identify(client, answer(b"\r\n " + HTML, status=status))


def test_an_answer_has_a_limit(client: OrgClient) -> None:
    """An org's answers are kilobytes: a megabyte is not read to its end."""
    long = userinfo(note="x" * 1024 * 1024)

    with pytest.raises(OrgUnavailable, match="too long"):
        identify(client, answer(long), answer(long))
