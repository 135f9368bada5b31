"""Whatever a function does wrong, its caller gets a 500 that says so, and the server lives."""

import asyncio
import errno
import re
from typing import Any, NoReturn

import pytest

from salesforce_functions import Context, InvocationEvent
from salesforce_functions._internal.function_loader import Function
from salesforce_functions._internal.writing import HINT
from tests.support.runtime import TOKEN, Answer, Request, app_of, headers, invoke


class OwnBaseError(BaseException):
    """An error of the kind that `except Exception` lets through."""


class UnprintableError(Exception):
    """An error whose text cannot be had."""

    def __str__(self) -> str:
        """Fail, in the worst way."""
        raise SystemExit


def raising(error: BaseException) -> tuple[Function, Function]:
    """Return functions, one async and one plain, that raise an error."""

    async def on_loop(event: InvocationEvent[Any], context: Context) -> NoReturn:  # noqa: ARG001
        raise error

    def on_thread(event: InvocationEvent[Any], context: Context) -> NoReturn:  # noqa: ARG001
        raise error

    return on_loop, on_thread


def raise_it(error: BaseException) -> Answer:
    """Invoke an async function that raises an error."""
    return invoke(raising(error)[0], ce_id="i", ce_source="s")


ERRORS = [
    ValueError("bad"),
    SystemExit(0),
    SystemExit("message"),
    KeyboardInterrupt(),
    asyncio.CancelledError(),
    GeneratorExit(),
    OwnBaseError("x"),
    TimeoutError(),
    MemoryError(),
    RecursionError("deep"),
    ExceptionGroup("several", [ValueError("a"), TypeError("b")]),
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("kind", [0, 1], ids=["async", "plain"])
def test_whatever_a_function_raises_is_a_500(kind: int, error: BaseException) -> None:
    """The answer names the class and the text; x-extra-info blames the function."""
    answer = invoke(raising(error)[kind], ce_id="i", ce_source="s")

    expected = f"Exception occurred while executing function: {type(error).__name__}: {error}"
    assert (answer.status, answer.json) == (500, expected)
    info = answer.extra_info
    assert info.pop("stack").rstrip().splitlines()
    assert type(info.pop("execTimeMs")) is int
    assert info == {
        "requestId": "i",
        "source": "s",
        "statusCode": 500,
        "isFunctionError": True,
    }


def test_stop_iteration_on_a_thread_is_answered() -> None:
    """No future can hold a StopIteration; the caller must not wait for ever."""
    answer = invoke(raising(StopIteration("x"))[1])

    assert answer.status == 500
    assert "StopIteration" in answer.json


@pytest.mark.parametrize("awaits", [True, False])
def test_a_function_that_cancels_itself_is_answered(*, awaits: bool) -> None:
    """Cancelling the task of a function does not cancel its answer."""

    async def function(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        if awaits:
            await asyncio.sleep(60)

    answer = invoke(function)

    assert answer.status == 500
    assert answer.json == "Exception occurred while executing function: CancelledError: "


@pytest.mark.parametrize("text", ["→ 日本", "\r\nSet-Cookie: x", "\x00", "\ud800", "50% + 1", "🎉"])
def test_no_text_of_an_error_spoils_the_answer(text: str) -> None:
    """The withdrawn runtime lost errors whose text was not latin-1, and Apex those with a ``%``."""
    answer = raise_it(ValueError(text))

    shown = text.replace("\ud800", "\\ud800")
    assert answer.json == f"Exception occurred while executing function: ValueError: {shown}"
    assert answer.extra_info["stack"].endswith(f"ValueError: {shown}\n")
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", answer.headers["x-extra-info"])


def test_an_error_without_a_text_is_answered() -> None:
    """A `__str__` that fails is one more error of the function, not one of the server."""
    assert "UnprintableError: <exception str() failed>" in raise_it(UnprintableError()).json


def test_the_stack_shows_frames_and_causes() -> None:
    """The developer sees in Salesforce where it happened and what led to it."""

    async def function(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        try:
            int("missing")
        except ValueError as error:
            raise TypeError("wrapped") from error

    stack = invoke(function).extra_info["stack"]

    assert stack.startswith("Traceback (most recent call last):\n")
    assert 'int("missing")' in stack
    assert "The above exception was the direct cause" in stack
    assert stack.endswith("TypeError: wrapped\n")


def test_a_function_may_take_its_time() -> None:
    """ExecTimeMs is the time in the function, in milliseconds."""

    async def function(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        await asyncio.sleep(0.05)

    assert 50 <= invoke(function).extra_info["execTimeMs"] < 1000


@pytest.mark.parametrize("kind", [0, 1], ids=["async", "plain"])
def test_the_access_token_is_taken_out_of_errors(
    kind: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error text that quotes the token gives it neither to the caller nor to the log."""
    answer = invoke(raising(ValueError(f"bad header: Bearer {TOKEN}"))[kind])

    assert answer.json.endswith("ValueError: bad header: Bearer [access token]")
    assert answer.extra_info["stack"].endswith("Bearer [access token]\n")
    assert TOKEN not in "".join(capsys.readouterr())


def test_the_error_is_logged_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    """The traceback is printed plain, then one line that carries the invocation's id."""
    raise_it(ValueError("two\nlines"))

    out = capsys.readouterr().out
    assert out.startswith("Traceback (most recent call last):\n")
    assert out.splitlines()[-1] == (
        "invocationId=i level=error"
        ' msg="Exception occurred while executing function: ValueError: two\\nlines"'
    )


def test_a_value_without_json_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """The line says which type it was."""

    async def function(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
        return {1}

    invoke(function, ce_id="i")

    assert capsys.readouterr().out == (
        "invocationId=i level=error msg=\"Function return value can't be serialized:"
        ' TypeError: Type is not JSON serializable: set"\n'
    )


def test_other_invocations_are_not_disturbed() -> None:
    """One that fails in the worst way and one that works run side by side."""
    started = asyncio.Event()

    async def function(event: InvocationEvent[Any], context: Context) -> str:  # noqa: ARG001
        if event.data == "fail":
            started.set()
            raise SystemExit
        await started.wait()
        return "fine"

    async def both() -> list[Answer]:
        app = app_of(function)
        bodies = [b'"work"', b'"fail"']
        requests = [Request(headers=headers(), body=body) for body in bodies]
        return list(await asyncio.gather(*(request.put_to(app) for request in requests)))

    assert [answer.status for answer in asyncio.run(both())] == [200, 500]


@pytest.mark.parametrize(
    ("error", "hinted"),
    [
        (OSError(errno.EROFS, "Read-only file system", "/srv/app/function/x"), True),
        (OSError(errno.EROFS, "Read-only file system", b"x"), True),
        (OSError(errno.EROFS, "Read-only file system"), False),
        (PermissionError(errno.EACCES, "Permission denied"), False),
        (PermissionError(errno.EACCES, "Permission denied", "/tmp/x"), False),  # noqa: S108
        (FileNotFoundError(errno.ENOENT, "No such file", "/srv/x"), False),
        (ValueError("x"), False),
    ],
)
def test_only_a_refused_write_is_answered_with_a_place_to_write(
    error: Exception, hinted: bool
) -> None:
    """What has another cause would be misled."""

    async def function(event: InvocationEvent[Any], context: Context) -> None:  # noqa: ARG001
        raise error

    text = invoke(function).json
    begin = f"Exception occurred while executing function: {type(error).__name__}: {error}"
    assert text.removeprefix(begin) == (HINT if hinted else "")
