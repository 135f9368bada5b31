import pytest

from orgsim.entities import OrgSettings, hash_of
from orgsim.oauth.sessions import MOST_SESSIONS, Sessions
from tests.unit.orgsim.world import ADMIN, JOE, NOW, Clock


@pytest.mark.slow
def test_the_oldest_session_makes_room() -> None:
    """However many tokens are minted, memory is bounded."""
    sessions = Sessions(OrgSettings(), Clock())
    first, second = sessions.open(ADMIN), sessions.open(JOE)
    for _ in range(MOST_SESSIONS - 1):
        sessions.open(ADMIN)

    assert sessions.find(first.token) is None
    assert sessions.find(second.token) == second
    assert len(sessions.alive()) == MOST_SESSIONS


def test_a_dead_session_is_neither_shown_nor_reused_nor_activated_for() -> None:
    """When a session's time is over, nothing brings it back."""
    clock = Clock()
    sessions = Sessions(OrgSettings(reuse_sessions=True), clock)
    session = sessions.open(ADMIN, "app")
    clock.now += 7200
    sessions.activate("unknown", "P")

    assert sessions.alive() == ()
    assert sessions.expire(lambda _: True) == 0
    assert sessions.open(ADMIN, "app").token != session.token
    assert sessions.find(session.token) is None


def test_only_the_same_user_and_app_share_a_session() -> None:
    """Reuse never hands somebody's session to somebody else, or to another app."""
    sessions = Sessions(OrgSettings(reuse_sessions=True), Clock())
    admin = sessions.open(ADMIN, "app")

    assert sessions.open(ADMIN, "app") == admin
    assert sessions.open(JOE, "app").username == JOE
    assert sessions.open(ADMIN, "other").token != admin.token
    assert sessions.open(ADMIN).token != admin.token


def test_a_session_shows_no_token() -> None:
    """A session in a log or a traceback gives nothing away."""
    session = Sessions(OrgSettings(), Clock()).open(ADMIN)

    assert session.token not in repr(session)
    assert session.hash == hash_of(session.token)
    assert (session.opened_at, session.expires_at) == (NOW, NOW + 7200)
