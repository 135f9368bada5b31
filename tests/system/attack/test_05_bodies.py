"""5: what can't become an invocation costs its head; all payloads under way share a budget."""

import concurrent.futures
import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from localstack.apex import ApexRequest, apex_request
from localstack.org import new_org
from localstack.ports import free_port
from localstack.proxy import running_proxy
from localstack.relay import run_command
from localstack.settings import settings
from localstack.waiting import wait_until
from orgsim import running
from tests.support.fake_function import fake_function
from tests.support.world import World
from tests.system.attack.raw_http import Answer, Connection, check_answer

LARGE: Final = 12 * 1024 * 1024
BUDGET: Final = 64 * 1024 * 1024
STRANGERS: Final = 60
HAVE_ROOM: Final = 4
"""Strangers whose payloads fit into three quarters of the budget."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A proxy with a job store, and with default sizes."""
    folder = tmp_path_factory.mktemp("proxy")
    org = new_org()
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(running(org))
        function = stack.enter_context(fake_function())
        env = settings(
            org_url=url,
            port=free_port(),
            function_port=function.port,
            ASYNC_DB_PATH=str(folder / "jobs.sqlite3"),
        )
        run_command(env, "migrate")
        proxy = stack.enter_context(running_proxy(folder, env))
        yield World(org=org, org_url=url, function=function, proxy=proxy)


def head_of(request: ApexRequest, *further: str, line: str = "POST /sync HTTP/1.1") -> bytes:
    """Return a request's head, which announces a large payload."""
    fields = [f"{name}: {value}" for name, value in request.headers.items()]
    lines = [line, "Host: functions.example", *fields, f"Content-Length: {LARGE}", *further]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def spooled(world: World) -> int:
    """Return the bytes of payloads that the proxy has in files by now."""
    found = 0
    for each in Path(f"/proc/{world.proxy.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(each.readlink()).endswith(" (deleted)"):
                found += each.stat().st_size
    return found


GOOD: Final = apex_request()
WITHOUT: Final = {name: apex_request(headers={name: None}) for name in ("Authorization", "ce-id")}
BAD_CONTEXT: Final = apex_request(headers={"ce-sfcontext": "no base64"})
NEVER: Final = {
    "path": (404, head_of(GOOD, line="POST /nowhere HTTP/1.1")),
    "sub-path": (404, head_of(GOOD, line="POST /sync/x HTTP/1.1")),
    "method": (405, head_of(GOOD, line="PUT /sync HTTP/1.1")),
    "health": (200, head_of(GOOD, line="GET /livez HTTP/1.1")),
    "no-token": (400, head_of(WITHOUT["Authorization"])),
    "no-id": (400, head_of(WITHOUT["ce-id"])),
    "bad-context": (400, head_of(BAD_CONTEXT)),
    "other-type": (400, head_of(GOOD, line="POST /async HTTP/1.1")),
    "too-large": (413, head_of(GOOD).replace(b"Length: ", b"Length: 1")),
}


@pytest.mark.parametrize("further", ["", "Expect: 100-continue"], ids=["", "expects"])
@pytest.mark.parametrize(("status", "head"), NEVER.values(), ids=NEVER.keys())
def test_05_what_is_no_invocation_is_refused_from_its_head(
    world: World, status: int, head: bytes, further: str
) -> None:
    """Before a byte of its payload and before ``100 Continue``, in the words it would get later."""
    with Connection(world.proxy.port) as connection:
        connection.send(head.replace(b"\r\n\r\n", f"\r\n{further}\r\n\r\n".encode(), bool(further)))
        [answer] = connection.answers(1)

    check_answer(answer)
    assert answer.status == status
    if status != 200:
        shown = GOOD.headers["X-Request-Id"]
        assert answer.message.startswith(f"[{shown}] ")
    assert spooled(world) == 0


def test_05_refused_payload_is_let_go_by_and_the_next_request_counts(world: World) -> None:
    """Its bytes are never taken for a request, and who sends the next one is answered."""
    inner = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 1000
    head = head_of(WITHOUT["ce-id"]).replace(str(LARGE).encode(), str(len(inner)).encode())
    with Connection(world.proxy.port) as connection:
        connection.send(head)
        assert [answer.status for answer in connection.answers(1)] == [400]
        connection.send(inner + b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [answer.status for answer in connection.answers(1)] == [404]
        connection.hang_up()
        assert connection.rest() == b""


def test_05_strangers_payloads_fill_no_disk_and_keep_no_caller_out(world: World) -> None:
    """60 times 12 MB: what waits in files stays within the budget; the others are told to wait."""
    known = world.identity()
    assert world.call(known).status == 200
    stranger = apex_request(headers={"Authorization": "Bearer 00Dxx!stranger"})
    largest, over = [0], threading.Event()
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1))
        stack.callback(over.set)
        watch = pool.submit(_watch, world, largest, over)
        crowd = [stack.enter_context(Connection(world.proxy.port)) for _ in range(STRANGERS)]
        for connection in crowd:
            connection.send(head_of(stranger))
        refused = _refused(crowd, STRANGERS - HAVE_ROOM)
        for connection in set(crowd) - set(refused):
            connection.send(b"x" * (LARGE - 1))
        wait_until(lambda: largest[0] >= HAVE_ROOM * (LARGE - 200_000), "the strangers' payloads")

        health = world.proxy.get("/livez")
        call = world.call(known)
        promised = world.send(apex_request(known, asynchronous=True, headers={"ce-id": "stored"}))
        over.set()
        watch.result()

    assert [health.status, call.status, promised.status] == [200, 200, 201]
    assert largest[0] <= BUDGET
    for answer in refused.values():
        assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
        assert answer.message.startswith(f"[{stranger.headers['X-Request-Id']}] There is no room")
    wait_until(lambda: spooled(world) == 0, "the end of what strangers left")
    large = apex_request(known, headers={"ce-id": "large"})
    assert world.proxy.post("/sync", large.headers, b"x" * LARGE).status == 200


def _watch(world: World, largest: list[int], over: threading.Event) -> None:
    while not over.is_set():
        largest[0] = max(largest[0], spooled(world))
        over.wait(0.01)


def _refused(crowd: list[Connection], count: int) -> dict[Connection, Answer]:
    """Return who was refused, once that many are."""
    answers: dict[Connection, Answer] = {}
    deadline = time.monotonic() + 60
    while len(answers) < count:
        assert time.monotonic() < deadline, f"{len(answers)} were refused"
        waiting = {each.socket: each for each in crowd if each not in answers}
        ready, _, _ = select.select(list[socket.socket](waiting), [], [], 1)
        for sock in ready:
            [answers[waiting[sock]]] = waiting[sock].answers(1)
    return answers
