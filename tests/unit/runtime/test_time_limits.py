"""An invocation that takes too long is answered all the same."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from salesforce_functions import Context, InvocationEvent, get_logger
from salesforce_functions._internal import call
from salesforce_functions._internal.function_loader import Function
from salesforce_functions._internal.settings import Settings
from salesforce_functions._internal.threads import THREADS
from tests.support.runtime import TOKEN, Answer, Request, app_of, headers, sffncontext

ASYNC = "com.salesforce.function.invoke.async"
SHORT = Settings(sync_timeout_s=0.1)
ADVICE = "Let it do less at a time, invoke it asynchronously, or raise FUNCTION_TIMEOUT_S."


async def forever(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
    """Never return."""
    await asyncio.Event().wait()


async def at_once(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
    """Return the payload."""
    return event.data


def invoke(function: Function, settings: Settings, **changes: str | None) -> Answer:
    """Invoke a function under some settings, and give it time to end by itself afterwards."""
    return asyncio.run(_invoke(function, settings, changes))


async def _invoke(function: Function, settings: Settings, changes: dict[str, str | None]) -> Answer:
    request = Request(headers=headers(**changes), body=b"5")
    async with asyncio.timeout(10):
        return await request.put_to(app_of(function, settings))


def until(delta: timedelta) -> str:
    """Write a context with a deadline that is so far away."""
    return sffncontext(deadline=(datetime.now(UTC) + delta).isoformat())


def test_a_function_that_takes_too_long_is_a_500() -> None:
    """The text says what to change; the function is to blame; the stack shows where it waited."""
    answer = invoke(forever, SHORT, ce_id="i", ce_source="s")

    text = f"The function did not finish within 0.1 seconds and was cancelled. {ADVICE}"
    assert (answer.status, answer.json) == (500, text)
    info = answer.extra_info
    stack = info.pop("stack")
    assert 100 <= info.pop("execTimeMs") < 1000
    assert info == {"requestId": "i", "source": "s", "statusCode": 500, "isFunctionError": True}
    assert "await asyncio.Event().wait()" in stack
    assert stack.rstrip().endswith(text)


def test_it_is_logged_with_where_it_waited(capsys: pytest.CaptureFixture[str]) -> None:
    """As any other error of a function."""
    invoke(forever, SHORT, ce_id="i")

    lines = capsys.readouterr().out.splitlines()
    assert any("await asyncio.Event().wait()" in line for line in lines)
    assert lines[-1].startswith('invocationId=i level=error msg="The function did not finish')


@pytest.mark.parametrize(
    ("settings", "changes", "status"),
    [
        (SHORT, {}, 500),
        (SHORT, {"ce_type": "whatever"}, 500),
        (SHORT, {"ce_type": ASYNC}, None),
        (Settings(async_timeout_s=0.1), {"ce_type": ASYNC}, 500),
        (Settings(async_timeout_s=0.1), {}, None),
        (Settings(), {}, None),
    ],
)
def test_each_kind_of_invocation_has_its_own_limit(
    settings: Settings, changes: dict[str, str], status: int | None
) -> None:
    """Jobs may take longer than calls that somebody waits for; unless it is set there is none."""
    finished = asyncio.Event()

    async def slow(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        await asyncio.sleep(0.3)
        finished.set()

    answer = invoke(slow, settings, **changes)

    assert answer.status == (status or 200)
    assert finished.is_set() == (status is None)


def test_an_async_limit_names_its_own_setting() -> None:
    """Advice that does not apply would mislead."""
    answer = invoke(forever, Settings(async_timeout_s=0.1), ce_type=ASYNC)

    assert answer.json.endswith("Let it do less at a time, or raise ASYNC_FUNCTION_TIMEOUT_S.")


def test_the_caller_may_set_a_deadline() -> None:
    """Also where the server has no limit, or a later one."""
    context = until(timedelta(seconds=0.2))
    answer = invoke(forever, Settings(sync_timeout_s=60), ce_sffncontext=context)

    assert answer.status == 500
    assert answer.json.startswith("The function did not finish before its caller's deadline, 2")
    assert answer.json.endswith(" or have the caller set a later deadline.")


def test_the_servers_limit_holds_before_a_later_deadline() -> None:
    """Whichever ends first."""
    answer = invoke(forever, SHORT, ce_sffncontext=until(timedelta(days=1)))

    assert "within 0.1 seconds" in answer.json


@pytest.mark.parametrize("deadline", ["9999-12-31T23:59:59Z", "2999-01-01"])
def test_a_deadline_far_away_is_none(deadline: str) -> None:
    """No timer overflows."""
    answer = invoke(at_once, Settings(), ce_sffncontext=sffncontext(deadline=deadline))

    assert answer.json == 5


@pytest.mark.parametrize(
    "deadline", ["2023-01-19T10:11:12Z", "2022-02-10T17:59:11", "0001-01-01T00:00:00+23:59"]
)
def test_a_deadline_that_is_over_is_none(deadline: str) -> None:
    """The official invoke.sh sends the first of these with every call."""
    answer = invoke(at_once, Settings(), ce_sffncontext=sffncontext(deadline=deadline))

    assert (answer.status, answer.json) == (200, 5)


def test_the_proxys_limit_holds_where_the_server_has_none() -> None:
    """It knows what is left of the time after it has asked the org; the advice is the same."""
    answer = invoke(forever, Settings(), x_time_limit_s="0.1")

    text = f"The function did not finish within 0.1 seconds and was cancelled. {ADVICE}"
    assert (answer.status, answer.json) == (500, text)


@pytest.mark.parametrize(("setting_s", "sent"), [(0.1, "60"), (60, "0.1")])
def test_the_shorter_of_two_limits_holds(setting_s: float, sent: str) -> None:
    """The proxy's can only be shorter, unless somebody else calls."""
    answer = invoke(forever, Settings(sync_timeout_s=setting_s), x_time_limit_s=sent)

    assert "within 0.1 seconds" in answer.json


def test_a_cancelled_function_cleans_up() -> None:
    """Its finally blocks run, and may wait for something, before the caller is answered."""
    done: list[str] = []

    async def function(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            done.append("cleaned up")

    assert "and was cancelled" in invoke(function, SHORT).json
    assert done == ["cleaned up"]


def test_what_it_returns_afterwards_is_not_used() -> None:
    """One rule: whoever is late is late."""

    async def function(event: InvocationEvent[Any], context: Context) -> str:  # noqa: ARG001
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "late"
        return "never"

    assert invoke(function, SHORT).status == 500


def test_an_error_while_it_cleans_up_is_in_the_stack() -> None:
    """The answer is that it took too long; the reason is told, without the access token."""

    async def function(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError(f"cannot clean up {TOKEN}")

    answer = invoke(function, SHORT)

    assert answer.json.startswith("The function did not finish")
    assert "ValueError: cannot clean up [access token]" in answer.extra_info["stack"]


def test_a_function_that_ignores_its_end_holds_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its caller is answered after a second of grace; other invocations go on."""
    assert call.GRACE_S == 1
    monkeypatch.setattr(call, "GRACE_S", 0.1)
    go_on = asyncio.Event()

    async def function(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
        while event.data == "stubborn" and not go_on.is_set():
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                continue
        return event.data

    async def both() -> list[Answer]:
        app = app_of(function, SHORT)
        try:
            async with asyncio.timeout(10):
                bodies = [b'"stubborn"', b"1"]
                return [await Request(body=body).put_to(app) for body in bodies]
        finally:
            go_on.set()

    stubborn, other = asyncio.run(both())
    assert stubborn.json == (
        "The function did not finish within 0.1 seconds and goes on although it was cancelled."
        f" {ADVICE}"
    )
    assert other.json == 1


def test_a_plain_function_that_takes_too_long_is_answered_but_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing can stop a thread; the stack says at which line it is."""
    go_on, ended = threading.Event(), threading.Event()

    def function(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        go_on.wait()  # here
        get_logger().info("after all")
        ended.set()

    try:
        answer = invoke(function, SHORT, ce_id="i")
    finally:
        go_on.set()

    assert answer.json == (
        "The function did not finish within 0.1 seconds and goes on, as nothing can stop the"
        f" thread of a plain def. {ADVICE}"
    )
    assert f"{__file__}:" in answer.extra_info["stack"]
    assert "in function: go_on.wait()  # here" in answer.extra_info["stack"]
    assert ended.wait(10)
    assert 'invocationId=i level=info msg="after all"' in capsys.readouterr().out


def test_calls_of_a_plain_function_wait_for_a_thread() -> None:
    """No more run at once than there are threads; one that waited in vain never runs."""
    assert THREADS == 32
    go_on, begun = threading.Event(), []

    def function(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
        begun.append(event.data)
        go_on.wait()
        return event.data

    async def everything() -> tuple[Answer, list[Answer]]:
        app = app_of(function, Settings(async_timeout_s=0.1))
        first = [asyncio.create_task(Request(body=b"1").put_to(app)) for _ in range(THREADS)]
        try:
            async with asyncio.timeout(10):
                await _until(lambda: len(begun) == THREADS)
                late = await Request(headers=headers(ce_type=ASYNC), body=b"2").put_to(app)
        finally:
            go_on.set()
        return late, await asyncio.gather(*first)

    late, first = asyncio.run(everything())
    assert late.json.startswith(
        "The function did not finish within 0.1 seconds because it never began: earlier calls"
        " hold all 32 threads."
    )
    assert [answer.json for answer in first] == [1] * THREADS
    assert begun == [1] * THREADS


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  # threads set no events of a loop
        await asyncio.sleep(0.001)
