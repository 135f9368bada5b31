"""What the caller sees when the org or the function fails, and what was started."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localstack.apex import apex_request
from localstack.seed import ORG_ID
from localstack.waiting import wait_until
from orgsim import Fault, SimulatedOrg
from tests.support.fake_function import FakeFunction, wait_for_calls
from tests.support.world import World, error_of, running_world


@pytest.fixture
def hasty(
    org: SimulatedOrg, org_url: str, function: FakeFunction, tmp_path: Path
) -> Iterator[World]:
    """A proxy that waits one second for the org and two for the function."""
    with running_world(
        org, org_url, function, tmp_path, ORG_TIMEOUT_S="1", FUNCTION_TIMEOUT_S="2"
    ) as started:
        yield started


@pytest.mark.parametrize("endpoint", ["userinfo", "token", "activate"])
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "latency", "seconds": 20.0}, id="slow"),
        pytest.param({"kind": "html"}, id="maintenance"),
        pytest.param({"kind": "status", "status": 500}, id="500"),
        pytest.param({"kind": "null"}, id="null"),
        pytest.param({"kind": "redirect"}, id="redirect"),
        pytest.param({"kind": "half_body"}, id="half-a-body"),
        pytest.param({"kind": "reset"}, id="reset"),
        pytest.param({"kind": "not_json"}, id="not-json"),
        pytest.param({"kind": "huge"}, id="huge"),
    ],
)
def test_org_that_fails_is_503_and_the_function_is_not_called(
    hasty: World, endpoint: str, fault: dict[str, object]
) -> None:
    """Whatever the org does wrong: 503 with Retry-After within the limit, nothing started."""
    hasty.org.faults.add(Fault(endpoint=endpoint, times=None, **fault))  # type: ignore[arg-type]
    started = time.monotonic()

    answer = hasty.call(permission_sets=("MyPermissionSet",))

    took_s = time.monotonic() - started
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "2"
    assert error_of(answer).startswith("The org")
    assert took_s < 1.8
    assert hasty.function.received == []


def test_org_that_is_down_is_503(org: SimulatedOrg, function: FakeFunction, tmp_path: Path) -> None:
    """Nobody listens where the org should be."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        org_url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with running_world(org, org_url, function, tmp_path) as world:
            answer = world.call()

    assert (answer.status, error_of(answer)) == (503, "The org can't be reached")


@pytest.mark.parametrize("endpoint", ["userinfo", "token", "activate"])
@pytest.mark.parametrize("kind", ["reset", "html", "half_body"])
def test_org_that_fails_once_is_asked_again(world: World, endpoint: str, kind: str) -> None:
    """The three calls may be repeated; one hiccup is not the caller's business."""
    world.org.faults.add(Fault(endpoint=endpoint, kind=kind))

    assert world.call(permission_sets=("MyPermissionSet",)).status == 200


def test_org_that_hangs_once_is_asked_again(
    org: SimulatedOrg, org_url: str, function: FakeFunction, tmp_path: Path
) -> None:
    """A lost packet costs two thirds of the time limit, not the call."""
    with running_world(org, org_url, function, tmp_path, ORG_TIMEOUT_S="9") as world:
        world.org.faults.add(Fault(endpoint="userinfo", kind="latency", seconds=20))

        assert world.call().status == 200


def test_function_that_is_down_is_503(org: SimulatedOrg, org_url: str, tmp_path: Path) -> None:
    """Refused connection: it was not called, and repeating is safe."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = FakeFunction(port=taken.getsockname()[1])
        with running_world(org, org_url, nobody, tmp_path) as world:
            answer = world.call()
            ready = world.proxy.get("/readyz")
            health = world.proxy.get("/healthcheck", {"x-org-id-18": ORG_ID})
            live = world.proxy.get("/livez")

    assert (answer.status, error_of(answer)) == (503, "The function does not take requests")
    assert answer.headers["Retry-After"] == "2"
    assert [ready.status, health.status, live.status] == [503, 503, 200]


def test_function_that_answers_half_is_502(world: World) -> None:
    """An incomplete answer is not passed on as a complete one."""
    world.function.half = True

    answer = world.call()

    assert answer.status == 502
    assert len(world.function.received) == 1


def test_function_that_is_too_slow_is_500_with_advice(hasty: World) -> None:
    """Never 504, which Apex repeats: the function may still be running."""
    hasty.function.delay_s = 30

    answer = hasty.call()

    assert answer.status == 500
    assert "invoke it asynchronously" in error_of(answer)


def test_function_that_answers_too_much_is_500(
    org: SimulatedOrg, org_url: str, function: FakeFunction, tmp_path: Path
) -> None:
    """More than a caller could take is not buffered."""
    function.body = b"a" * 3000
    with running_world(org, org_url, function, tmp_path, MAX_BODY_BYTES="2000") as world:
        answer = world.call()

    assert answer.status == 500
    assert "larger than 2000 bytes" in error_of(answer)


def test_proxy_that_is_full_refuses_and_stays_healthy(
    org: SimulatedOrg, org_url: str, function: FakeFunction, tmp_path: Path
) -> None:
    """Every place taken: 503 with Retry-After for the next call, and health answers at once."""
    with running_world(
        org, org_url, function, tmp_path, MAX_INFLIGHT="2", PROXY_THREADS="8"
    ) as world:
        admin = world.identity()
        assert world.call(admin).status == 200
        function.delay_s = 60
        with ThreadPoolExecutor(2) as pool:
            running_calls = [pool.submit(world.call, admin) for _ in range(2)]
            wait_for_calls(function, 3)

            refused = world.call(admin)
            health = world.proxy.get("/healthcheck", {"x-org-id-18": ORG_ID})

            function.stopping.set()
            statuses = [call.result().status for call in running_calls]

    assert refused.status == 503
    assert refused.headers["Retry-After"] == "2"
    assert health.status == 200
    assert statuses == [200, 200]


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_full_disk_is_503_and_nothing_was_started(world: World, framing: str) -> None:
    """A large payload waits in a file: without room for it the caller is told to come back."""
    request = apex_request(world.identity())
    payload = b"x" * 3_000_000
    body = payload if framing == "length" else iter([payload])
    pid = world.proxy.process.pid
    assert world.proxy.post("/sync", request.headers, b"{}").status == 200
    # Files may not grow over this: the proxy gets an error from the disk as if it were full.
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))

    answer = world.proxy.http.request(
        "POST", f"{world.proxy.url}/sync", headers=request.headers, body=body, retries=False
    )

    assert answer.status == 503
    assert error_of(answer) == "There is no room for the payload: try again in a moment"
    assert answer.headers["Retry-After"] == "2"
    assert len(world.function.received) == 1
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    assert world.proxy.post("/sync", request.headers, payload).status == 200
    assert '"no room for a payload"' in world.proxy.log()


def test_kept_connection_that_the_function_closed_is_not_used(world: World) -> None:
    """A function that restarts leaves dead connections behind; the next call opens a new one."""
    admin = world.identity()
    world.function.headers = {"Connection": "close"}
    for _ in range(5):
        assert world.call(admin).status == 200


def test_healthcheck_wants_the_org_id(world: World) -> None:
    """401 without or with a wrong id, 200 ``"OK"`` with the right one, by GET and by POST."""
    right = {"x-org-id-18": ORG_ID}

    assert world.proxy.get("/healthcheck").status == 401
    assert world.proxy.get("/healthcheck", {"x-org-id-18": ORG_ID[:15]}).status == 401
    for answer in (world.proxy.get("/healthcheck", right), world.proxy.post("/healthcheck", right)):
        assert (answer.status, answer.data) == (200, b'"OK"')
    assert world.function.received == []


def test_sigterm_lets_a_running_call_finish(world: World) -> None:
    """A proxy that is told to stop answers what it has begun."""
    admin = world.identity()
    world.function.delay_s = 60
    with ThreadPoolExecutor(1) as pool:
        running_call = pool.submit(world.call, admin)
        wait_for_calls(world.function, 1)
        world.proxy.process.terminate()
        release = threading.Timer(0.5, world.function.stopping.set)
        release.start()
        status = running_call.result().status
        release.join()

    assert status == 200
    wait_until(lambda: world.proxy.process.poll() == 0, "the proxy's end")
