"""Tokens for the function: which are the same, when a new one is minted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from invocation.errors import ActivationRefused, OrgUnavailable, SessionExpired, TokenRefused
from invocation.function.answer import FunctionAnswer
from invocation.org.caller import Caller
from invocation.org.identity import TokenKey
from invocation.org.names import AccessToken, OrgUrl, PermissionSet
from invocation.org.tokens import Clocks, Tokens
from invocation.settings.config import Config
from localstack.keys import rsa_key

if TYPE_CHECKING:
    from invocation.org.client import OrgClient

CALLER = Caller(
    org_id="00Dxx0000006IYJEA2",
    user_id="005xx000001X8UzAAK",
    username="admin@example.com",
    org_url=OrgUrl("https://mycompany.my.salesforce.com"),
)


@dataclass
class Org:
    """In place of `OrgClient`: mints numbered tokens, fails as told."""

    minted: int = 0
    activated: list[tuple[str, list[str]]] = field(default_factory=list)
    fails: Callable[[int], Exception | None] = lambda _: None
    """For the count of an activation, or of a minting without one."""

    def mint(self, *_: object, **__: object) -> AccessToken:
        """Mint the next one."""
        self.minted += 1
        return AccessToken(f"token-{self.minted}")

    def activate(
        self, _org: OrgUrl, token: AccessToken, wanted: Sequence[PermissionSet], **_: object
    ) -> None:
        """Note it, or fail."""
        self.activated.append((token, [each.api_name for each in wanted]))
        if error := self.fails(len(self.activated)):
            raise error


def tokens_of(org: Org, *, now: Callable[[], float] = lambda: 1000.0, **settings: Any) -> Tokens:  # noqa: ANN401 - fields of `Config`
    """Return tokens of an org."""
    config = Config(org_id=CALLER.org_id, consumer_key="k", private_key=rsa_key(), **settings)
    return Tokens(
        config.connected_app,
        remembered_s=config.token_cache_ttl_s,
        org=cast("OrgClient", org),
        clocks=Clocks(monotonic=now),
    )


def key_of(tokens: Tokens, *names: str, caller: Caller = CALLER) -> TokenKey:
    """Return the key for these permission sets."""
    return tokens.key(caller, [PermissionSet.parse(name) for name in names])


def lend(tokens: Tokens, key: TokenKey) -> AccessToken:
    """Borrow a token."""
    return tokens.lend(key, api_version="57.0", deadline=1e9)


@pytest.mark.parametrize(
    ("names", "same"),
    [
        (("A", "B"), ("B", "A")),
        (("MySet",), ("MYSET",)),
        (("MySet",), ("myset", "MySet", "mySET")),
        (("ns__A", "A"), ("a", "NS__a")),
        ((), ()),
    ],
)
def test_order_case_and_repetition_make_no_other_token(
    names: tuple[str, ...], same: tuple[str, ...]
) -> None:
    """The org knows no case in API names: one token serves them all."""
    org = Org()
    tokens = tokens_of(org)

    assert lend(tokens, key_of(tokens, *names)) == lend(tokens, key_of(tokens, *same))
    assert org.minted == 1


@pytest.mark.parametrize(
    ("names", "other"),
    [
        (("A",), ()),
        (("A", "B"), ("A",)),
        (("A",), ("ns__A",)),
        (("n__sA",), ("ns__A",)),
        (("A",), ("B",)),
    ],
)
def test_other_permission_sets_are_another_token(
    names: tuple[str, ...], other: tuple[str, ...]
) -> None:
    """A token with more of them is never lent for fewer: activation belongs to the session."""
    tokens = tokens_of(Org())

    assert lend(tokens, key_of(tokens, *names)) != lend(tokens, key_of(tokens, *other))


@pytest.mark.parametrize(
    "other",
    [
        replace(CALLER, user_id="005xx000001X8UzAAL"),
        replace(CALLER, org_id="00Dxx0000006IYKEA2"),
        replace(CALLER, username="other@example.com"),
        replace(CALLER, org_url=OrgUrl("https://other.my.salesforce.com")),
    ],
    ids=["user", "org", "username", "host"],
)
def test_another_caller_gets_another_token(other: Caller) -> None:
    """Nobody is lent what was minted for somebody else."""
    tokens = tokens_of(Org())

    assert lend(tokens, key_of(tokens)) != lend(tokens, key_of(tokens, caller=other))


def test_names_are_activated_once_each_as_they_were_spelled() -> None:
    """Sorted, so that one request looks like the other."""
    org = Org()
    tokens = tokens_of(org)

    lend(tokens, key_of(tokens, "ns__B", "a", "C", "A"))

    assert org.activated == [("token-1", ["A", "C", "ns__B"])]


def test_nothing_is_activated_for_nothing() -> None:
    """Without permission sets minting is all."""
    org = Org()
    tokens = tokens_of(org)

    lend(tokens, key_of(tokens))

    assert org.activated == []


def test_a_token_is_lent_until_it_is_old() -> None:
    """TOKEN_CACHE_TTL_S, to the second."""
    now = [1000.0]
    tokens = tokens_of(Org(), now=lambda: now[0], token_cache_ttl_s=600)
    seen = []
    for at in (0, 599, 600, 1199, 1200):
        now[0] = 1000.0 + at
        seen.append(lend(tokens, key_of(tokens)))

    assert seen == ["token-1"] * 2 + ["token-2"] * 2 + ["token-3"]


def test_a_forgotten_token_is_not_lent_again() -> None:
    """But a newer one in its place is: two that notice at once cost one minting."""
    tokens = tokens_of(Org())
    key = key_of(tokens)
    first = lend(tokens, key)

    tokens.forget(key, first)
    second = lend(tokens, key)
    tokens.forget(key, first)

    assert (first, second, lend(tokens, key)) == ("token-1", "token-2", "token-2")


@pytest.mark.parametrize(
    ("status", "body", "dead"),
    [
        (500, b'"INVALID_SESSION_ID: Session expired"', True),
        (503, b"INVALID_SESSION_ID", True),
        (500, b'"SOMETHING_ELSE"', False),
        (200, b"INVALID_SESSION_ID", False),
        (400, b"INVALID_SESSION_ID", False),
        (499, b"INVALID_SESSION_ID", False),
        (500, b"invalid_session_id", False),
        (500, b"", False),
    ],
)
def test_a_functions_error_tells_of_a_dead_session(status: int, body: bytes, dead: bool) -> None:
    """Only an error that names the org's code does; a payload that quotes it doesn't."""
    answer = FunctionAnswer(status=status, content_type=None, extra_info=None, body=body)

    assert answer.tells_of_a_dead_session == dead


def test_a_session_that_dies_at_once_is_minted_anew() -> None:
    """The org knew the token no longer when its permission sets were activated."""
    org = Org(fails=lambda count: SessionExpired("gone") if count == 1 else None)
    tokens = tokens_of(org)

    assert lend(tokens, key_of(tokens, "A")) == "token-2"
    assert lend(tokens, key_of(tokens, "A")) == "token-2"


def test_sessions_that_never_live_are_an_outage() -> None:
    """Twice is enough."""
    org = Org(fails=lambda _: SessionExpired("gone"))
    tokens = tokens_of(org)

    with pytest.raises(OrgUnavailable, match="as soon as it is minted"):
        lend(tokens, key_of(tokens, "A"))
    assert org.minted == 2


@pytest.mark.parametrize(
    "error", [ActivationRefused("no"), TokenRefused("no"), OrgUnavailable("no")], ids=repr
)
def test_a_failure_is_not_remembered(error: Exception) -> None:
    """What is mended in the org's set-up works at once."""
    org = Org(fails=lambda count: error if count == 1 else None)
    tokens = tokens_of(org)

    with pytest.raises(type(error)):
        lend(tokens, key_of(tokens, "A"))
    assert lend(tokens, key_of(tokens, "A")) == "token-2"
