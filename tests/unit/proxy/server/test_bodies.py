"""What payloads under way may have together."""

import gc

import pytest

from proxy.server.bodies import IN_MEMORY, BodyBudget, PayloadBuffer, large_share

BUDGET = 1_000_000
LARGE = 250_000


def test_large_payloads_leave_room_for_small_ones() -> None:
    """They may have three quarters of all; the rest is for what waits in memory."""
    budget = BodyBudget(BUDGET)
    large = [PayloadBuffer(budget, LARGE) for _ in range(4)]
    small = [PayloadBuffer(budget, 50_000) for _ in range(6)]

    assert large_share(BUDGET) == 3 * LARGE
    assert [each.lacks_room for each in large] == [False, False, False, True]
    assert [each.lacks_room for each in small] == [False] * 5 + [True]


@pytest.mark.parametrize("how", ["close", "forget", "drop"])
def test_room_is_given_back(how: str) -> None:
    """When it has been answered, when it is forgotten, and when it has no room itself; once."""
    budget = BodyBudget(BUDGET)
    first = PayloadBuffer(budget, 3 * LARGE)
    assert PayloadBuffer(budget, LARGE).lacks_room

    if how == "close":
        first.close()
        first.close()
    elif how == "drop":
        first.drop()
    else:
        del first
        gc.collect()

    assert not PayloadBuffer(budget, 3 * LARGE).lacks_room


def test_payload_of_unknown_size_takes_room_as_it_comes() -> None:
    """One that turns out too large is dropped as a whole, and what still comes of it."""
    budget = BodyBudget(BUDGET)
    other = PayloadBuffer(budget, 2 * LARGE)
    growing = PayloadBuffer(budget, None)
    for _ in range(4):
        growing.append(b"x" * 60_000)
    assert growing.getfile().read() == b"x" * 240_000
    assert PayloadBuffer(budget, LARGE).lacks_room

    growing.append(b"x" * 60_000)
    growing.append(b"x" * 60_000)

    assert (growing.lacks_room, growing.fault) == (True, None)
    assert not PayloadBuffer(budget, LARGE).lacks_room
    other.close()


def test_payload_that_comes_after_its_end_is_dropped() -> None:
    """Its client has gone, and nobody waits for it."""
    payload = PayloadBuffer(BodyBudget(BUDGET), LARGE)
    payload.append(b"x" * (IN_MEMORY + 1))
    payload.close()
    payload.append(b"x")


def test_payload_is_what_came() -> None:
    """In memory or in a file."""
    for size in (0, 1, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY * 3):
        payload = PayloadBuffer(BodyBudget(BUDGET), size)
        for at in range(0, size, 1000):
            payload.append(b"x" * min(1000, size - at))
        assert payload.getfile().read() == b"x" * size
        payload.close()
