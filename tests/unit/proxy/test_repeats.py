"""The same invocation again: joined while it runs, told its end when it broke, else a new call."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import pytest

from invocation.errors import FunctionBroke, FunctionTimedOut, FunctionUnavailable
from invocation.function.answer import FunctionAnswer
from invocation.org.caller import Caller
from invocation.org.names import OrgUrl
from invocation.request import SYNC, Invocation, parse_invocation
from localstack.apex import apex_request
from localstack.waiting import wait_until
from proxy.repeats import MOST_REMEMBERED, REMEMBERED_S, Repeats, repeat_key

CALLER = Caller(
    org_id="00Dxx0000006IYJEA2",
    user_id="005xx000001X8UzAAK",
    username="admin@example.com",
    org_url=OrgUrl("https://mycompany.my.salesforce.com"),
)


class Function:
    """Counts its runs; each ends when it is let, with the next end."""

    def __init__(self, *ends: FunctionAnswer | Exception) -> None:
        self.ends = list(ends) or [answer("1")]
        self.runs = 0
        self.let = threading.Event()
        self.let.set()

    def __call__(self) -> FunctionAnswer:
        """Run once."""
        self.runs += 1
        end = self.ends[min(self.runs, len(self.ends)) - 1]
        assert self.let.wait(10)
        if isinstance(end, Exception):
            raise end
        return end


def answer(body: str) -> FunctionAnswer:
    """Return an answer of the function."""
    return FunctionAnswer(status=200, content_type=None, extra_info=None, body=body.encode())


class Clock:
    """Time, as the test says."""

    now_s = 1000.0

    def __call__(self) -> float:
        """Return it."""
        return self.now_s


def test_repeat_of_a_running_call_gets_its_answer() -> None:
    """However many come, the function runs once."""
    function, joined = Function(answer("1"), answer("2")), Repeats(clock=Clock())
    function.let.clear()
    with ThreadPoolExecutor(10) as pool:
        calls = [pool.submit(joined.run_once, b"key", function, deadline=2000) for _ in range(10)]
        wait_until(lambda: function.runs == 1, "the run")
        function.let.set()

        assert [call.result(10).body for call in calls] == [b"1"] * 10
    assert function.runs == 1


def test_answered_call_is_not_remembered() -> None:
    """People send the same request again and mean it."""
    function, joined = Function(answer("1"), answer("2")), Repeats(clock=Clock())

    first, second = (joined.run_once(b"key", function, deadline=2000) for _ in range(2))

    assert (first.body, second.body) == (b"1", b"2")


def test_broken_call_keeps_its_end_for_a_while() -> None:
    """Apex repeats a 502; the function may have run, and is not run again for that."""
    clock = Clock()
    function, joined = Function(FunctionBroke("It broke"), answer("2")), Repeats(clock=clock)
    for _ in range(3):
        with pytest.raises(FunctionBroke, match="It broke"):
            joined.run_once(b"key", function, deadline=2000)
    assert function.runs == 1
    assert joined.run_once(b"other", function, deadline=2000).body == b"2"

    clock.now_s += REMEMBERED_S - 1
    with pytest.raises(FunctionBroke):
        joined.run_once(b"key", function, deadline=2000)
    clock.now_s += 2
    assert joined.run_once(b"key", function, deadline=2000).body == b"2"


def test_call_that_never_started_is_not_remembered() -> None:
    """Its repeat is what Apex is asked for by the 503."""
    function, joined = (
        Function(FunctionUnavailable("away"), answer("2")),
        Repeats(clock=Clock()),
    )
    with pytest.raises(FunctionUnavailable):
        joined.run_once(b"key", function, deadline=2000)

    assert joined.run_once(b"key", function, deadline=2000).body == b"2"


def test_repeat_waits_no_longer_than_its_own_time() -> None:
    """The joined call may have come with more time left."""
    function, joined = Function(), Repeats(clock=Clock())
    function.let.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(joined.run_once, b"key", function, deadline=2000)
        wait_until(lambda: function.runs == 1, "the run")

        with pytest.raises(FunctionTimedOut, match="still running"):
            joined.run_once(b"key", function, deadline=1000.05)
        function.let.set()
        assert first.result(10).body == b"1"


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    """A function that breaks all day fills no memory."""
    function, joined = Function(FunctionBroke("It broke")), Repeats(clock=Clock())
    for number in range(MOST_REMEMBERED + 100):
        with pytest.raises(FunctionBroke):
            joined.run_once(b"%d" % number, function, deadline=2000)

    assert len(joined._broken) == MOST_REMEMBERED
    assert not joined._running._flights


def invocation(
    *, content_type: str = "application/json", permission_sets: tuple[str, ...] = (), **context: str
) -> Invocation:
    """Return an invocation with these differences."""
    request = apex_request(
        headers={"ce-id": context.pop("id", "id"), "content-type": content_type},
        permission_sets=permission_sets,
        function_context=context,
    )
    return parse_invocation(request.by_lower_name, expected_type=SYNC)


ONE: Final = repeat_key(invocation(), CALLER, b"body")


@pytest.mark.parametrize(
    "other",
    [
        repeat_key(invocation(id="other"), CALLER, b"body"),
        repeat_key(invocation(), CALLER, b"bodY"),
        repeat_key(invocation(), replace(CALLER, user_id="005xx000001X8UyAAK"), b"body"),
        repeat_key(invocation(), replace(CALLER, org_id="00Dxx0000006IYKEA2"), b"body"),
        repeat_key(invocation(permission_sets=("MySet",)), CALLER, b"body"),
        repeat_key(invocation(functionName="Other.Function"), CALLER, b"body"),
        repeat_key(invocation(content_type="application/xml"), CALLER, b"body"),
    ],
    ids=["id", "body", "user", "org", "permission-sets", "function", "content-type"],
)
def test_only_the_very_same_is_a_repeat(other: bytes) -> None:
    """Nobody is given the answer to another call: of somebody else, or with other rights."""
    assert repeat_key(invocation(), CALLER, b"body") == ONE
    assert other != ONE


def test_order_and_case_of_permission_sets_make_no_other_call() -> None:
    """What the org takes for the same list is the same call."""
    keys = {
        repeat_key(invocation(permission_sets=names), CALLER, b"body")
        for names in (("A", "B"), ("b", "A"), ("A", "B", "a"))
    }

    assert len(keys) == 1
