"""Which app a token is of, told to an app that has a secret."""

from collections.abc import Iterator

import pytest
import requests

from localstack.keys import public_pem
from localstack.org import new_org
from localstack.seed import CONSUMER_KEY
from orgsim import SimulatedOrg, running

SECRET = "s3cret.of.the.app"


@pytest.fixture
def org() -> SimulatedOrg:
    """An org whose app has a secret."""
    org = new_org()
    org.add_app(CONSUMER_KEY, public_pem().decode(), consumer_secret=SECRET)
    return org


@pytest.fixture
def url(org: SimulatedOrg) -> Iterator[str]:
    """Where it introspects."""
    with running(org, threads=4) as url:
        yield f"{url}/services/oauth2/introspect"


def ask(url: str, token: str, **changed: str) -> requests.Response:
    """Ask about a token."""
    form = {"token": token, "client_id": CONSUMER_KEY, "client_secret": SECRET} | changed
    return requests.post(url, data=form, timeout=10)


def test_token_of_an_app_names_it(org: SimulatedOrg, url: str) -> None:
    """And its user; a session of no app names none."""
    of_app = org.sessions.open("admin@example.com", "3MVG9.another").token

    assert ask(url, of_app).json()["client_id"] == "3MVG9.another"
    answer = ask(url, org.open_session("joe@example.com")).json()
    assert "client_id" not in answer
    assert (answer["active"], answer["username"]) == (True, "joe@example.com")


def test_no_token_is_not_active(url: str) -> None:
    """That is all that is said of it."""
    answer = ask(url, "00Dxx0000006IYJ!nothing")

    assert (answer.status_code, answer.json()) == (200, {"active": False})


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client_id"),
    ],
)
def test_who_asks_must_be_an_app(url: str, changed: dict[str, str], error: str) -> None:
    """With its own secret."""
    answer = ask(url, "x", **changed)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
