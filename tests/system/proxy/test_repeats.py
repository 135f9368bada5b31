"""Apex sends an invocation again after a 502, 503 or 504: the function still runs once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from localstack.apex import apex_request
from tests.support.fake_function import wait_for_calls
from tests.support.world import World, error_of


def test_repeat_of_a_running_invocation_gets_its_answer(world: World) -> None:
    """One run, the same answer to everyone who asked for it."""
    request = apex_request(world.identity())
    assert world.send(request).status == 200
    world.function.delay_s = 60
    with ThreadPoolExecutor(6) as pool:
        calls = [pool.submit(world.send, request) for _ in range(5)]
        world.wait_until_running(5)
        other = pool.submit(world.send, replace(request, body=b'"another payload"'))
        wait_for_calls(world.function, 3)
        world.function.stopping.set()

        assert [call.result().data for call in calls] == [b'{"ok":true}'] * 5
        assert other.result().status == 200
    assert len(world.function.received) == 3


def test_repeat_of_a_broken_invocation_is_told_the_same(world: World) -> None:
    """It may have run: the 502 comes again, the function is not called again."""
    request = apex_request(world.identity())
    world.function.half = True
    first = world.send(request)
    world.function.half = False

    second = world.send(request)

    assert (first.status, second.status) == (502, 502)
    assert error_of(first) == error_of(second)
    assert len(world.function.received) == 1
    assert world.call().status == 200


def test_answered_invocation_sent_again_is_a_new_call(world: World) -> None:
    """People repeat their curl lines, and mean it."""
    request = apex_request(world.identity())

    assert [world.send(request).status for _ in range(2)] == [200, 200]

    assert len(world.function.received) == 2
