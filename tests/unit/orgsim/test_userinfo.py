import pytest
import requests

from orgsim import OrgSettings, SimulatedOrg, running
from tests.unit.orgsim.world import ADMIN, Caller

URL = "/services/oauth2/userinfo"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_userinfo_says_whose_token_it_is(caller: Caller, method: str) -> None:
    """The identity has 18-character ids, the username, and the org's own host."""
    info = caller.call(method, URL).json()

    urls = info["urls"]
    assert info["sub"] == "https://login.salesforce.com/id/00Dxx0000006IYJEA2/005xx000001X8UzAAK"
    assert info["user_id"] == "005xx000001X8UzAAK"
    assert info["organization_id"] == "00Dxx0000006IYJEA2"
    assert info["preferred_username"] == ADMIN
    assert info["active"] is True
    assert info["updated_at"] == "2027-01-15T08:00:00.000Z"
    assert urls["custom_domain"] == caller.url
    assert urls["rest"] == f"{caller.url}/services/data/v{{version}}/"


def test_my_domain_is_what_was_set() -> None:
    """An org with a My Domain names it wherever it is reached, also as the instance."""
    org = SimulatedOrg(OrgSettings(my_domain_url="https://acme.my.salesforce.com"))
    org.add_user(ADMIN)
    headers = {"Authorization": f"Bearer {org.open_session(ADMIN)}"}
    with running(org) as url:
        info = requests.get(url + URL, headers=headers, timeout=10).json()

    assert info["urls"]["custom_domain"] == "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    ("authorization", "word"),
    [
        (None, "Missing_OAuth_Token"),
        ("", "Missing_OAuth_Token"),
        ("Bearer", "Missing_OAuth_Token"),
        ("Bearer ", "Missing_OAuth_Token"),
        ("Basic eDp5", "Missing_OAuth_Token"),
        ("Bearer x", "Bad_OAuth_Token"),
        ("Bearer 00Dxx0000006IYJ!AQx", "Bad_OAuth_Token"),
        ("OAuth x", "Bad_OAuth_Token"),
    ],
)
def test_a_bad_token_gets_one_bare_word(
    caller: Caller, authorization: str | None, word: str
) -> None:
    """The identity endpoint refuses with 403 and plain text, not 401 and JSON."""
    headers = {} if authorization is None else {"Authorization": authorization}
    reply = caller.session.get(caller.url + URL, headers=headers)

    assert (reply.status_code, reply.text) == (403, word)
    assert reply.headers["Content-Type"].startswith("text/plain")


def test_the_older_scheme_is_understood(caller: Caller) -> None:
    """``OAuth`` means the same as ``Bearer``."""
    headers = {"Authorization": f"OAuth {caller.token()}"}

    assert caller.session.get(caller.url + URL, headers=headers).status_code == 200


def test_a_deactivated_users_sessions_are_dead(caller: Caller) -> None:
    """Deactivating a user ends what the user had open."""
    token = caller.token()
    before = caller.userinfo(token).status_code
    caller.org.add_user(ADMIN, active=False)

    assert (before, caller.userinfo(token).text) == (200, "Bad_OAuth_Token")


def test_an_unused_session_ends_and_a_used_one_goes_on(caller: Caller) -> None:
    """Use in the second half of a session's life starts it anew; otherwise it ends on time."""
    used, unused = caller.token(), caller.token()
    caller.clock.now += 7199
    assert caller.userinfo(used).status_code == 200
    caller.clock.now += 1

    assert caller.userinfo(unused).status_code == 403
    assert caller.userinfo(used).status_code == 200
    caller.clock.now += 7199
    assert caller.userinfo(used).status_code == 403


def test_use_in_the_first_half_does_not_prolong(caller: Caller) -> None:
    """As on the platform, a session is renewed only when half of its life is over."""
    token = caller.token()
    caller.clock.now += 3600
    assert caller.userinfo(token).status_code == 200
    caller.clock.now += 3600

    assert caller.userinfo(token).status_code == 403
