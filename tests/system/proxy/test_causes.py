"""Why a call was refused: in the answer where it is the set-up's fault, else in the log alone."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localstack.keys import new_rsa_key, public_pem
from localstack.org import new_org
from localstack.seed import CONSUMER_KEY, ORG_ID
from orgsim import Fault, SimulatedOrg, running
from orgsim.entities import Policy
from tests.support.fake_function import FakeFunction, fake_function
from tests.support.world import World, error_of, running_world

ADMIN = "admin@example.com"
OTHER_ORG = "00Dxx0000006JX6EAM"


@pytest.fixture(name="plain", scope="module")
def _plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One proxy that remembers nothing, so that each call asks the org."""
    org = new_org()
    with running(org) as url, fake_function() as function:
        folder = tmp_path_factory.mktemp("causes")
        forgetful = {"TOKEN_CACHE_TTL_S": "0", "CALLER_CACHE_TTL_S": "0"}
        with running_world(org, url, function, folder, **forgetful) as world:
            yield world


@pytest.fixture(name="mended", autouse=True)
def _mended(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test has done to the org."""
    yield
    if "plain" in request.fixturenames:
        org: SimulatedOrg = request.getfixturevalue("plain").org
        org.settings = new_org().settings
        org.add_user(ADMIN)
        org.add_app(CONSUMER_KEY, public_pem().decode(), approved_users=[ADMIN])
        org.faults.clear()


def last_refusal(world: World) -> dict[str, Any]:
    """Return the log's last line about a refused call."""
    lines = [line for line in world.proxy.log().splitlines() if '"refused"' in line]
    told: dict[str, Any] = json.loads(lines[-1])
    return told


def sandbox(org: SimulatedOrg) -> None:
    """Make it a sandbox, whose host does not say so."""
    org.settings = replace(org.settings, is_sandbox=True)


def only_my_domain(org: SimulatedOrg) -> None:
    """Let the app insist on the My Domain as audience."""
    org.add_app(CONSUMER_KEY, public_pem().decode(), approved_users=[ADMIN], my_domain_only=True)


def ip_ranges(org: SimulatedOrg) -> None:
    """Let the admin in from another network only."""
    org.add_user(ADMIN, login_ip_ranges=["10.0.0.0/8"])


def fast_clock(org: SimulatedOrg) -> None:
    """Set the org's clock an hour ahead of ours."""
    org.settings = replace(org.settings, clock_ahead_s=3600)


def another_key(org: SimulatedOrg) -> None:
    """Give the app the certificate of another key."""
    org.add_app(CONSUMER_KEY, public_pem(new_rsa_key()).decode(), approved_users=[ADMIN])


def nobody_approved(org: SimulatedOrg) -> None:
    """Let nobody use the app."""
    org.add_app(CONSUMER_KEY, public_pem().decode(), policy=Policy.SELF_AUTHORIZE)


def refusing(error: str, description: str) -> Callable[[SimulatedOrg], None]:
    """Let the token endpoint answer so."""
    body = json.dumps({"error": error, "error_description": description})

    def refuse(org: SimulatedOrg) -> None:
        org.faults.add(Fault(endpoint="token", kind="status", status=400, body=body, times=None))

    return refuse


CURES = {
    "audience": (sandbox, r"audience is invalid.*Set SF_AUDIENCE to https://test\.salesforce\.com"),
    "external-app": (
        only_my_domain,
        (
            r"app_not_found.*not installed in this org.*External Client App"
            r".*set SF_AUDIENCE to http://127\.0\.0\.1:"
        ),
    ),
    "not-approved": (nobody_approved, r"hasn't approved.*admin@example\.com.*External Client App"),
    "ip-ranges": (
        ip_ranges,
        (
            r"ip restricted.*login IP ranges of the profile of admin@example\.com.*JWT bearer flow"
            r" enforces them"
        ),
    ),
    "ip-address": (refusing("invalid_grant", "restricted IP address"), r"login IP ranges"),
    "clock": (fast_clock, r"expired authorization code.*clock is 3[56][0-9]{2} s behind the org's"),
    "certificate": (another_key, r"invalid assertion.*certificate has expired, or was not made"),
    "consumer-key": (
        refusing("invalid_client_id", "client identifier invalid"),
        r"CONSUMER_KEY is that of no app in this org",
    ),
    "login-hours": (refusing("invalid_grant", "invalid login hours"), r"has login hours"),
    "inactive": (refusing("invalid_grant", "inactive user"), r"Activate the user admin@example"),
    "flow": (
        refusing("unsupported_grant_type", "grant type not supported"),
        r"Enable the JWT bearer flow",
    ),
    "unknown": (refusing("what_is_this", "something new"), r"what_is_this \(something new\)\Z"),
}


@pytest.mark.parametrize("name", CURES)
def test_a_refused_token_names_the_cure(plain: World, name: str) -> None:
    """The org's words, and the setting or the place in the org that cures them."""
    change, told = CURES[name]
    change(plain.org)

    answer = plain.call()

    assert answer.status == 403
    assert re.search(told, error_of(answer)), error_of(answer)


def test_the_cure_for_an_external_client_app_works(tmp_path: Path) -> None:
    """Whoever sets SF_AUDIENCE to what the refusal says gets an answer."""
    org = new_org()
    only_my_domain(org)
    with running(org) as url, fake_function() as function:
        with running_world(org, url, function, tmp_path) as world:
            refused = error_of(world.call())
        found = re.search(r"set SF_AUDIENCE to (\S+):", refused)
        assert found
        with running_world(org, url, function, tmp_path, SF_AUDIENCE=found[1]) as world:
            assert world.call().status == 200


def told_by_userinfo(**changed: object) -> Callable[[SimulatedOrg], None]:
    """Let the org say this of whoever asks."""
    info = {
        "organization_id": ORG_ID,
        "user_id": "005xx000001X8UzAAK",
        "preferred_username": ADMIN,
    } | changed

    def answer(org: SimulatedOrg) -> None:
        org.faults.add(Fault(endpoint="userinfo", kind="status", status=200, body=json.dumps(info)))

    return answer


def as_it_is(_: SimulatedOrg) -> None:
    """Change nothing."""


@pytest.mark.parametrize(
    ("change", "token", "cause"),
    [
        pytest.param(
            as_it_is,
            "00Dxx0000006IYJ!s3cret",
            "the org knows no such token, or no longer: Bad_OAuth_Token",
            id="unknown-or-expired",
        ),
        pytest.param(
            as_it_is,
            "00Dxx0000006JX6!s3cret",
            f"the token is of org {OTHER_ORG}, ORG_ID_18 is {ORG_ID}: one of them is wrong",
            id="of-another-org",
        ),
        pytest.param(
            told_by_userinfo(organization_id=OTHER_ORG),
            None,
            f"the token is of org {OTHER_ORG}, ORG_ID_18 is {ORG_ID}: one of them is wrong",
            id="wrong-org-id-18",
        ),
        pytest.param(
            told_by_userinfo(active=False),
            None,
            "user 005xx000001X8UzAAK is not active",
            id="inactive",
        ),
    ],
)
def test_the_log_tells_why_a_caller_is_not_believed(
    plain: World, change: Callable[[SimulatedOrg], None], token: str | None, cause: str
) -> None:
    """The caller, who may be anybody, hears nothing of it; a token is in no log."""
    identity = plain.identity()
    change(plain.org)

    answer = plain.call(replace(identity, token=token) if token else identity)

    assert (answer.status, error_of(answer)) == (401, "Unauthorized request")
    assert last_refusal(plain)["cause"] == cause
    assert "s3cret" not in plain.proxy.log()
    assert identity.token not in plain.proxy.log()


def test_the_log_tells_that_a_health_check_had_another_org_id(plain: World) -> None:
    """ORG_ID_18 of one of the two sides is wrong."""
    assert plain.proxy.get("/healthcheck", {"x-org-id-18": OTHER_ORG}).status == 401
    assert last_refusal(plain)["cause"] == "x-org-id-18 is not ORG_ID_18"


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"kind": "reset"}, r"127\.0\.0\.1:[0-9]+: \S.+"),
        ({"kind": "html"}, r"127\.0\.0\.1:[0-9]+: status 503"),
        ({"kind": "latency", "seconds": 20.0}, r"127\.0\.0\.1:[0-9]+: (silent for|no answer).*"),
    ],
    ids=["reset", "maintenance", "silent"],
)
def test_the_log_tells_what_an_org_did(
    plain: World, tmp_path: Path, fault: dict[str, Any], cause: str
) -> None:
    """Host and cause, for whoever looks after the network; the caller hears less."""
    with running_world(
        plain.org, plain.org_url, plain.function, tmp_path, ORG_TIMEOUT_S="1"
    ) as world:
        world.org.faults.add(Fault(endpoint="userinfo", times=None, **fault))
        assert world.call().status == 503
        assert re.fullmatch(cause, last_refusal(world)["cause"])


def test_the_log_tells_that_nobody_listens_where_the_org_should_be(tmp_path: Path) -> None:
    """Host, port and the system's own word."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with running_world(new_org(), f"http://{where}", FakeFunction(port=1), tmp_path) as world:
            assert world.call().status == 503
            assert last_refusal(world)["cause"] == f"{where}: [Errno 111] Connection refused"


def test_the_log_tells_that_an_orgs_host_is_unknown(tmp_path: Path) -> None:
    """A My Domain that does not exist."""
    with running_world(
        new_org(), "https://nobody.invalid", FakeFunction(port=1), tmp_path
    ) as world:
        assert world.call().status == 503
        assert re.match(r"nobody\.invalid: \[Errno -[0-9]+\] ", last_refusal(world)["cause"])
