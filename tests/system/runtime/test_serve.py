"""The runtime as a process: real sockets, real signals."""

import concurrent.futures
import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack import ROOT
from localstack.waiting import wait_until
from tests.support.runtime import headers
from tests.support.runtime_process import COMMAND, DEADLINE_S, Server, run, send, serving
from tests.support.runtime_project import GOOD_TOML, write_project

MAIN = """
import asyncio, os, sys
from pathlib import Path

calls = 0

async def function(event, context):
    global calls
    match event.data:
        case "count":
            calls += 1
            return calls
        case {"sleep": seconds}:
            Path(sys.path[0], "running").touch()
            await asyncio.sleep(seconds)
        case {"print": text}:
            print(text + chr(0xD800))
        case {"raise": text}:
            raise ValueError(text)
        case "exit":
            sys.exit(0)
        case "cancel":
            raise asyncio.CancelledError
        case "interrupt":
            raise KeyboardInterrupt
        case "deep":
            ping(500)
        case "huge":
            return 2**70
        case "die":
            os._exit(9)
        case "pid":
            return os.getpid()
    return event.data

def ping(depth):
    pong(depth - 1)

def pong(depth):
    if depth < 0:
        raise ValueError("deep")
    ping(depth - 1)
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it as it was."""
    path = tmp_path_factory.mktemp("shared")
    with serving(write_project(path / "project", main=MAIN), path) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own for a test that stops its server."""
    return write_project(tmp_path / "project", main=MAIN)


def test_one_connection_serves_many_requests(shared: Server) -> None:
    """Answers of every kind keep the connection, also when a body was not read."""
    with contextlib.closing(shared.connect()) as connection:
        connection.connect()
        sock = connection.sock
        statuses = [
            send(connection, headers(), b"1").status,
            send(connection, {"x-health-check": "true"}, b"x" * 500_000).status,
            send(connection, {}, b"").status,
            send(connection, headers(), b'"exit"').status,
            send(connection, {}, b"x" * 500_000, path="/other").status,
            send(connection, {}, method="GET").status,
            send(connection, headers(), b"1", path="/?query=ignored").status,
        ]

        assert statuses == [200, 200, 400, 500, 404, 405, 200]
        assert connection.sock is sock


def test_module_globals_persist(shared: Server) -> None:
    """Functions keep connections and caches there."""
    first = shared.invoke("count").json

    assert [shared.invoke("count").json for _ in range(3)] == [first + 1, first + 2, first + 3]


def test_answers_tell_nothing_about_the_server(shared: Server) -> None:
    """Only the headers that the contract names."""
    assert sorted(shared.invoke().headers) == [
        "content-length",
        "content-type",
        "date",
        "x-extra-info",
    ]


def test_12_megabytes_pass(shared: Server) -> None:
    """Apex' largest payload, there and back."""
    text = "x" * 12_000_000

    assert shared.invoke(text).json == text


def test_an_interrupted_upload_harms_nobody(shared: Server) -> None:
    """A caller that dies in the middle of its request is forgotten."""
    with socket.create_connection(("127.0.0.1", shared.port)) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\ncontent-length: 1000\r\n\r\nxx")

    assert shared.invoke(5).json == 5


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("exit", "Exception occurred while executing function: SystemExit: 0"),
        ("cancel", "Exception occurred while executing function: CancelledError: "),
        ("interrupt", "Exception occurred while executing function: KeyboardInterrupt: "),
        ("deep", "Exception occurred while executing function: ValueError: deep"),
        (
            "huge",
            "Function return value can't be serialized: TypeError: Integer exceeds 64-bit range",
        ),
        ({"raise": "→ 日本"}, "Exception occurred while executing function: ValueError: → 日本"),
    ],
    ids=["exit", "cancel", "interrupt", "94-kb-stack", "huge-integer", "not-latin-1"],
)
def test_what_broke_the_withdrawn_runtime_is_a_proper_500(
    shared: Server, data: object, message: str
) -> None:
    """JSON, with x-extra-info, and the server goes on in the same process."""
    process_id = shared.invoke("pid").json

    answer = shared.invoke(data)

    assert (answer.status, answer.json) == (500, message)
    assert answer.extra_info["isFunctionError"] is True
    assert len(answer.headers["x-extra-info"]) <= 8192
    assert shared.invoke("pid").json == process_id


def test_print_arrives_at_once(shared: Server) -> None:
    """A line is not held back until a buffer is full, although stdout is a pipe."""
    shared.invoke({"print": "printed → "})

    wait_until(lambda: "printed → \\ud800" in shared.stdout.read_text(), "the line arrives")


def test_invocations_overlap(shared: Server) -> None:
    """Twenty that sleep take about as long as one."""
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: shared.invoke({"sleep": 0.5}), range(20)))

    assert [answer.status for answer in answers] == [200] * 20
    assert time.monotonic() - started < 5


def test_nothing_secret_or_successful_is_logged(shared: Server) -> None:
    """No access log; no token anywhere."""
    shared.invoke("a-successful-payload")

    output = shared.stdout.read_text() + shared.stderr.read_text()
    assert "a-successful-payload" not in output
    assert "an-access-token" not in output
    assert "POST" not in output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_lets_running_invocations_finish(
    tmp_path: Path, project: Path, workers: int, number: int
) -> None:
    """New connections are refused, the running call gets its answer, then exit code 0."""
    with (
        serving(project, tmp_path, workers=workers) as server,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        port = server.port
        running = pool.submit(server.invoke, {"sleep": 1})
        wait_until((project / "running").exists, "the function runs")

        assert server.stop(number) == 0
        assert running.result().json == {"sleep": 1}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def test_calls_on_their_way_at_a_stop_are_answered(tmp_path: Path, project: Path) -> None:
    """A dyno signals proxy and function at once: the port is open until nobody calls any more."""
    with serving(project, tmp_path) as server:
        server.process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        while time.monotonic() - told < 1.5:
            assert server.invoke("late").status == 200

        assert server.process.wait(10) == 0


def test_an_idle_kept_connection_does_not_delay_a_stop(tmp_path: Path, project: Path) -> None:
    """Connections that a client keeps for later are closed."""
    with serving(project, tmp_path) as server, contextlib.closing(server.connect()) as connection:
        assert send(connection, headers(), b"1").status == 200
        started = time.monotonic()

        assert server.stop() == 0
        assert time.monotonic() - started < 5


def test_an_idle_connection_is_kept_longer_than_clients_keep_it(shared: Server) -> None:
    """Our proxy gives idle connections up after 4 s; uvicorn's own limit of 5 s is too close."""
    with contextlib.closing(shared.connect()) as connection:
        assert send(connection, headers(), b"1").status == 200
        connection.sock.settimeout(5.5)
        with pytest.raises(TimeoutError):  # and not b"", which a closed connection gives
            connection.sock.recv(1)


STUBBORN = """
import time
try:
    time.sleep(60)
except BaseException:
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    ("main", "moment"),
    [(STUBBORN, "imported"), (MAIN, "imported"), (MAIN, "Listening"), (MAIN, "Started server")],
    ids=["importing", "loading", "listening", "serving"],
)
def test_a_stop_while_starting_is_no_failure(
    tmp_path: Path, main: str, moment: str, number: int
) -> None:
    """Exit code 0 at whatever moment the signal comes."""
    project = write_project(
        tmp_path, main="import sys\nprint('imported', file=sys.stderr)\n" + main
    )
    command = [*COMMAND, "serve", str(project), "--host", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stderr is not None
            while moment.encode() not in process.stderr.readline():
                assert process.poll() is None
            process.send_signal(number)

            assert process.wait(DEADLINE_S) == 0
        finally:
            process.kill()


def test_libraries_are_told_about_the_end(tmp_path: Path) -> None:
    """What they registered with `atexit` runs, as at the end of any Python program."""
    main = "import atexit\natexit.register(print, 'goodbye')\n" + MAIN
    with serving(write_project(tmp_path / "project", main=main), tmp_path) as server:
        assert server.stop() == 0

    assert server.stdout.read_text().endswith("goodbye\n")


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("main", "toml", "reason"),
    [
        ("", GOOD_TOML, "Didn't find a function named 'function' in main.py.\n"),
        ("1/0", GOOD_TOML, "Couldn't import main.py:\n\nTraceback (most recent call last):\n"),
        (MAIN, "", "The project.toml file is missing the required '[com.salesforce]' table.\n"),
    ],
    ids=["no-function", "import-error", "no-table"],
)
def test_a_bad_function_ends_the_server(
    tmp_path: Path, workers: str, main: str, toml: str, reason: str
) -> None:
    """Exit code 3 and the reason, also with several workers: whoever started it must know."""
    project = write_project(tmp_path, main=main, toml=toml)

    result = run("serve", str(project), "-p", "0", "-w", workers)

    assert result.returncode == 3
    assert result.stderr.startswith(f"RuntimeError: Unable to load function: {reason}")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_ends_the_server(project: Path, workers: str) -> None:
    """Exit code 1, and the message names the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("serve", str(project), "--host", "127.0.0.1", "-p", port, "-w", workers)

    assert result.returncode == 1
    assert f"Unable to listen on 127.0.0.1 port {port}" in result.stderr


def test_a_host_that_is_none_ends_the_server(project: Path) -> None:
    """A typing error in a name is not a reason to listen elsewhere."""
    result = run("serve", str(project), "--host", "no-such-host.invalid", "-p", "0")

    assert result.returncode == 1
    assert "Unable to listen on no-such-host.invalid port 0" in result.stderr


def test_workers_share_the_port(tmp_path: Path, project: Path) -> None:
    """Several processes answer, and stdout says so."""
    with serving(project, tmp_path, workers=2) as server:
        seen: set[int] = set()

        def both_answered() -> bool:
            seen.add(server.invoke("pid").json)
            return len(seen) == 2

        wait_until(both_answered, "both workers answer")
        server.invoke({"print": "printed in a worker"})
        wait_until(lambda: "printed in" in server.stdout.read_text(), "the line arrives")

    assert server.stdout.read_text().startswith(
        "Starting sf-functions-python v0.7.0 in multi-process mode (2 worker processes).\n"
    )


def die(server: Server) -> None:
    """Make the function end its process."""
    with contextlib.suppress(http.client.HTTPException, OSError):
        server.invoke("die")


def test_a_dead_worker_is_replaced(tmp_path: Path, project: Path) -> None:
    """One crash costs one invocation."""
    with serving(project, tmp_path, workers=2) as server:
        die(server)

        wait_until(
            lambda: server.stderr.read_text().count("Started server process") == 3,
            "a third worker starts",
        )
        assert server.invoke(5).json == 5


def test_workers_that_keep_dying_end_the_server(tmp_path: Path) -> None:
    """A crash loop must be visible to whoever started the server, not hidden by an open port."""
    main = """
import multiprocessing, os
if multiprocessing.parent_process():
    os._exit(9)
async def function(event, context): ...
"""
    project = write_project(tmp_path, main=main)

    assert run("serve", str(project), "-p", "0", "-w", "2").returncode == 3


def test_workers_that_cannot_load_the_function_end_the_server(tmp_path: Path) -> None:
    """The same when only the workers find it broken."""
    main = """
import multiprocessing
assert not multiprocessing.parent_process()
async def function(event, context): ...
"""
    result = run("serve", str(write_project(tmp_path, main=main)), "-p", "0", "-w", "2")

    assert result.returncode == 3
    assert "RuntimeError: Unable to load function: Couldn't import main.py" in result.stderr


def test_workers_do_not_outlive_their_parent(tmp_path: Path, project: Path) -> None:
    """A parent that was killed leaves nobody who holds the port."""
    with serving(project, tmp_path, workers=2) as server:
        port = server.port
        server.process.kill()
        server.process.wait()

        def refused() -> bool:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                return True
            return False

        wait_until(refused, "the port is free")


def test_a_relative_path_leaves_the_directory_alone(tmp_path: Path) -> None:
    """The function finds itself where the command was given."""
    main = "import os\nprint('cwd', os.getcwd())\nasync def function(event, context): ..."
    write_project(tmp_path / "project", main=main)

    result = run("check", "project", cwd=tmp_path)

    assert result.stdout == f"cwd {tmp_path}\nFunction passed validation.\n"
    assert os.fspath(tmp_path) not in result.stderr
