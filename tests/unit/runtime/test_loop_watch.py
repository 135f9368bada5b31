"""Whoever blocks the event loop is told so, with the line where it happens."""

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from salesforce_functions._internal.loop_watch import watched_loop
from tests.support.runtime import PROJECT_PATH

LIMIT_S = 0.1
LONG_S = 0.5
"""For loops that must not be found blocked, however busy this machine is."""


def watch(
    work: Callable[[], Awaitable[object]],
    *,
    ids: tuple[str, ...] = ("i",),
    limit_s: float | None = LIMIT_S,
    project: Path = PROJECT_PATH,
) -> None:
    """Do something on a loop that is watched."""

    async def run() -> None:
        with watched_loop(limit_s, project, lambda _: ids):
            await work()

    asyncio.run(run())


async def block(seconds: float = 5 * LIMIT_S) -> None:
    """Block the loop, in a function below another one."""
    time.sleep(seconds)  # noqa: ASYNC251  # that is the mistake


async def let_others_run() -> None:
    """Give the loop and its watch time for several rounds."""
    await asyncio.sleep(2 * LIMIT_S)


def test_a_block_is_told_once_with_its_line_and_its_invocation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """However long it lasts: the developer sees what to change, and where."""
    watch(block)

    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1
    assert re.fullmatch(
        rf'invocationId=i at="{re.escape(__file__)}:[0-9]+ in block: time\.sleep\(seconds\).*"'
        r' level=warning msg="The event loop is blocked for more than 0\.1 s: no other call and no'
        r" health check is answered meanwhile\. Await what takes time, give it to"
        r' asyncio\.to_thread, or make the function a plain def"\n',
        out,
    )


@pytest.mark.slow
def test_each_block_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The next one may be at another line."""

    async def twice() -> None:
        await block()
        await let_others_run()
        await block()

    watch(twice)

    assert capsys.readouterr().out.count("level=warning") == 2


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (2, "0,1"), (12, "0,1,2,3,4,5,6,7,8,9,...")])
def test_all_that_may_be_the_cause_are_named(
    count: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Up to ten of them: a line has its limits."""
    watch(block, ids=tuple(str(number) for number in range(count)))

    assert capsys.readouterr().out.startswith(f"invocationId={shown} at=")


async def wait() -> None:
    """Wait as one should."""
    await asyncio.sleep(2 * LONG_S)


async def block_shortly() -> None:
    """Block for less than the limit, several times."""
    for _ in range(8):
        await block(LONG_S / 5)
        await asyncio.sleep(0)


async def wait_while_a_thread_works() -> None:
    """Leave blocking work to a thread."""
    await asyncio.to_thread(time.sleep, 2 * LONG_S)


@pytest.mark.slow
@pytest.mark.parametrize("work", [wait, block_shortly, wait_while_a_thread_works])
def test_a_loop_that_turns_is_let_alone(
    work: Callable[[], Awaitable[object]], capsys: pytest.CaptureFixture[str]
) -> None:
    """However long an invocation takes in all."""
    watch(work, limit_s=LONG_S)

    assert capsys.readouterr().out == ""


def test_a_block_in_a_library_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a task of its own, that is: there is no line of the project to be named."""
    watch(block, project=tmp_path)

    assert " in block: time.sleep(seconds)" in capsys.readouterr().out


def test_a_loop_that_is_late_but_idle_is_not_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The process was stopped as a whole: there is nothing that its developer could change."""

    async def late() -> None:
        asyncio.get_running_loop().call_soon(time.sleep, 5 * LIMIT_S)
        await asyncio.sleep(0)

    watch(late, project=tmp_path)

    assert capsys.readouterr().out == ""


def test_it_can_be_turned_off(capsys: pytest.CaptureFixture[str]) -> None:
    """Then there is not even a thread."""
    before = set(threading.enumerate())

    async def work() -> None:
        assert set(threading.enumerate()) <= before
        await block()

    watch(work, limit_s=None)

    assert capsys.readouterr().out == ""


def test_the_watch_ends_with_its_loop() -> None:
    """Also when that ends while it is blocked."""
    watch(block)

    deadline = time.monotonic() + 10
    while "loop-watch" in {thread.name for thread in threading.enumerate()}:
        assert time.monotonic() < deadline
        time.sleep(0.01)
