"""Attack 1: strangers by the hundred, while the org is slow, against a caller who is known."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from localstack.apex import Identity, apex_request
from localstack.org import new_org
from localstack.waiting import wait_until
from orgsim import Fault, SimulatedOrg, running
from tests.support.fake_function import fake_function
from tests.support.world import World, running_world

SWARM: Final = Path(__file__).with_name("swarm.py")
CALLS: Final = 30
LONGEST_S: Final = 0.5
MOST_SLOWED: Final = 20
"""On a busy machine: so many times what a call takes without strangers."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A proxy, and an org that takes two seconds to say whose token it is."""
    org: SimulatedOrg = new_org()
    with (
        running(org) as org_url,
        fake_function() as function,
        running_world(org, org_url, function, tmp_path, LOG_LEVEL="ERROR") as world,
    ):
        yield world


def request_of(world: World, identity: Identity) -> str:
    """Return a whole request, as it goes over the wire."""
    request = apex_request(identity)
    fields = request.headers | {"Host": f"127.0.0.1:{world.proxy.port}", "Content-Length": "2"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /sync HTTP/1.1\r\n{lines}\r\n{{}}"


@contextlib.contextmanager
def swarm(world: World, tokens: list[str], folder: Path) -> Iterator[None]:
    """Have a stranger for each token try without end, for the length of a ``with`` block."""
    joe = replace(world.identity("joe@example.com"), token="")
    requests = folder / "requests.json"
    requests.write_text(
        json.dumps([request_of(world, replace(joe, token=token)) for token in tokens])
    )
    process = subprocess.Popen([sys.executable, str(SWARM), str(world.proxy.port), str(requests)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def timed_calls(world: World, admin: Identity) -> list[tuple[int, float]]:
    """Return status and seconds of one call after the other."""
    calls = []
    for _ in range(CALLS):
        request = apex_request(admin, headers={"ce-id": uuid4().hex})
        started = time.monotonic()
        calls.append((world.send(request).status, time.monotonic() - started))
    return calls


def tokens(count: int, *, each: bool) -> list[str]:
    """Return made-up tokens."""
    return [f"00Dxx0000006IYJ!made.up.{number if each else 0}" for number in range(count)]


@pytest.mark.parametrize(
    "made_up",
    [tokens(160, each=False), tokens(200, each=True)],
    ids=["160-with-one-token", "200-with-one-each"],
)
def test_01_strangers_keep_no_known_caller_waiting(
    world: World, made_up: list[str], tmp_path: Path
) -> None:
    """Each of 30 calls of a caller who is known is answered, most of them in half a second."""
    admin = world.identity()
    assert world.call(admin).status == 200
    undisturbed_s = sorted(seconds for _, seconds in timed_calls(world, admin))[CALLS // 2]
    longest_s = max(LONGEST_S, MOST_SLOWED * undisturbed_s)
    world.org.faults.add(Fault(endpoint="userinfo", kind="latency", seconds=2.0, times=None))

    with swarm(world, made_up, tmp_path):
        wait_until(lambda: world.org_requests()["userinfo"] > 1, "strangers at the org")
        calls = timed_calls(world, admin)

    assert [status for status, _ in calls] == [200] * CALLS
    assert sorted(seconds for _, seconds in calls)[CALLS // 2] < longest_s
    assert max(seconds for _, seconds in calls) < 5 * longest_s, sorted(calls)
