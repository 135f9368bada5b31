"""Who calls: what is asked at the org, what is remembered, and who waits for whom."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from invocation.errors import CallerRejected, IdentityMismatch, OrgUnavailable, ProxyFull
from invocation.org.caller import Caller
from invocation.org.identity import MOST_REMEMBERED
from invocation.org.names import AccessToken, OrgUrl
from invocation.settings.config import Config
from localstack.keys import rsa_key
from localstack.waiting import wait_until
from proxy.callers import REFUSED_S, Callers

if TYPE_CHECKING:
    from invocation.org.client import OrgClient

ORG = OrgUrl("https://mycompany.my.salesforce.com")
ADMIN = Caller(
    org_id="00Dxx0000006IYJEA2",
    user_id="005xx000001X8UzAAK",
    username="admin@example.com",
    org_url=ORG,
)
PLACES = 4
"""Of strangers: half of MAX_INFLIGHT."""


@dataclass
class Org:
    """In place of `OrgClient`: knows tokens that start with ``good``; answers when it is let."""

    asked: list[str] = field(default_factory=list)
    let: threading.Event = field(default_factory=threading.Event)
    refusal: Callable[[], Exception] = lambda: CallerRejected("Unauthorized request")
    good: str = "good"

    def identify(self, _org: OrgUrl, token: AccessToken, **_: object) -> Caller:
        """Say who it is, once it is let."""
        self.asked.append(token)
        assert self.let.wait(20)
        if token != self.good:
            raise self.refusal()
        return ADMIN


class Clock:
    """Time, as the test says."""

    now_s = 1000.0

    def __call__(self) -> float:
        """Return it."""
        return self.now_s


@dataclass
class Scene:
    """An org, the callers that it knows, and strangers who ask in threads of their own."""

    org: Org = field(default_factory=Org)
    clock: Clock = field(default_factory=Clock)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = Config(
            org_id=ADMIN.org_id,
            consumer_key="k",
            private_key=rsa_key(),
            max_inflight=2 * PLACES,
            **self.settings,
        )
        self.callers = Callers(config, org=cast("OrgClient", self.org), clock=self.clock)

    def identify(self, token: str) -> Caller:
        """Identify the owner of a token."""
        return self.callers.identify(ORG, AccessToken(token), deadline=self.clock.now_s + 10)

    def meet(self) -> None:
        """Have the good token verified by an org that answers at once."""
        self.org.let.set()
        assert self.identify("good") == ADMIN
        self.org.let.clear()
        self.org.asked.clear()

    @contextmanager
    def crowded(self, tokens: list[str]) -> Iterator[list["Future[Caller]"]]:
        """Have strangers wait for the org, one for each of ``tokens``."""
        with ThreadPoolExecutor(len(tokens)) as pool:
            futures = [pool.submit(self.identify, token) for token in tokens]
            wait_until(lambda: not self.callers._strangers._places._value, "a crowd")
            try:
                yield futures
            finally:
                self.org.let.set()


ONE_TOKEN = ["bad"] * PLACES
A_TOKEN_EACH = [f"bad {number}" for number in range(PLACES)]


@pytest.mark.parametrize("tokens", [ONE_TOKEN, A_TOKEN_EACH], ids=["one-token", "a-token-each"])
def test_strangers_keep_out_strangers_only(tokens: list[str]) -> None:
    """With their places taken another one is refused at once; a known caller needs none."""
    scene = Scene()
    scene.meet()
    with scene.crowded(tokens):
        for token in ("one more", tokens[0]):
            with pytest.raises(ProxyFull):
                scene.identify(token)

        assert scene.identify("good") == ADMIN


def test_who_was_verified_before_is_no_stranger() -> None:
    """Their time is over, so the org is asked again; a crowd of strangers is not in the way."""
    scene = Scene(settings={"caller_cache_ttl_s": 60.0})
    scene.meet()
    scene.clock.now_s += 61
    with scene.crowded(A_TOKEN_EACH), ThreadPoolExecutor(1) as pool:
        again = pool.submit(scene.identify, "good")
        wait_until(lambda: "good" in scene.org.asked, "the org is asked about them")
        scene.org.let.set()

        assert again.result(10) == ADMIN


def test_whose_token_ended_is_a_stranger_again() -> None:
    """A token that the org refuses now is worth no more than any other."""
    scene = Scene(settings={"caller_cache_ttl_s": 60.0})
    scene.meet()
    scene.org.good = "another"
    scene.org.let.set()
    scene.clock.now_s += 61
    with pytest.raises(CallerRejected):
        scene.identify("good")
    scene.org.let.clear()
    scene.clock.now_s += REFUSED_S

    with scene.crowded(A_TOKEN_EACH), pytest.raises(ProxyFull):
        scene.identify("good")


@pytest.mark.parametrize("error", [CallerRejected, IdentityMismatch])
def test_a_refused_token_is_not_asked_about_again_at_once(error: type[Exception]) -> None:
    """The org says no once in a few seconds, however often somebody tries."""
    scene = Scene(org=Org(refusal=lambda: error("no")))
    scene.org.let.set()
    for _ in range(5):
        with pytest.raises(error, match="no"):
            scene.identify("bad")
    assert scene.org.asked == ["bad"]

    scene.clock.now_s += REFUSED_S
    with pytest.raises(error):
        scene.identify("bad")

    assert scene.org.asked == ["bad"] * 2


def test_an_org_in_trouble_refuses_nobody() -> None:
    """That it could not say is not remembered: the next call asks again."""
    scene = Scene(org=Org(refusal=lambda: OrgUnavailable("down")))
    scene.org.let.set()
    for _ in range(2):
        with pytest.raises(OrgUnavailable):
            scene.identify("bad")

    assert len(scene.org.asked) == 2


@pytest.mark.slow
def test_memory_of_refusals_is_bounded() -> None:
    """Who makes up tokens all day fills no memory, and no frame with a token in it is kept."""
    scene = Scene()
    scene.org.let.set()
    for number in range(MOST_REMEMBERED + 10):
        with pytest.raises(CallerRejected):
            scene.identify(f"bad {number}")

    assert len(scene.callers._refused) == MOST_REMEMBERED
    assert {error.__traceback__ for error in scene.callers._refused.values()} == {None}
