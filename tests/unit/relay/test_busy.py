"""Who a stop has to wait for."""

import threading

import pytest

from relay.busy import Busy

SOON_S = 15.0


def test_nobody_is_busy_at_first() -> None:
    """A stop needs no wait."""
    assert Busy().wait_idle(0)


def test_a_stop_waits_until_all_are_done() -> None:
    """Also for who fails."""
    busy = Busy()
    inside, leave = threading.Barrier(3), threading.Event()

    def work() -> None:
        with busy:
            inside.wait()
            leave.wait(SOON_S)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait()
    assert not busy.wait_idle(0)
    with pytest.raises(KeyError), busy:
        raise KeyError
    assert not busy.wait_idle(0)

    leave.set()
    assert busy.wait_idle(SOON_S)
    for thread in threads:
        thread.join()
