import threading
import time
from contextlib import ExitStack

import pytest

from invocation.errors import ProxyFull
from proxy.admission import Admission

SOON_S = 10.0


def test_as_many_as_there_are_places() -> None:
    """The places are all given, the next caller is told to come back."""
    admission = Admission(3, wait_s=0.01)

    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(admission.place())
        with pytest.raises(ProxyFull), admission.place():
            pytest.fail("a fourth place")


def test_a_place_is_given_back() -> None:
    """A place is free again after its block, also after one that failed."""
    admission = Admission(1, wait_s=0.01)

    for _ in range(5):
        with pytest.raises(ZeroDivisionError), admission.place():
            raise ZeroDivisionError
    with admission.place(), pytest.raises(ProxyFull), admission.place():
        pytest.fail("a second place")
    with admission.place():
        pass


def test_one_more_waits_for_a_place() -> None:
    """Who comes when all is taken gets the place that becomes free in time."""
    admission = Admission(1, wait_s=SOON_S)
    got_it = threading.Event()

    def wait_for_a_place() -> None:
        with admission.place():
            got_it.set()

    waiting = threading.Thread(target=wait_for_a_place)
    with admission.place():
        waiting.start()
        assert not got_it.is_set()
    waiting.join(SOON_S)

    assert got_it.is_set()


def test_nobody_waits_longer_than_told() -> None:
    """Apex repeats a 503 by itself after a second: an answer must come before it gives up."""
    admission = Admission(1, wait_s=0.05)

    with admission.place():
        started = time.monotonic()
        with pytest.raises(ProxyFull), admission.place():
            pytest.fail("a second place")

    assert 0.04 < time.monotonic() - started < 2


def test_who_waited_in_vain_makes_room_for_the_next() -> None:
    """Each late caller gets his own wait, not only the first one."""
    admission = Admission(1, wait_s=0.03)

    with admission.place():
        started = time.monotonic()
        for _ in range(5):
            with pytest.raises(ProxyFull), admission.place():
                pytest.fail("a second place")

    assert time.monotonic() - started > 0.14


def test_without_waiting_the_rest_is_refused_at_once() -> None:
    """Waiting costs a thread: a gate may grant none of it."""
    admission = Admission(1, wait_s=0)

    with admission.place(), pytest.raises(ProxyFull), admission.place():
        pytest.fail("a second place")


def test_under_load_never_more_than_the_places() -> None:
    """Many threads at once: the number of holders never exceeds the places, and none is lost."""
    admission = Admission(4, wait_s=0.02)
    lock = threading.Lock()
    holders = most = done = 0

    def work() -> None:
        nonlocal holders, most, done
        for _ in range(50):
            try:
                with admission.place():
                    with lock:
                        holders += 1
                        most = max(most, holders)
                    with lock:
                        holders -= 1
                        done += 1
            except ProxyFull:
                continue

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON_S)

    assert 1 <= most <= 4
    assert done > 0
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(admission.place())
