"""A call that finds the function restarting waits for it a while, and is made once."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest
import structlog

from invocation.errors import FunctionBroke, FunctionUnavailable
from invocation.function.answer import FunctionAnswer
from proxy.wait_for_function import WaitForFunction

if TYPE_CHECKING:
    from invocation.function.client import FunctionClient

ANSWER = FunctionAnswer(status=200, content_type=None, extra_info=None, body=b"1")
REFUSED = FunctionUnavailable("The function does not take requests")


class Function:
    """Refuses so many connections, then ends as told."""

    def __init__(self, refusals: int, end: FunctionAnswer | Exception = ANSWER) -> None:
        self.refusals = refusals
        self.end = end
        self.calls = 0

    def invoke(
        self, headers: Sequence[tuple[str, str]], body: bytes, *, deadline: float
    ) -> FunctionAnswer:
        """Refuse or end."""
        assert (headers, body, deadline > 0) == ([], b"body", True)
        self.calls += 1
        if self.calls <= self.refusals:
            raise REFUSED
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


def waiting_for(
    function: Function, *, hold_s: float, draining: threading.Event | None = None
) -> WaitForFunction:
    """Return a hold before a function."""
    return WaitForFunction(
        cast("FunctionClient", function),
        hold_s=hold_s,
        draining=draining or threading.Event(),
        why=lambda: "The function is starting",
    )


def invoke(hold: WaitForFunction, *, within_s: float = 60) -> FunctionAnswer:
    """Call the function."""
    return hold.invoke([], b"body", deadline=time.monotonic() + within_s)


def test_function_that_comes_back_is_called() -> None:
    """The caller notices nothing but a pause."""
    function = Function(refusals=3)

    assert invoke(waiting_for(function, hold_s=5)) == ANSWER
    assert function.calls == 4


def test_waiting_is_logged_when_it_begins_and_ends() -> None:
    """However many calls wait meanwhile, or give up."""
    function = Function(refusals=0)
    hold = waiting_for(function, hold_s=0.1)
    with structlog.testing.capture_logs() as lines:
        invoke(hold)
        assert lines == []

        function.refusals = 1_000_000
        for _ in range(3):
            with pytest.raises(FunctionUnavailable):
                invoke(hold)
        function.refusals = 0
        invoke(hold)
        invoke(hold)
    assert [line["event"] for line in lines] == [
        "calls wait for the function",
        "the function takes calls again",
    ]


@pytest.mark.slow
def test_function_that_stays_away_is_told_with_its_reason() -> None:
    """Nobody waits longer than allowed, or without it at all."""
    function = Function(refusals=1_000_000)
    began = time.monotonic()
    with pytest.raises(FunctionUnavailable, match=r"^The function is starting$"):
        invoke(waiting_for(function, hold_s=0.4))
    assert 0.4 <= time.monotonic() - began < 2

    function.calls = 0
    with pytest.raises(FunctionUnavailable):
        invoke(waiting_for(function, hold_s=0))
    assert function.calls == 1


def test_callers_deadline_comes_first() -> None:
    """A call whose time is up is not held any longer."""
    began = time.monotonic()
    with pytest.raises(FunctionUnavailable):
        invoke(waiting_for(Function(refusals=1_000_000), hold_s=30), within_s=0.3)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("end", [FunctionBroke("It broke"), ANSWER])
def test_call_that_began_is_never_repeated(end: FunctionAnswer | Exception) -> None:
    """Only a refused connection started nothing."""
    function = Function(refusals=1, end=end)
    hold = waiting_for(function, hold_s=5)
    if isinstance(end, Exception):
        with pytest.raises(FunctionBroke):
            invoke(hold)
    else:
        assert invoke(hold) == end
    assert function.calls == 2


def test_draining_ends_the_wait() -> None:
    """The function may be stopped as well, and never come back."""
    draining = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(invoke, waiting_for(Function(1_000_000), hold_s=60, draining=draining))
        draining.set()

        with pytest.raises(FunctionUnavailable):
            call.result(5)
