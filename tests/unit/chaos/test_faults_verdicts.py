import json
from collections.abc import Callable

import pytest

from chaos.faults import function_kill, proxy_kill, stop
from chaos.faults.calls import CUT, MIXED_UP, REFUSED, UNANSWERED, Call
from chaos.faults.connection import Answer
from chaos.faults.report import Report
from chaos.soak.troubles import Trouble
from chaos.soak.verdict import judge_calls, judge_outcomes
from chaos.soak.vitals import FILES, RSS, THREADS, Look, grew
from orgsim import Record

KILL = function_kill.Kill(at_s=10, gone_s=10.1)
PROXY_KILL = proxy_kill.Kill(at_s=10, ports=frozenset({4711}))
END = stop.End(told_s=10, took_s=5, exit_code=0)
FULL = '{"message":"[id] Too many invocations at once: try again in a moment"}'
INTERRUPTED = '"The function was interrupted; it may have run, and was not run again"'


def call(
    outcome: str, sent_s: float, ended_s: float, *, port: int = 0, record_id: str | None = None
) -> Call:
    """Return a call that ended so; a 503 as it should be, because all places were taken."""
    return Call(
        outcome=outcome,
        began_s=sent_s,
        sent_s=sent_s,
        ended_s=ended_s,
        port=port,
        record_id=record_id,
        text=FULL if outcome == "503" else "",
        retry_after=outcome == "503",
    )


FINE = [call("200", 1, 2), call("200", 11, 12)]


def test_answer_of_another_call_is_no_200() -> None:
    """A 200 counts only if it proves that it belongs to this call."""
    mine = Call()
    mine.take(Answer(status="200", headers={}, body='{"proof": "of another one", "pid": 1}'))

    assert mine.outcome == MIXED_UP
    assert not mine.is_good


@pytest.mark.parametrize("sent_s", [9.9, 10.05])
def test_call_that_was_with_the_killed_function_may_fail(sent_s: float) -> None:
    """It was in flight, or sent while the process died."""
    assert function_kill.judge([*FINE, call("502", sent_s, 10.2)], [KILL]).problems == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(call("502", 10.2, 10.3), id="sent-when-it-was-gone"),
        pytest.param(call("502", 9, 9.9), id="ended-before"),
        pytest.param(call("503", 10.2, 10.3), id="turned-away"),
        pytest.param(call(MIXED_UP, 9.9, 10.2), id="wrong-200"),
        pytest.param(call(UNANSWERED, 9.9, 10.2), id="cut-off"),
    ],
)
def test_nobody_else_fails_when_the_function_is_killed(other: Call) -> None:
    """Whoever comes later waits; nobody sees anything but a 502."""
    assert len(function_kill.judge([*FINE, other], [KILL]).problems) == 1


def test_function_that_stays_away_is_seen() -> None:
    """It answers again within five seconds."""
    late = [call("200", 1, 2), call("200", 11, 16)]

    assert function_kill.judge(late, [KILL]).problems == ["it was away for 6.0 s"]


@pytest.mark.parametrize(
    ("other", "problems"),
    [
        pytest.param(call(UNANSWERED, 9.9, 10, port=4711), 0, id="its-own"),
        pytest.param(call(CUT, 9.9, 10, port=4711), 0, id="within-an-answer-of-its-own"),
        pytest.param(call(UNANSWERED, 9.9, 10, port=4712), 1, id="of-its-sibling"),
        pytest.param(call(UNANSWERED, 9, 9.9, port=4711), 1, id="before-the-kill"),
        pytest.param(call(REFUSED, 10.1, 10.1), 1, id="refused"),
        pytest.param(call("502", 9.9, 10, port=4711), 1, id="502"),
    ],
)
def test_only_connections_of_the_killed_proxy_break(other: Call, problems: int) -> None:
    """Nobody is refused, and siblings do not notice."""
    report = proxy_kill.judge([call("200", 9, 9.5), call("200", 10, 10.5), other], [PROXY_KILL])

    assert len(report.problems) == problems


@pytest.mark.parametrize(
    ("other", "problems"),
    [
        pytest.param(call("200", 9, 12), 0, id="answered"),
        pytest.param(call("503", 9, 12), 0, id="refused-with-503"),
        pytest.param(call(REFUSED, 10.1, 10.1), 0, id="not-taken-after-the-signal"),
        pytest.param(call(UNANSWERED, 10.1, 10.2), 0, id="not-read-after-the-signal"),
        pytest.param(call(REFUSED, 9.9, 10.2), 1, id="not-taken-before-the-signal"),
        pytest.param(call(UNANSWERED, 9.9, 10.2), 1, id="cut-off"),
        pytest.param(call(CUT, 10.1, 10.2), 1, id="cut-off-in-its-middle"),
        pytest.param(call("502", 9.9, 10.2), 1, id="502"),
    ],
)
def test_stop_cuts_nobody_off(other: Call, problems: int) -> None:
    """What was sent before the signal is answered; later, nothing is read and left."""
    assert len(stop.judge(stop.Stop(end=END, calls=[*FINE, other]))) == problems


@pytest.mark.parametrize(
    ("lasts", "stored", "pending", "problems"),
    [
        (True, True, True, 0),
        (True, False, False, 1),
        (False, True, True, 1),
        (False, True, False, 0),
    ],
)
def test_stop_loses_no_job(*, lasts: bool, stored: bool, pending: bool, problems: int) -> None:
    """Accepted is stored; and told to the org where the store ends, too."""
    job = call("201", 9, 9.5, record_id="a00")
    ids = frozenset({job.id})
    seen = stop.Stop(
        end=END,
        calls=[job],
        stored=ids if stored else frozenset(),
        pending=ids if pending else frozenset(),
        lasts=lasts,
    )

    assert len(stop.judge(seen)) == problems


@pytest.mark.parametrize(
    "end",
    [
        stop.End(told_s=10, took_s=30.1, exit_code=0),
        stop.End(told_s=10, took_s=5, exit_code=1),
        stop.End(told_s=10, took_s=5, exit_code=0, left=1),
    ],
)
def test_stop_is_in_time_and_complete(end: stop.End) -> None:
    """Within 30 seconds, with exit code 0, and nobody is left."""
    assert len(stop.judge(stop.Stop(end=end, calls=FINE))) == 1


@pytest.mark.parametrize(
    ("other", "problems"),
    [
        pytest.param(call("503", 20, 21), 0, id="turned-away-in-a-burst"),
        pytest.param(call("503", 30, 31), 1, id="turned-away-in-peace"),
        pytest.param(call("500", 20, 21), 1, id="500"),
    ],
)
def test_soak_wants_a_reason_for_each_answer(other: Call, problems: int) -> None:
    """What goes wrong explains its own kind of failure, at its own time."""
    report = Report(scenario="soak")
    judge_calls(report, [*FINE, other], [Trouble(kind="burst", from_s=19, to_s=22)])

    assert len(report.problems) == problems


@pytest.mark.parametrize(
    ("response", "problems"),
    [("proof", 0), (INTERRUPTED, 0), ('"anything else"', 1), (None, 1)],
    ids=["its-answer", "interrupted", "another-answer", "pending"],
)
def test_soak_looks_for_each_promise(response: str | None, problems: int) -> None:
    """The record holds the function's own answer, or says that a kill interrupted it."""
    job = call("201", 9, 9.5, record_id="a00")
    answer = json.dumps({"proof": job.proof}) if response == "proof" else response
    status = "PENDING" if response is None else "SUCCESS"
    fields = {"Status__c": status, "Response__c": answer}
    record = Record(id="a00", namespace="", fields=fields, created_at=0, modified_at=0, patches=1)
    report = Report(scenario="soak")
    kill = Trouble(kind="function killed", from_s=10, to_s=10.1, function=KILL)

    judge_outcomes(report, [job], {job.id: record}, [kill])

    assert len(report.problems) == problems


@pytest.mark.parametrize(
    ("rss", "files", "problems"),
    [
        pytest.param(lambda at_s: 100 + at_s / 100, lambda _: 20, 0, id="breathes"),
        pytest.param(lambda at_s: 100 + at_s / 10, lambda _: 20, 1, id="memory-leaks"),
        pytest.param(lambda _: 100, lambda at_s: 20 + at_s / 10, 1, id="files-leak"),
        pytest.param(lambda at_s: min(at_s, 150), lambda _: 20, 0, id="warms-up"),
    ],
)
def test_soak_sees_what_grows(
    rss: Callable[[float], float], files: Callable[[float], float], problems: int
) -> None:
    """After its warm-up a program stays as it is."""
    looks = [
        Look(at_s=at_s, values={RSS: rss(at_s), THREADS: 130, FILES: files(at_s)})
        for at_s in range(600)
    ]

    assert len(grew("relay", looks)) == problems
