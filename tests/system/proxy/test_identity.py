"""Whom the proxy believes: the org, and nobody else."""

from dataclasses import replace

import pytest

from localstack.apex import Identity, apex_request
from orgsim import Fault, OrgSettings, SimulatedOrg, running
from tests.support.world import World, error_of, running_world


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        pytest.param({"username": "admin@example.com"}, "username", id="username"),
        pytest.param({"user_id": "005xx000001X8UzAAK"}, "userId", id="user-id"),
        pytest.param({"user_id": "005xx000001X8Uz"}, "userId", id="user-id-of-15"),
        pytest.param({"org_id": "00Dxx0000006JX6EAM"}, "orgId", id="org-id"),
        pytest.param(
            {"username": "admin@example.com", "user_id": "005xx000001X8UzAAK"}, "userId", id="both"
        ),
    ],
)
def test_joe_can_be_nobody_else(world: World, claim: dict[str, str], named: str) -> None:
    """Joe's token with another's name, user or org in the context: 403 and nothing minted."""
    joe = world.identity("joe@example.com")

    answer = world.call(replace(joe, **claim))

    assert answer.status == 403
    assert error_of(answer) == f"{named} in ce-sfcontext is not that of the caller's token"
    assert "token" not in world.org_requests()
    assert world.function.received == []


def test_joe_can_not_act_on_behalf_of_the_admin(world: World) -> None:
    """A function might trust the claim, which nothing proves."""
    request = apex_request(
        world.identity("joe@example.com"),
        salesforce_context={"userContext": {"onBehalfOfUserId": "005xx000001X8UzAAK"}},
    )

    assert world.send(request).status == 403
    assert world.function.received == []


def test_joe_remembered_is_still_joe(world: World) -> None:
    """What is remembered is who he is, not that he may."""
    joe = world.identity("joe@example.com")
    assert world.call(joe).status == 200

    assert world.call(replace(joe, username="admin@example.com")).status == 403


def test_spelling_of_ids_and_username_does_not_matter(world: World) -> None:
    """15 or 18 characters, upper or lower case of a username: the same user."""
    admin = world.identity()
    same = replace(
        admin, org_id=admin.org_id[:15], user_id=admin.user_id[:15], username="Admin@Example.COM"
    )

    assert world.call(same).status == 200


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("00Dxx0000006IYJ!unknown", id="unknown"),
        pytest.param("x", id="no-token-at-all"),
    ],
)
def test_unknown_token_is_unauthorized(world: World, token: str) -> None:
    """A token that the org does not know is 401, and nothing is minted."""
    answer = world.call(replace(world.identity(), token=token))

    assert (answer.status, error_of(answer)) == (401, "Unauthorized request")
    assert "token" not in world.org_requests()


def test_token_of_another_org_is_unauthorized(world: World) -> None:
    """An allowed host may be the wrong org: its users are not ours."""
    other = SimulatedOrg(OrgSettings(id="00Dxx0000006JX6EAM"))
    other.add_user("admin@example.com", user_id="005xx000001X8Uz")
    with (
        running(other) as other_url,
        running_world(other, other_url, world.function, world.proxy.log_path.parent) as other_world,
    ):
        identity = Identity(org_domain_url=other_url, token=other.open_session("admin@example.com"))
        answer = other_world.call(identity)

    assert (answer.status, error_of(answer)) == (401, "Unauthorized request")
    assert "token" not in other_world.org_requests()


def test_inactive_user_is_unauthorized(world: World) -> None:
    """The org says ``active: false``: his token is no use here."""
    body = (
        '{"organization_id":"00Dxx0000006IYJEA2","user_id":"005xx000001X8UzAAK",'
        '"preferred_username":"admin@example.com","active":false}'
    )
    world.org.faults.add(Fault(endpoint="userinfo", kind="status", status=200, body=body))

    assert world.call().status == 401


def test_org_that_calls_itself_otherwise_is_refused(world: World) -> None:
    """``urls.custom_domain`` is where the org says it lives; asking elsewhere proves nothing."""
    body = (
        '{"organization_id":"00Dxx0000006IYJEA2","user_id":"005xx000001X8UzAAK",'
        '"preferred_username":"admin@example.com","active":true,'
        '"urls":{"custom_domain":"https://other.my.salesforce.com"}}'
    )
    world.org.faults.add(Fault(endpoint="userinfo", kind="status", status=200, body=body))

    assert world.call().status == 403
    assert "token" not in world.org_requests()


def test_permission_set_outside_the_list_is_refused(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """ALLOWED_PERMISSION_SETS bounds what any caller can ask for."""
    folder = tmp_path_factory.mktemp("allowed")
    with running_world(
        world.org, world.org_url, world.function, folder, ALLOWED_PERMISSION_SETS="PermissionSetA"
    ) as bounded:
        assert bounded.call(permission_sets=("PermissionSetA",)).status == 200
        minted = bounded.org_requests()["token"]

        answer = bounded.call(permission_sets=("PermissionSetA", "PermissionSetB"))

        assert answer.status == 403
        assert error_of(answer) == (
            "Permission Set PermissionSetB is not in ALLOWED_PERMISSION_SETS"
        )
        assert bounded.org_requests()["token"] == minted


def test_unassigned_permission_set_is_told(world: World) -> None:
    """Activation that the org refuses is a set-up matter: 403, so that Apex does not repeat it."""
    joe = world.identity("joe@example.com")

    answer = world.call(joe, permission_sets=("PermissionSetA", "MyPermissionSet"))

    assert answer.status == 403
    assert error_of(answer).startswith(
        "Unable to activate session-based Permission Set(s) MyPermissionSet, PermissionSetA: "
    )
    assert world.function.received == []


def test_user_who_is_not_approved_gets_the_hint(world: World) -> None:
    """The message says which setting of the connected app is missing."""
    world.org.add_user("new@example.com")

    answer = world.call(world.identity("new@example.com"))

    assert answer.status == 403
    text = error_of(answer)
    assert text.startswith("Unable to mint function token: invalid_")
    assert '"Admin approved users are pre-authorized"' in text
    assert "new@example.com" in text
