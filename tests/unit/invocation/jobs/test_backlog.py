"""Attack 15: one user's large jobs must not fill the store for everybody."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from invocation.errors import BacklogFull
from invocation.jobs.backlog import LOOK_S, MOST_LOOKING, Backlog
from invocation.jobs.store import JobStore
from invocation.org.caller import Caller
from tests.unit.relay.store import CALLER, Store, a_job, open_store


class Clock:
    """Time, as the test says."""

    now_s = 1000.0

    def __call__(self) -> float:
        """Return it."""
        return self.now_s


class Look:
    """What a store holds; counts who looks."""

    def __init__(self, clock: Clock, *, takes_s: float = 0.0, **stored: int) -> None:
        self.stored: Mapping[str, int] = stored
        self.times = 0
        self._clock, self._takes_s = clock, takes_s

    def __call__(self) -> Mapping[str, int]:
        """Look into the store."""
        self.times += 1
        self._clock.now_s += self._takes_s
        return self.stored


def test_15_a_user_has_a_share_of_the_store() -> None:
    """Who has stored their share waits; others go on until the store is full."""
    backlog, look = Backlog(most=100, most_of_one=50, clock=Clock()), Look(Clock())
    backlog.add("joe", 50, look)
    with pytest.raises(BacklogFull, match="this user"):
        backlog.add("joe", 1, look)

    backlog.add("admin", 40, look)
    with pytest.raises(BacklogFull, match="Too much is waiting"):
        backlog.add("eve", 11, look)
    backlog.add("eve", 10, look)


def test_15_what_others_have_stored_counts() -> None:
    """Other processes, and earlier ones, fill the same store; it is looked at once a second."""
    clock = Clock()
    backlog, look = Backlog(most=100, most_of_one=50, clock=clock), Look(clock, joe=45)
    with pytest.raises(BacklogFull):
        backlog.add("joe", 6, look)
    look.stored = {}
    with pytest.raises(BacklogFull):
        backlog.add("joe", 6, look)
    assert look.times == 1

    clock.now_s += LOOK_S
    backlog.add("joe", 6, look)
    assert look.times == 2


def test_15_a_long_look_is_taken_less_often() -> None:
    """A store with very many jobs is not read again and again: a twentieth of the time at most."""
    clock = Clock()
    backlog, look = Backlog(most=100, most_of_one=50, clock=clock), Look(clock, takes_s=1.0)
    backlog.add("joe", 1, look)
    clock.now_s += 1 / MOST_LOOKING - 0.1
    backlog.add("joe", 1, look)
    assert look.times == 1

    clock.now_s += 0.2
    backlog.add("joe", 1, look)
    assert look.times == 2


def fill(store: Store, user_id: str, *numbers: int, most_of_one: int) -> None:
    """Store jobs of a user as a new process does."""
    caller = Caller(org_id=CALLER.org_id, user_id=user_id, username="x", org_url=CALLER.org_url)
    for number in numbers:
        job = a_job(number, caller=caller)
        job = a_job(number, caller=caller, job_id=f"{job.user}-{job.record_id}")
        backlog = Backlog(most=10 * most_of_one, most_of_one=most_of_one)
        JobStore(store.engine, store.cipher, backlog).accept(job)


def test_15_bytes_are_told_by_the_store(tmp_path: Path) -> None:
    """Of each user, and only of jobs that are not delivered: room comes back as they end."""
    joe, admin = "005xx000001X8V0AAK", "005xx000001X8UzAAK"
    with open_store(tmp_path) as store:
        fill(store, joe, 1, most_of_one=10_000)
        size = len(store.row(a_job(1).job_id.replace(admin, joe))["payload"])
        fill(store, joe, 2, most_of_one=2 * size + 100)
        with pytest.raises(BacklogFull):
            fill(store, joe, 3, most_of_one=2 * size + 100)
        fill(store, admin, 4, most_of_one=2 * size + 100)

        store.change(a_job(1).job_id.replace(admin, joe), state="delivered", payload=None)
        fill(store, joe, 3, most_of_one=2 * size + 100)

        assert len({job_id for job_id, _ in store.queued()}) == 4
