"""From an accepted job to its outcome: every way that a call of the function can end."""

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import structlog

from invocation.errors import (
    ActivationRefused,
    AnswerTooLarge,
    FunctionBroke,
    FunctionTimedOut,
    FunctionUnavailable,
    OrgUnavailable,
    TokenRefused,
)
from invocation.function.answer import FunctionAnswer
from invocation.jobs.encryption import UnreadableError
from relay.outcome import Outcome
from tests.unit.relay.outside import (
    ANSWER,
    ScriptedFunction,
    ScriptedOrg,
    parked,
    require_pauses,
    scene,
)
from tests.unit.relay.store import CALLER, OUTCOME, Store, a_job

DAY_S = 86_400


def outcome_of(store: Store, job_id: str) -> Outcome:
    """Return the outcome that was kept."""
    entry = store.ledger.load(job_id)
    assert entry is not None
    assert entry.outcome is not None
    return entry.outcome


def told(store: Store, job_id: str) -> tuple[int, Any]:
    """Return status and text of the outcome that was kept."""
    outcome = outcome_of(store, job_id)
    return outcome.status, json.loads(outcome.text)


def test_the_functions_answer_becomes_the_outcome(store: Store) -> None:
    """Called once with the job's payload; the answer is kept before anything else happens."""
    job_id = store.put("accepted")
    at = scene(store)

    assert at.runner.invoke(job_id) == "answered"

    assert outcome_of(store, job_id) == OUTCOME
    assert [body for _, body in at.function.calls] == [a_job().body]
    assert store.row(job_id)["attempts"] == 1


def test_the_function_gets_a_minted_token_and_the_verified_caller(store: Store) -> None:
    """The same headers as for a synchronous call: nothing of a token was in the store."""
    job_id = store.put("accepted", permission_sets=("Two", "ns__One"))
    at = scene(store)

    at.runner.invoke(job_id)

    headers = at.function.calls[0][0]
    function = json.loads(base64.b64decode(headers["ce-sffncontext"]))
    user = json.loads(base64.b64decode(headers["ce-sfcontext"]))["userContext"]
    assert headers["ce-id"] == "id-1"
    assert function["accessToken"] == "token-1"
    assert function["requestId"] == a_job().id
    assert (user["orgId"], user["userId"], user["orgDomainUrl"]) == (
        CALLER.org_id,
        CALLER.user_id,
        CALLER.org_url,
    )
    assert at.org.minted == [CALLER.username]
    assert at.org.activated == ["ns__One", "Two"]


def test_that_it_was_started_is_written_before_it_is_called(store: Store) -> None:
    """A crash during the call leaves a job that is known to have been started."""
    job_id = store.put("accepted")
    seen: list[str] = []
    function = ScriptedFunction(during=lambda: seen.append(store.row(job_id)["state"]))

    scene(store, function=function).runner.invoke(job_id)

    assert seen == ["invoking"]


def test_an_error_of_the_function_is_its_outcome(store: Store) -> None:
    """A status it answers by itself is passed on unchanged, and never tried again."""
    answer = FunctionAnswer(status=500, content_type=None, extra_info="x", body=b'"boom"')
    job_id = store.put("accepted")
    at = scene(store, function=ScriptedFunction([answer]), async_invoke_attempts=3)

    assert at.runner.invoke(job_id) == "answered"

    assert outcome_of(store, job_id) == Outcome(status=500, extra_info="x", text='"boom"')
    assert len(at.function.calls) == 1


@pytest.mark.parametrize("state", ["answered", "delivering", "delivered", "dead"])
def test_a_job_past_its_answer_is_never_invoked(store: Store, state: str) -> None:
    """The step may be repeated after any crash."""
    job_id = store.put(state)
    before = store.row(job_id)
    at = scene(store)

    assert at.runner.invoke(job_id) == ("gone" if state == "delivered" else state)

    assert at.function.calls == []
    assert store.row(job_id) == before


def test_a_job_that_is_gone_is_nothing_to_do(store: Store) -> None:
    """It was dropped or purged."""
    assert scene(store).runner.invoke("unknown") == "gone"


def test_a_function_that_takes_no_connection_is_waited_for(store: Store) -> None:
    """It was not called, so that is no attempt; it may be back soon, so the pauses stay short."""
    down: list[FunctionAnswer | Exception] = [FunctionUnavailable("down")] * 8
    job_id = store.put("accepted")
    at = scene(store, function=ScriptedFunction([*down, ANSWER]))

    assert at.runner.invoke(job_id) == "answered"

    assert outcome_of(store, job_id) == OUTCOME
    assert store.row(job_id)["attempts"] == 1
    require_pauses(at.stopping.pauses, [0.5, 1, 2, 3, 3, 3, 3, 3])


def test_an_org_that_is_away_is_waited_for(store: Store) -> None:
    """No token, no call: the function is not bothered."""
    job_id = store.put("accepted")
    org = ScriptedOrg(mints=[OrgUnavailable("away"), OrgUnavailable("away"), None])
    at = scene(store, org=org)

    assert at.runner.invoke(job_id) == "answered"

    assert len(at.stopping.pauses) == 2
    assert len(at.function.calls) == 1
    assert store.row(job_id)["attempts"] == 1


@pytest.mark.parametrize("broken", ["org", "function"])
def test_waiting_ends_with_an_outcome(store: Store, broken: str) -> None:
    """After ASYNC_DELIVERY_HOURS the record is told 503, whatever was missing."""
    job_id = store.put("accepted", accepted_at_s=time.time() - DAY_S - 1)
    at = scene(
        store,
        org=ScriptedOrg(mints=[OrgUnavailable("away")] if broken == "org" else [None]),
        function=ScriptedFunction([FunctionUnavailable("down")]),
        async_delivery_hours=24,
    )

    assert at.runner.invoke(job_id) == "answered"

    assert told(store, job_id) == (503, "The function could not be called in time")
    assert at.stopping.pauses == []
    assert store.row(job_id)["attempts"] == 0


def test_a_job_that_waited_long_still_gets_its_try(store: Store) -> None:
    """Relays that were away for days call first and look at the clock then."""
    job_id = store.put("accepted", accepted_at_s=time.time() - 7 * DAY_S)

    scene(store).runner.invoke(job_id)

    assert outcome_of(store, job_id) == OUTCOME


@pytest.mark.parametrize("error", [TokenRefused("No token"), ActivationRefused("No set")], ids=repr)
def test_a_refused_token_is_an_outcome_of_403(store: Store, error: Exception) -> None:
    """A matter of set-up: the record says why, the function was not called."""
    job_id = store.put("accepted")
    at = scene(store, org=ScriptedOrg(mints=[error]))

    assert at.runner.invoke(job_id) == "answered"

    assert told(store, job_id) == (403, str(error))
    assert at.function.calls == []
    assert store.row(job_id)["attempts"] == 0


@pytest.mark.parametrize(
    "error", [FunctionTimedOut("Too slow"), AnswerTooLarge("Too much")], ids=repr
)
def test_a_call_without_a_usable_answer_is_an_outcome_of_500(
    store: Store, error: Exception
) -> None:
    """It ran, so it is not run again even where repeats are allowed."""
    job_id = store.put("accepted")
    at = scene(store, function=ScriptedFunction([error, ANSWER]), async_invoke_attempts=5)

    assert at.runner.invoke(job_id) == "answered"

    assert told(store, job_id) == (500, str(error))
    assert len(at.function.calls) == 1


@pytest.mark.parametrize(("attempts", "calls"), [(1, 1), (2, 2), (3, 3)])
def test_a_broken_call_is_repeated_only_as_often_as_allowed(
    store: Store, attempts: int, calls: int
) -> None:
    """It may have run: ASYNC_INVOKE_ATTEMPTS is 1 unless the operator says otherwise."""
    job_id = store.put("accepted")
    function = ScriptedFunction([FunctionBroke("It broke")])
    at = scene(store, function=function, async_invoke_attempts=attempts)

    assert at.runner.invoke(job_id) == "answered"

    assert len(function.calls) == calls
    assert told(store, job_id) == (503, "It broke")
    assert store.row(job_id)["attempts"] == calls


def test_a_repeated_call_tells_which_one_it_is(store: Store) -> None:
    """A function that may be run twice can tell; one that can't is not told anything."""
    function = ScriptedFunction([FunctionBroke("It broke"), ANSWER])
    job_id = store.put("accepted", 1)

    scene(store, function=function, async_invoke_attempts=2).runner.invoke(job_id)
    scene(store, function=function).runner.invoke(store.put("accepted", 2))

    assert [call[0].get("x-attempt") for call in function.calls] == ["1", "2", None]
    assert outcome_of(store, job_id) == OUTCOME


def test_an_interrupted_job_is_not_run_again(store: Store) -> None:
    """The relay crashed while the function ran: the record is told that it may have run."""
    job_id = store.put("invoking")
    at = scene(store)

    assert at.runner.invoke(job_id) == "answered"

    assert at.function.calls == []
    status, text = told(store, job_id)
    assert status == 503
    assert "may have run" in text


def test_an_interrupted_job_is_run_again_where_that_is_allowed(store: Store) -> None:
    """The interrupted start counts as one of the attempts."""
    job_id = store.put("invoking")
    function = ScriptedFunction([FunctionBroke("It broke")])

    scene(store, function=function, async_invoke_attempts=2).runner.invoke(job_id)

    assert len(function.calls) == 1
    assert told(store, job_id) == (503, "It broke")


def test_a_job_that_another_process_still_runs_is_left_to_it(store: Store) -> None:
    """Only when that process is gone without a word was the job interrupted."""
    job_id = store.put("invoking")
    asked: list[str | None] = []

    def is_alive(relay_id: str | None) -> bool:
        asked.append(relay_id)
        return len(asked) < 4

    at = scene(store, is_alive=is_alive)

    assert at.runner.invoke(job_id) == "answered"
    assert asked == ["relay-1"] * 4
    assert len(at.stopping.pauses) == 3
    assert told(store, job_id)[0] == 503


def test_the_outcome_of_another_process_is_taken(store: Store) -> None:
    """It ended well after all: nothing is made up."""
    job_id = store.put("invoking")

    def is_alive(_: str | None) -> bool:
        store.ledger.answered(store.job(job_id), OUTCOME)
        return True

    assert scene(store, is_alive=is_alive).runner.invoke(job_id) == "answered"
    assert outcome_of(store, job_id) == OUTCOME


def test_a_dead_session_is_minted_anew_for_the_next_job(store: Store) -> None:
    """The function's answer tells; it is passed on, and not run again."""
    dead = FunctionAnswer(
        status=500, content_type=None, extra_info=None, body=b'"INVALID_SESSION_ID: expired"'
    )
    at = scene(store, function=ScriptedFunction([dead, ANSWER]))

    first, second = store.put("accepted", 1), store.put("accepted", 2)
    at.runner.invoke(first)
    at.runner.invoke(second)

    assert outcome_of(store, first).status == 500
    assert len(at.org.minted) == 2
    assert outcome_of(store, second) == OUTCOME


def test_one_token_serves_many_jobs(store: Store) -> None:
    """A warm relay asks the org for nothing before it calls."""
    at = scene(store)

    for number in range(3):
        at.runner.invoke(store.put("accepted", number))

    assert len(at.org.minted) == 1


def test_another_relays_answer_wins(store: Store) -> None:
    """Taken over while it ran here: what was kept first stays, and this answer is dropped."""
    job_id = store.put("accepted")
    other = Outcome(status=503, extra_info="other", text="other")
    function = ScriptedFunction(during=lambda: store.ledger.answered(store.job(job_id), other))

    assert scene(store, function=function).runner.invoke(job_id) == "answered"
    assert outcome_of(store, job_id) == other


def test_a_stopping_relay_starts_nothing(store: Store) -> None:
    """The job stays as it was and its thread waits for the process's end."""
    job_id = store.put("accepted")
    at = scene(store)
    at.stopping.set()

    assert parked(lambda: at.runner.invoke(job_id))

    assert at.function.calls == []
    assert store.row(job_id)["state"] == "accepted"


def test_a_running_call_ends_while_the_relay_stops(store: Store) -> None:
    """What was started is finished and kept; the stop waits for it."""
    job_id = store.put("accepted")
    function = ScriptedFunction()
    at = scene(store, function=function)
    idle: list[bool] = []

    def stop_meanwhile() -> None:
        at.stopping.set()
        idle.append(at.runner.busy.wait_idle(0))

    function.during = stop_meanwhile

    assert at.runner.invoke(job_id) == "answered"
    assert outcome_of(store, job_id) == OUTCOME
    assert idle == [False]
    assert at.runner.busy.wait_idle(0)


def test_all_of_a_jobs_work_is_its_result(store: Store) -> None:
    """Nothing wrong: the work's own word comes back."""
    assert scene(store).runner.guarded(store.put("accepted"), lambda: "delivered") == "delivered"


@pytest.mark.parametrize("error", [UnreadableError("another key"), ValueError("other version")])
def test_a_job_that_can_not_be_read_is_given_up(store: Store, error: Exception) -> None:
    """A person finds it with its reason, and retries it when the key is back."""
    job_id = store.put("accepted")

    def fail() -> str:
        raise error

    assert scene(store).runner.guarded(job_id, fail) == "dead"
    assert (store.row(job_id)["state"], store.row(job_id)["reason"]) == (
        "dead",
        f"can't be read: {error}",
    )


def test_a_job_of_a_lost_key_is_given_up_for_real(store: Store) -> None:
    """The whole way: stored bytes that were changed."""
    job_id = store.put("accepted")
    store.change(job_id, payload=b"garbage")
    at = scene(store)

    assert at.runner.guarded(job_id, lambda: at.runner.invoke(job_id)) == "dead"
    assert "ASYNC_KEYS" in store.row(job_id)["reason"]


def test_a_bug_is_told_without_its_text(store: Store) -> None:
    """The job is found, and where it broke; the text may hold a token, so it is nowhere."""
    job_id = store.put("accepted")
    secret = f"token-{time.time()}"  # in no line of the source

    def fail() -> str:
        raise KeyError(secret)

    with structlog.testing.capture_logs() as lines:
        assert scene(store).runner.guarded(job_id, fail) == "dead"

    assert store.row(job_id)["reason"] == "a bug of the relay: KeyError"
    assert [line["event"] for line in lines] == ["bug", "dead letter"]
    assert "test_invoke.py" in lines[0]["frames"][-1]
    for line in lines:
        assert (line["id"], line["job"]) == (a_job().id, job_id)
        assert (line["record"], line["function"]) == (a_job().record_id, a_job().function_name)
    assert secret not in repr(lines)


def test_two_threads_never_work_on_one_job(store: Store) -> None:
    """A job that was queued twice is worked on once at a time: the second finds it done."""
    runner = scene(store).runner
    began, release = threading.Event(), threading.Event()
    seen: list[str] = []

    def first() -> str:
        began.set()
        assert release.wait(10)
        seen.append("first")
        return "delivered"

    def second() -> str:
        seen.append("second")
        return "delivered"

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(runner.guarded, "a-job", first)
        assert began.wait(10)
        two = pool.submit(runner.guarded, "a-job", second)
        other = runner.guarded("another", lambda: "delivered")  # is not held up
        release.set()
        assert (one.result(10), two.result(10), other) == ("delivered",) * 3

    assert seen == ["first", "second"]


@pytest.mark.parametrize(
    ("trouble", "status", "reason"),
    [
        (FunctionBroke("It broke"), 503, "It broke"),
        (FunctionTimedOut("Too slow"), 500, "Too slow"),
        (AnswerTooLarge("Too large"), 500, "Too large"),
    ],
    ids=["broke", "timed-out", "too-large"],
)
def test_why_there_was_no_answer_is_in_the_log_and_in_the_store(
    store: Store, trouble: Exception, status: int, reason: str
) -> None:
    """Who greps a ce-id sees in the line of its delivery what became of the function."""
    job_id = store.put("accepted")
    runner = scene(store, function=ScriptedFunction([trouble])).runner

    with structlog.testing.capture_logs() as lines:
        runner.invoke(job_id)
        assert runner.deliver(job_id) == "delivered"

    line = next(line for line in lines if line["event"] == "delivered")
    assert (line["id"], line["status"], line["reason"]) == (a_job().id, status, reason)
    assert store.row(job_id)["reason"] == reason


def test_an_answer_of_the_function_needs_no_reason(store: Store) -> None:
    """What it answers is in the record, and in its own log."""
    answer = replace(ANSWER, status=500, body=b'"secret of the user"')
    runner = scene(store, function=ScriptedFunction([answer])).runner
    job_id = store.put("accepted")

    with structlog.testing.capture_logs() as lines:
        runner.invoke(job_id)
        runner.deliver(job_id)

    assert "reason" not in lines[-1]
    assert "secret" not in repr(lines)
