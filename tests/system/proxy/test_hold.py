"""A synchronous call that finds the function restarting."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localstack.ports import free_port
from orgsim import SimulatedOrg
from tests.support.fake_function import FakeFunction, fake_function
from tests.support.world import error_of, running_world


def test_call_waits_for_a_restarting_function(
    org: SimulatedOrg, org_url: str, tmp_path: Path
) -> None:
    """It runs as soon as the function takes connections, and once."""
    port = free_port()
    nobody = FakeFunction(port=port)
    with (
        running_world(org, org_url, nobody, tmp_path, FUNCTION_HOLD_S="30") as world,
        ThreadPoolExecutor(3) as pool,
    ):
        calls = [pool.submit(world.call) for _ in range(3)]
        time.sleep(0.5)  # so that they meet a closed port
        with fake_function(port) as function:
            assert [call.result(20).status for call in calls] == [200] * 3
            assert len(function.received) == 3


def test_call_waits_no_longer_than_allowed(org: SimulatedOrg, org_url: str, tmp_path: Path) -> None:
    """Then it is 503, which Apex repeats by itself."""
    nobody = FakeFunction(port=free_port())
    with running_world(org, org_url, nobody, tmp_path, FUNCTION_HOLD_S="1") as world:
        identity = world.identity()
        began = time.monotonic()
        answer = world.call(identity)
        took_s = time.monotonic() - began

    assert (answer.status, error_of(answer)) == (503, "The function does not take requests")
    assert 1 <= took_s < 4
