import pytest

from invocation.errors import IdentityMismatch
from invocation.org.caller import Caller
from invocation.org.identity import CallerKeys, require_same_identity
from invocation.org.names import AccessToken, OrgUrl
from invocation.request import Claims

ACME = OrgUrl("https://acme.my.salesforce.com")
CALLER = Caller(
    org_id="00Dxx0000006IYJEA2",
    user_id="005xx000001X8UzAAK",
    username="admin@example.com",
    org_url=ACME,
)


def claims(
    *,
    org_id: str = CALLER.org_id,
    user_id: str = CALLER.user_id,
    username: str = CALLER.username,
    on_behalf_of_user_id: str | None = None,
) -> Claims:
    """Return what the caller says; the truth but for what is given."""
    return Claims(
        org_id=org_id,
        user_id=user_id,
        username=username,
        org_domain_url=ACME,
        on_behalf_of_user_id=on_behalf_of_user_id,
        namespace="",
    )


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(claims(), id="equal"),
        pytest.param(claims(org_id="00Dxx0000006IYJ", user_id="005xx000001X8Uz"), id="15"),
        pytest.param(claims(org_id="00dxx0000006iyjea2"), id="18-without-its-case"),
        pytest.param(claims(username="Admin@Example.COM"), id="username-in-another-case"),
        pytest.param(claims(on_behalf_of_user_id="005xx000001X8Uz"), id="on-behalf-of-himself"),
    ],
)
def test_the_tokens_owner_may_be_spelled_differently(same: Claims) -> None:
    """Ids have two lengths and usernames no case: the same person passes."""
    require_same_identity(same, CALLER)


@pytest.mark.parametrize(
    ("lie", "field"),
    [
        pytest.param(claims(org_id="00Dxx0000006JX6EAM"), "orgId", id="another-org"),
        pytest.param(claims(org_id="00Dxx0000006IYj"), "orgId", id="15-in-another-case"),
        pytest.param(claims(user_id="005xx000001XADRAA4"), "userId", id="another-user"),
        pytest.param(claims(user_id="005xx000001x8Uz"), "userId", id="user-in-another-case"),
        pytest.param(claims(username="root@example.com"), "username", id="another-name"),
        pytest.param(claims(username=" admin@example.com"), "username", id="space-before"),
        pytest.param(claims(username="admin@example.com\n"), "username", id="newline-after"),
        pytest.param(claims(username="\u0430dmin@example.com"), "username", id="homograph"),
        pytest.param(
            claims(on_behalf_of_user_id="005xx000001XADRAA4"),
            "onBehalfOfUserId",
            id="on-behalf-of-another",
        ),
    ],
)
def test_nobody_calls_as_another(lie: Claims, field: str) -> None:
    """A context that names anyone else is refused; the message holds the field, not the truth."""
    with pytest.raises(IdentityMismatch) as refusal:
        require_same_identity(lie, CALLER)

    assert str(refusal.value) == f"{field} in ce-sfcontext is not that of the caller's token"


def test_the_first_lie_is_told() -> None:
    """Of several lies the org comes first."""
    with pytest.raises(IdentityMismatch, match=r"^orgId "):
        require_same_identity(
            claims(org_id="00Dxx0000006JX6EAM", user_id="005xx000001XADRAA4", username="x"), CALLER
        )


def test_a_username_is_compared_character_by_character() -> None:
    """Letters that only lower-case to the same (the Kelvin sign to k) are not the same name."""
    kate = Caller(
        org_id=CALLER.org_id, user_id=CALLER.user_id, username="kate@example.com", org_url=ACME
    )

    with pytest.raises(IdentityMismatch):
        require_same_identity(claims(username="\u212aate@example.com"), kate)


def test_a_cache_key_tells_no_token() -> None:
    """Keys are equal for equal tokens at one org only, in this process only, and show nothing."""
    keys, other_process = CallerKeys(), CallerKeys()
    token = AccessToken("00Dxx!secret")

    key = keys.key(ACME, token)

    assert key == keys.key(ACME, token)
    assert key != keys.key(OrgUrl("https://b.my.salesforce.com"), token)
    assert key != keys.key(ACME, AccessToken("00Dxx!Secret"))
    assert key != other_process.key(ACME, token)
    assert len(key) == 32
    assert b"secret" not in key
