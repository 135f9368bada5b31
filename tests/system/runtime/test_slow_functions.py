"""Functions that block, take too long, or never end: served, with real processes."""

import concurrent.futures
import re
import signal
import time
from pathlib import Path

import pytest

from localstack.waiting import wait_until
from tests.support.runtime_process import Server, run, send, serving
from tests.support.runtime_project import write_project

BODY = """
    match event.data:
        case {"block": seconds}:
            Path(__file__).with_name("blocked").touch()
            time.sleep(seconds)  # this line
"""
BLOCKING = "import time\nfrom pathlib import Path\n\nasync def function(event, context):" + BODY
PLAIN = "import time\nfrom pathlib import Path\n\ndef function(event, context):" + BODY

STUBBORN = """
import asyncio

async def function(event, context):
    while event.data == "stay":
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass
"""

STUCK = """
import time

def function(event, context):
    if event.data == "stay":
        time.sleep(60)
"""


def health(server: Server) -> int:
    """Ask for health."""
    connection = server.connect()
    try:
        return send(connection, {"x-health-check": "true"}).status
    finally:
        connection.close()


def health_while_it_blocks(server: Server, project: Path, seconds: float) -> float:
    """Have the function block, ask for health meanwhile, and return how long that took."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(server.invoke, {"block": seconds}, ce_id="the-cause")
        wait_until((project / "blocked").exists, "the function blocks")
        started = time.monotonic()
        assert health(server) == 200
        held_up_s = time.monotonic() - started
        assert call.result().status == 200
    return held_up_s


def test_a_function_that_blocks_the_loop_is_told(tmp_path: Path) -> None:
    """One warning, after a second, with invocation and line; health has to wait."""
    project = write_project(tmp_path / "project", main=BLOCKING)
    with serving(project, tmp_path) as server:
        held_up_s = health_while_it_blocks(server, project, 1.6)

    (line,) = server.stdout.read_text().splitlines()[1:]
    assert held_up_s > 1
    assert re.match(
        r'invocationId=the-cause at="/\S+/project/main\.py:8 in function:'
        r' time\.sleep\(seconds\)  # this line" level=warning'
        r' msg="The event loop is blocked for more than 1 s:',
        line,
    )


def test_a_plain_function_may_block(tmp_path: Path) -> None:
    """It holds up nobody, and there is nothing to warn of."""
    project = write_project(tmp_path / "project", main=PLAIN)
    with serving(project, tmp_path, BLOCKED_WARNING_S="0.8") as server:
        held_up_s = health_while_it_blocks(server, project, 1.6)

    assert len(server.stdout.read_text().splitlines()) == 1
    assert held_up_s < 1


@pytest.mark.parametrize("workers", [1, 2])
def test_the_environment_limits_an_invocation(tmp_path: Path, workers: int) -> None:
    """A clear 500, and the process goes on."""
    main = "import asyncio\nasync def function(event, context): await asyncio.sleep(event.data)"
    project = write_project(tmp_path / "project", main=main)
    with serving(project, tmp_path, workers=workers, FUNCTION_TIMEOUT_S="0.5") as server:
        answer = server.invoke(60)
        assert answer.status == 500
        assert answer.json.startswith("The function did not finish within 0.5 seconds")
        assert server.invoke(0).status == 200


@pytest.mark.parametrize("main", [STUBBORN, STUCK], ids=["stubborn", "stuck-thread"])
def test_calls_that_were_answered_do_not_hold_up_the_end(tmp_path: Path, main: str) -> None:
    """Who ignores his cancellation ends with the process; so do threads, which nobody can stop."""
    project = write_project(tmp_path / "project", main=main)
    with serving(project, tmp_path, FUNCTION_TIMEOUT_S="0.2") as server:
        assert server.invoke("stay").status == 500
        assert server.invoke().status == 200
        started = time.monotonic()

        assert server.stop() == 0
        assert time.monotonic() - started < 10
    assert "count=1 level=warning" in server.stdout.read_text()


def test_who_keeps_pressing_ctrl_c_need_not_wait_for_a_thread(tmp_path: Path) -> None:
    """Once asks, twice drops the running calls, and more end the process, whatever it does."""
    project = write_project(tmp_path / "project", main=PLAIN)
    with (
        serving(project, tmp_path) as server,
        concurrent.futures.ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(server.invoke, {"block": 60})
        wait_until((project / "blocked").exists, "the function blocks")

        def ends() -> bool:
            server.process.send_signal(signal.SIGINT)
            return server.process.poll() is not None

        wait_until(ends, "the process ends")
        assert server.process.returncode == 0


def test_a_setting_that_makes_no_sense_ends_the_server(tmp_path: Path) -> None:
    """Exit code 2, as for arguments; all problems at once."""
    project = write_project(tmp_path)

    result = run(
        "serve", str(project), "-p", "0", FUNCTION_TIMEOUT_S="soon", BLOCKED_WARNING_S="-1"
    )

    assert result.returncode == 2
    assert result.stderr == (
        "FUNCTION_TIMEOUT_S must be a number of seconds from 0 to 86400, not 'soon'\n"
        "BLOCKED_WARNING_S must be a number of seconds from 0 to 86400, not '-1'\n"
    )
