"""Attack 15: one user's slow jobs, and everybody else's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from localstack.waiting import wait_until
from relay.fair_places import FairPlaces


class Jobs:
    """Jobs that run until they are ended, each in a thread."""

    def __init__(self, places: int) -> None:
        self.places = FairPlaces(places)
        self.running: list[str] = []
        self._ends: list[tuple[str, threading.Event]] = []
        self._threads: list[threading.Thread] = []

    def start(self, user: str, count: int = 1) -> None:
        """Start so many jobs of a user, in order."""
        for _ in range(count):
            before = self._queued()
            thread = threading.Thread(target=self._run, args=(user,), daemon=True)
            thread.start()
            self._threads.append(thread)
            wait_until(lambda now=before: self._queued() > now, "it is queued or runs")  # type: ignore[misc]

    def _queued(self) -> int:
        places = self.places
        with places._lock:
            return sum(places._held.values()) + sum(map(len, places._waiting.values()))

    def _run(self, user: str) -> None:
        with self.places.place(user):
            end = threading.Event()
            self.running.append(user)
            self._ends.append((user, end))
            assert end.wait(20)
            self.running.remove(user)

    def settled(self, *users: str) -> None:
        """Check who runs in the end."""
        wait_until(lambda: sorted(self.running) == sorted(users), f"{users} run")

    def end(self, user: str) -> None:
        """End the first job of a user."""
        first = next(each for each in self._ends if each[0] == user)
        self._ends.remove(first)
        first[1].set()

    def end_all(self) -> None:
        """Let every job end."""
        while any(thread.is_alive() for thread in self._threads):
            for _, end in list(self._ends):
                end.set()
            for thread in self._threads:
                thread.join(0.01)


@contextmanager
def jobs(places: int) -> Iterator[Jobs]:
    """Yield jobs on so many places, and end them."""
    started = Jobs(places)
    try:
        yield started
    finally:
        started.end_all()


def test_15_one_user_never_takes_the_last_places() -> None:
    """Ten places: two are left for whoever comes, and who comes runs at once."""
    with jobs(10) as started:
        started.start("joe", 12)
        started.settled(*["joe"] * 8)

        started.start("admin", 2)

        started.settled(*["joe"] * 8, "admin", "admin")


def test_15_a_free_place_goes_to_who_holds_the_fewest() -> None:
    """Joe waits longer and has more waiting; admin's next job comes first all the same."""
    with jobs(4) as started:
        started.start("joe", 8)
        started.start("admin", 3)
        started.settled("joe", "joe", "joe", "admin")

        started.end("joe")

        started.settled("joe", "joe", "admin", "admin")


def test_15_users_who_hold_the_same_take_turns() -> None:
    """None of two waits until the other has nothing left."""
    with jobs(1) as started:
        started.start("joe", 4)
        started.start("admin", 2)
        order: list[str] = []
        for left in range(5, -1, -1):
            wait_until(lambda: len(started.running) == 1, "one runs")
            order.append(started.running[0])
            started.end(order[-1])
            wait_until(lambda left=left: started._queued() == left, "it ended")  # type: ignore[misc]

    assert order == ["joe", "joe", "admin", "joe", "admin", "joe"]


@pytest.mark.parametrize(("places", "most"), [(1, 1), (2, 1), (5, 4), (10, 8), (200, 160)])
def test_15_a_users_share_grows_with_the_places(places: int, most: int) -> None:
    """Whatever ASYNC_CONCURRENCY is, one user alone uses most of it."""
    assert FairPlaces(places)._most == most


def test_15_nothing_is_kept_of_users_who_are_gone() -> None:
    """Memory is that of jobs that wait or run."""
    with jobs(2) as started:
        started.start("joe")
        started.start("admin")
    wait_until(lambda: not started.places._held, "nobody is remembered")

    assert not started.places._waiting
    assert started.places._free == 2
