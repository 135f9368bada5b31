"""The proxy is told to stop: what runs comes to its end, nothing new begins, nobody is cut off."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from localstack.apex import apex_request
from localstack.waiting import wait_until
from orgsim import SimulatedOrg
from tests.support.fake_function import FakeFunction, wait_for_calls
from tests.support.world import World, error_of, running_world


def terminate(world: World) -> None:
    """Tell the proxy to stop, and wait until it knows."""
    world.proxy.process.terminate()
    wait_until(lambda: '"draining"' in world.proxy.log(), "the drain")


def test_running_calls_are_answered(world: World) -> None:
    """All of them end well, and their connections with them; then exit code 0."""
    identity = world.identity()
    assert world.call(identity).status == 200
    world.function.delay_s = 60
    with ThreadPoolExecutor(5) as pool:
        calls = [pool.submit(world.call, identity) for _ in range(5)]
        world.wait_until_running(5)
        terminate(world)
        world.function.stopping.set()
        answers = [call.result(20) for call in calls]

    assert [answer.status for answer in answers] == [200] * 5
    assert {answer.headers["Connection"] for answer in answers} == {"close"}
    assert world.proxy.process.wait(10) == 0


def test_idle_connections_do_not_hold_it(world: World) -> None:
    """They are open a moment longer, for a request that may be on its way, and then closed."""
    request = apex_request(world.identity())
    with urllib3.HTTPConnectionPool("127.0.0.1", world.proxy.port, maxsize=1) as kept:
        assert kept.request("GET", "/livez").status == 200
        terminate(world)

        late = kept.urlopen("POST", "/sync", headers=request.headers, body=b"{}", retries=False)

    assert (late.status, late.headers["Connection"]) == (200, "close")
    began = time.monotonic()
    assert world.proxy.process.wait(10) == 0
    assert time.monotonic() - began < 4


def test_nobody_is_taken_in_and_it_is_not_ready(world: World) -> None:
    """The listener is closed at once; a connection that is there already learns the state."""
    with urllib3.HTTPConnectionPool("127.0.0.1", world.proxy.port, maxsize=1) as kept:
        assert kept.request("GET", "/readyz").status == 200
        terminate(world)
        ready = kept.request("GET", "/readyz", retries=False)

    assert ready.status == 503
    wait_until(lambda: _refuses(world.proxy.port), "the listener's end")
    assert world.proxy.process.wait(10) == 0


@pytest.mark.parametrize("lasts", ["no", "yes"])
def test_async_calls_are_taken_only_where_they_last(
    org: SimulatedOrg, org_url: str, function: FakeFunction, tmp_path: Path, lasts: str
) -> None:
    """A store that dies with the container promises nothing more: its relay may be gone."""
    with running_world(org, org_url, function, tmp_path, ASYNC_DB_LASTS=lasts) as world:
        request = apex_request(world.identity(), asynchronous=True)
        # The tables are the relay's to make; 503 without them says so.
        with urllib3.HTTPConnectionPool("127.0.0.1", world.proxy.port, maxsize=1) as kept:
            assert kept.request("GET", "/livez").status == 200
            terminate(world)
            late = kept.urlopen(
                "POST", "/async", headers=request.headers, body=b"{}", retries=False
            )

    assert late.status == 503
    expected = "The invocation could not" if lasts == "yes" else "This instance is being stopped"
    assert error_of(late).startswith(expected)


def test_second_sigterm_ends_it_at_once(world: World) -> None:
    """Who says it twice means it; what runs is cut off."""
    world.function.delay_s = 60
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(world.call)
        wait_for_calls(world.function, 1)
        terminate(world)
        began = time.monotonic()

        world.proxy.process.terminate()

        assert world.proxy.process.wait(5) == 1
        assert time.monotonic() - began < 2
        with pytest.raises(urllib3.exceptions.HTTPError):
            call.result(10)


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False
