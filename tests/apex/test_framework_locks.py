"""What somebody else has locked is done later: no accepted call fails by it, no callback is lost.

A lock can't be had in an Apex test, nor can a job be killed there, so both are tried here.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from apex.emulator.embedding import ApexFailed
from tests.apex.jobs_org import (
    FunctionSide,
    accept,
    answer,
    called_back,
    drain,
    org_with,
    requests,
)

if TYPE_CHECKING:
    from apex.emulator.embedding import EmbeddedOrg
    from apex.emulator.platform.org import IncomingAnswer

REQUEST = "AsyncFunctionInvocationRequest__c"


def invoked(org: EmbeddedOrg, count: int) -> list[str]:
    """Invoke so often; return the records' ids. Nothing is sent yet."""
    org.run(f"JobsCaller.invokeAll({count});")
    return [row["Id"] for row in requests(org)]


def respond(org: EmbeddedOrg, ids: list[str], response: str = "fine") -> None:
    """Bring results, each as the relay does: callbacks are enqueued."""
    for each in ids:
        fields = {"Response__c": response, "Status__c": "SUCCESS", "StatusCode__c": 200}
        org.update(REQUEST, each, fields)


def hours_later(hours: int) -> datetime:
    """Return a time after now."""
    return datetime.now(UTC) + timedelta(hours=hours)


def column(org: EmbeddedOrg, name: str) -> list[object]:
    """Return one field of all records."""
    return [row[name] for row in requests(org)]


def test_a_lock_while_answers_are_saved_fails_no_call() -> None:
    """What was accepted and could not be noted is noted by another job; each is sent once."""
    side = FunctionSide(accept)
    org = org_with(side)
    ids = invoked(org, 25)
    org.org.locks.hold(ids[3], times=1)

    assert drain(org) == 2

    assert column(org, "Status__c") == ["PENDING"] * 25
    assert column(org, "StatusCode__c") == [201] * 25
    assert len(side.calls) == len(set(side.ids())) == 25
    respond(org, ids)
    drain(org)
    assert called_back(org) == {"SUCCESS": 25}


def test_a_lock_that_lasts_fails_no_call() -> None:
    """The job comes again a few times only, and the call stays pending until its result comes."""
    side = FunctionSide(accept)
    org = org_with(side)
    [held] = invoked(org, 1)
    org.org.locks.hold(held)

    assert 2 < drain(org) < 10

    assert column(org, "Status__c") == ["PENDING"]
    assert column(org, "CallbackStatus__c") == ["WAITING"]
    assert len(side.calls) == 1
    org.org.locks.release(held)
    respond(org, [held])
    drain(org)
    assert called_back(org) == {"SUCCESS": 1}


def test_what_was_given_up_is_sent_by_the_sweeper() -> None:
    """What nobody could note for an hour is sent again, under its id; what is accepted is not."""
    side = FunctionSide(accept)
    org = org_with(side)
    ids = invoked(org, 2)
    # Its provider of functions is not here when the sweeper comes: custom metadata tells it.
    org.put_row(
        "FunctionReference__mdt", DeveloperName="project_function", NamedCredential__c="Named"
    )
    org.org.locks.hold(ids[0])
    drain(org)
    org.org.locks.release(ids[0])
    assert column(org, "StatusCode__c") == [None, None]  # both are of one part
    before = len(side.calls)
    org.run("System.schedule('sweep', '0 0 * * * ?', new FunctionRequestSweeper());")

    for hours, calls in [(0, 0), (2, 2), (4, 2)]:
        org.org.now = partial(hours_later, hours)
        assert org.run_scheduled("sweep").failure is None
        drain(org)
        assert len(side.calls) - before == calls

    assert column(org, "StatusCode__c") == [201, 201]
    assert len(set(side.ids())) == 2


def test_a_lock_keeps_few_from_the_sweeper() -> None:
    """What somebody has locked is swept an hour later, with a few others; the most are not kept."""
    org = org_with(FunctionSide(accept))
    ids = invoked(org, 100)
    drain(org)
    org.org.locks.hold(ids[7], times=1)
    org.run("System.schedule('sweep', '0 0 * * * ?', new FunctionRequestSweeper());")

    def sweep(hours: int) -> Counter[object]:
        org.org.now = partial(hours_later, hours)
        assert org.run_scheduled("sweep").failure is None
        drain(org)
        return Counter(column(org, "Status__c"))

    assert sweep(30)["ERROR"] >= 50
    assert sweep(60) == {"ERROR": 100}


def test_what_was_accepted_is_not_failed_by_another_answer() -> None:
    """A job that comes again because of a lock does not take a refusal for the answer."""
    side = FunctionSide(lambda count: answer(201 if count == 1 else 403))
    org = org_with(side)
    [held] = invoked(org, 1)
    org.org.locks.hold(held, times=1)

    drain(org)

    assert column(org, "Status__c") == ["PENDING"]
    assert column(org, "StatusCode__c") == [201]


def test_a_refusal_that_could_not_be_noted_is_noted_later() -> None:
    """The answer of a call that failed reaches its record after the lock."""
    org = org_with(FunctionSide(lambda _: answer(403)))
    [held] = invoked(org, 1)
    org.org.locks.hold(held, times=2)

    drain(org)

    assert column(org, "StatusCode__c") == [403]
    assert called_back(org) == {"ERROR": 1}


def test_a_job_that_dies_after_sending_fails_no_call() -> None:
    """Its work is undone, but not what was accepted: that is noted by another job."""
    side = FunctionSide(accept)
    org = org_with(side)
    ids = invoked(org, 3)
    greedy = org.put_row("Account", Name="greedy")
    [died] = org.run_jobs(wait=True)
    assert died.failure is not None
    assert column(org, "StatusCode__c") == [None] * 3

    org.org.database.remove("Account", greedy)
    assert drain(org) == 1

    assert column(org, "StatusCode__c") == [201] * 3
    assert len(side.calls) == 3
    respond(org, ids)
    drain(org)
    assert called_back(org) == {"SUCCESS": 3}


def test_a_job_that_always_dies_after_sending_fails_no_call() -> None:
    """It comes again a few times only; what was accepted stays pending until its result comes."""
    side = FunctionSide(accept)
    org = org_with(side)
    ids = invoked(org, 2)
    org.put_row("Account", Name="greedy")

    assert 2 < len(org.run_jobs()) < 10

    assert column(org, "Status__c") == ["PENDING"] * 2
    assert len(side.calls) == 2
    respond(org, ids)
    drain(org)
    assert called_back(org) == {"SUCCESS": 2}


def test_a_callback_whose_record_is_locked_waits() -> None:
    """It is called, once, by a later job; the others are called at once. None is failed."""
    org = org_with(FunctionSide(accept))
    ids = invoked(org, 3)
    drain(org)
    respond(org, ids)
    org.org.locks.hold(ids[0], times=1)

    assert [job.failure for job in org.run_jobs(wait=True)] == [None] * 3

    assert column(org, "CallbackStatus__c") == ["ENQUEUED", "DONE", "DONE"]
    drain(org)
    assert column(org, "CallbackStatus__c") == ["DONE"] * 3
    assert called_back(org) == {"SUCCESS": 3}


def test_a_callback_whose_record_stays_locked_is_not_failed() -> None:
    """After some jobs it is left to the sweeper, as enqueued as it was."""
    org = org_with(FunctionSide(accept))
    [held] = invoked(org, 1)
    drain(org)
    respond(org, [held])
    org.org.locks.hold(held)

    assert 2 < drain(org) < 12

    [row] = requests(org)
    assert (row["CallbackStatus__c"], row["CallbackError__c"]) == ("ENQUEUED", None)
    assert called_back(org) == {}


def test_a_callback_that_broke_a_limit_is_marked_after_the_lock() -> None:
    """It is not called again because somebody had its record locked when it was to be marked."""
    org = org_with(FunctionSide(accept))
    ids = invoked(org, 2)
    drain(org)
    org.run("JobsCaller.writeResultsOneOfThemGreedy(0);")
    assert [job.failure is None for job in org.run_jobs(wait=True)] == [False]
    org.org.locks.hold(ids[0], times=1)

    drain(org)

    assert column(org, "CallbackStatus__c") == ["FAILED", "DONE"]
    assert called_back(org) == {"SUCCESS": 1}


def test_a_request_that_is_locked_is_not_cancelled_but_told() -> None:
    """Who cancels it meanwhile is asked to try again, in words, and then it is not sent."""
    side = FunctionSide(accept)
    org = org_with(side)
    org.assign_permission_set("FunctionsAuthentication")
    [held] = invoked(org, 1)
    cancel = f"System.debug(FunctionRunnerController.cancel('{held}').status);"
    org.org.locks.hold(held, times=1)

    with pytest.raises(ApexFailed, match="try again in a moment"):
        org.run(cancel)
    assert column(org, "Status__c") == ["PENDING"]

    assert org.run(cancel) == ["ERROR"]
    drain(org)
    assert side.calls == []


def test_a_request_that_is_cancelled_while_its_job_sends_others_is_not_sent() -> None:
    """The job looks at each record again before it sends it."""

    def cancelling(count: int) -> IncomingAnswer:
        org.update(REQUEST, ids[count], {"Status__c": "ERROR", "StatusCode__c": 503})
        return accept(count)

    side = FunctionSide(cancelling)
    org = org_with(side)
    ids = invoked(org, 2)

    drain(org)

    assert len(side.calls) == 1
    assert column(org, "Status__c") == ["PENDING", "ERROR"]
    assert called_back(org) == {"ERROR": 1}
