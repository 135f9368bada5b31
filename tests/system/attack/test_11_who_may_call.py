"""Attack 11: users and apps that have a token of the org, but were never meant to call."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localstack.keys import public_pem
from localstack.org import new_org
from localstack.seed import CONSUMER_KEY
from orgsim import SimulatedOrg, running
from tests.support.fake_function import FakeFunction, fake_function
from tests.support.world import World, error_of, running_world

USERS = ["admin@example.com", "joe@example.com"]
APEX_APP = "3MVG9.the.apex.side"
SECRET = "s3cret.of.the.app"


@pytest.fixture
def org() -> SimulatedOrg:
    """An org; Gate is a permission set of admin's alone."""
    org = new_org()
    org.add_permission_set("Gate", assigned_to=["admin@example.com"])
    org.add_app(CONSUMER_KEY, public_pem().decode(), approved_users=USERS, consumer_secret=SECRET)
    return org


@pytest.fixture
def function() -> Iterator[FakeFunction]:
    """The function."""
    with fake_function() as function:
        yield function


def test_11_required_permission_sets_let_assigned_users_pass(
    org: SimulatedOrg, function: FakeFunction, tmp_path: Path
) -> None:
    """Asked for by none is 403, by somebody who is not assigned 403, by an assigned user 200."""
    with (
        running(org) as url,
        running_world(org, url, function, tmp_path, REQUIRED_PERMISSION_SETS="Gate") as world,
    ):
        joe, admin = world.identity("joe@example.com"), world.identity()

        for identity in (joe, admin):
            refused = world.call(identity)
            assert (refused.status, error_of(refused)) == (
                403,
                "Permission Set Gate must be asked for (see REQUIRED_PERMISSION_SETS)",
            )
        assert world.call(admin, ("PermissionSetA",)).status == 403
        assert world.call(joe, ("Gate",)).status == 403
        assert function.received == []
        assert world.call(admin, ("Gate",)).status == 200
        assert world.call(admin, ("PermissionSetA", "Gate")).status == 200


def call_with(world: World, token: str) -> int:
    """Call as the admin, with another of their tokens; return the status."""
    return world.call(replace(world.identity(), token=token)).status


def test_11_only_tokens_of_listed_apps_may_call(
    org: SimulatedOrg, function: FakeFunction, tmp_path: Path
) -> None:
    """What another app got for something else, or a browser's session, is 401, and logged why."""
    settings = {"CALLER_CLIENT_IDS": f"{APEX_APP},3MVG9.spare", "CONSUMER_SECRET": SECRET}
    with (
        running(org) as url,
        running_world(org, url, function, tmp_path, **settings) as world,
    ):
        tokens = {
            app: org.sessions.open("admin@example.com", app).token
            for app in (APEX_APP, "3MVG9.some.other.app", None)
        }

        assert call_with(world, tokens["3MVG9.some.other.app"]) == 401
        assert call_with(world, tokens[None]) == 401
        assert function.received == []
        assert call_with(world, tokens[APEX_APP]) == 200
        assert "CALLER_CLIENT_IDS" in world.proxy.log()
        assert SECRET not in world.proxy.log()
        before = world.org_requests()
        assert call_with(world, tokens[APEX_APP]) == 200
        assert world.org_requests() == before


def test_11_a_wrong_secret_is_told_with_its_cure(
    org: SimulatedOrg, function: FakeFunction, tmp_path: Path
) -> None:
    """A matter of set-up: 403, so that Apex does not repeat it."""
    settings = {"CALLER_CLIENT_IDS": APEX_APP, "CONSUMER_SECRET": "wrong.secret"}
    with (
        running(org) as url,
        running_world(org, url, function, tmp_path, **settings) as world,
    ):
        refused = world.call()

        assert refused.status == 403
        assert "invalid_client" in error_of(refused)
        assert "CONSUMER_SECRET" in error_of(refused)
