import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from invocation.errors import CallerRejected, OrgUnavailable
from invocation.org import identity
from invocation.org.identity import Remembered
from localstack.waiting import wait_until

SOON_S = 20.0
NO_DEADLINE = 1e9


@dataclass
class Clock:
    """Time that passes when told, and a little at each look when told so."""

    now: float = 1000.0
    step: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        self.now += self.step
        return self.now


class Loads:
    """Counts loads and numbers their values."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> str:
        """Return the next value."""
        self.count += 1
        return f"value {self.count}"


def test_a_value_is_loaded_once_and_used_until_it_expires() -> None:
    """A remembered value is good for the time to live, not a moment longer."""
    clock, load = Clock(), Loads()
    remembered = Remembered[str, str](ttl_s=60, clock=clock)

    seen = []
    for at in (0, 30, 59.9, 60, 119.9, 120):
        clock.now = 1000 + at
        seen.append(remembered.get("key", load, deadline=NO_DEADLINE))

    assert seen == ["value 1"] * 3 + ["value 2"] * 2 + ["value 3"]


def test_keys_do_not_mix() -> None:
    """What was loaded for one key is never given for another."""
    load = Loads()
    remembered = Remembered[str, str](ttl_s=60, clock=Clock())

    assert [remembered.get(key, load, deadline=NO_DEADLINE) for key in "abab"] == [
        "value 1",
        "value 2",
        "value 1",
        "value 2",
    ]


def test_a_time_to_live_of_nought_remembers_nothing() -> None:
    """With 0 each call loads, also at the same moment; nothing can be dropped."""
    load = Loads()
    remembered = Remembered[str, str](ttl_s=0, clock=Clock())

    assert remembered.get("key", load, deadline=NO_DEADLINE) == "value 1"
    assert remembered.get("key", load, deadline=NO_DEADLINE) == "value 2"
    remembered.drop("key", "value 2")


def test_a_hundred_threads_load_once() -> None:
    """Callers that arrive while a load runs wait for it and get its value."""
    load, go = Loads(), threading.Event()
    entered = threading.Semaphore(0)
    remembered = Remembered[str, str](ttl_s=60, clock=time.monotonic)

    def slow_load() -> str:
        assert go.wait(SOON_S)
        return load()

    def get(_: int) -> str:
        entered.release()
        return remembered.get("key", slow_load, deadline=time.monotonic() + SOON_S)

    with ThreadPoolExecutor(100) as pool:
        results = [pool.submit(get, number) for number in range(100)]
        for _ in range(100):
            assert entered.acquire(timeout=SOON_S)
        go.set()
        values = {result.result(SOON_S) for result in results}

    assert values == {"value 1"}
    assert load.count == 1


def test_another_key_does_not_wait() -> None:
    """A load that hangs for one caller holds up nobody else."""
    go, running = threading.Event(), threading.Event()
    remembered = Remembered[str, str](ttl_s=60, clock=time.monotonic)

    def hang() -> str:
        running.set()
        assert go.wait(SOON_S)
        return "late"

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(remembered.get, "slow", hang, deadline=time.monotonic() + SOON_S)
        assert running.wait(SOON_S)
        assert remembered.get("quick", lambda: "soon", deadline=time.monotonic() + 1) == "soon"
        go.set()

        assert late.result(SOON_S) == "late"


def test_an_error_is_shared_but_not_remembered() -> None:
    """Those who wait get the leader's error; the next call tries again."""
    go, running = threading.Event(), threading.Event()
    remembered = Remembered[str, str](ttl_s=60, clock=time.monotonic)
    waiting = 0
    lock = threading.Lock()

    def fail() -> str:
        running.set()
        assert go.wait(SOON_S)
        raise CallerRejected("Unauthorized request")

    def wait() -> str:
        nonlocal waiting
        with lock:
            waiting += 1
        return remembered.get("key", fail, deadline=time.monotonic() + SOON_S)

    with ThreadPoolExecutor(11) as pool:
        leader = pool.submit(remembered.get, "key", fail, deadline=time.monotonic() + SOON_S)
        assert running.wait(SOON_S)
        followers = [pool.submit(wait) for _ in range(10)]
        wait_until(lambda: waiting == 10, "ten who wait")
        go.set()
        errors = [type(result.exception(SOON_S)) for result in [leader, *followers]]

    assert errors == [CallerRejected] * 11
    assert remembered.get("key", lambda: "recovered", deadline=NO_DEADLINE) == "recovered"


def test_a_waiter_gives_up_at_its_deadline() -> None:
    """Who waits for another call's load waits no longer than his own call may take."""
    go, running = threading.Event(), threading.Event()
    remembered = Remembered[str, str](ttl_s=60, clock=time.monotonic)

    def hang() -> str:
        running.set()
        assert go.wait(SOON_S)
        return "late"

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(remembered.get, "key", hang, deadline=time.monotonic() + SOON_S)
        assert running.wait(SOON_S)
        for left_s in (0.05, 0.0, -1.0):
            started = time.monotonic()
            with pytest.raises(OrgUnavailable, match="did not answer in time"):
                remembered.get("key", hang, deadline=started + left_s)
            assert time.monotonic() - started < 2
        go.set()

        assert late.result(SOON_S) == "late"


def test_what_ended_a_load_frees_the_key() -> None:
    """Also an exception that is no error (a thread told to end) leaves no flight behind."""
    remembered = Remembered[str, str](ttl_s=60, clock=Clock())

    def end() -> str:
        raise SystemExit

    with pytest.raises(SystemExit):
        remembered.get("key", end, deadline=NO_DEADLINE)

    assert remembered.get("key", lambda: "value", deadline=NO_DEADLINE) == "value"


def test_only_the_same_value_is_dropped() -> None:
    """Two calls that see one token die must not throw away the one minted after it."""
    load = Loads()
    remembered = Remembered[str, str](ttl_s=60, clock=Clock())
    first = remembered.get("key", load, deadline=NO_DEADLINE)

    remembered.drop("key", "another value")
    remembered.drop("another key", first)
    kept = remembered.get("key", load, deadline=NO_DEADLINE)
    remembered.drop("key", first)
    second = remembered.get("key", load, deadline=NO_DEADLINE)
    remembered.drop("key", first)

    assert (first, kept, second) == ("value 1", "value 1", "value 2")
    assert remembered.get("key", load, deadline=NO_DEADLINE) == "value 2"


@pytest.mark.parametrize("step", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_value_that_expires_at_this_moment(step: float) -> None:
    """Time passes between two looks at the clock: dropping what just expired is no failure."""
    clock, load = Clock(), Loads()
    remembered = Remembered[str, str](ttl_s=60, clock=clock)
    value = remembered.get("key", load, deadline=NO_DEADLINE)

    clock.now, clock.step = 1059.0, step
    assert remembered.get("key", load, deadline=NO_DEADLINE) in ("value 1", "value 2")
    clock.now = 1059.0
    remembered.drop("key", value)


def test_memory_is_bounded() -> None:
    """A caller with ever new tokens fills no memory; who called last is still known."""
    load = Loads()
    remembered = Remembered[int, str](ttl_s=60, clock=Clock())
    most = identity.MOST_REMEMBERED

    for number in range(most + 100):
        remembered.get(number, load, deadline=NO_DEADLINE)
    count = load.count

    assert len(remembered._values) == most
    assert not remembered._loads._flights
    remembered.get(most + 99, load, deadline=NO_DEADLINE)
    assert load.count == count
    remembered.get(0, load, deadline=NO_DEADLINE)
    assert load.count == count + 1
