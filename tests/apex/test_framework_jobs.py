"""The framework's jobs, one after the other as Salesforce runs them.

An Apex test runs only the first job of a chain, so chains are tested here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.apex.jobs_org import (
    FunctionSide,
    accept,
    answer,
    called_back,
    drain,
    no_answer,
    org_with,
    requests,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.platform.org import IncomingAnswer


def test_results_written_by_one_job_reach_all_200_callbacks() -> None:
    """Asynchronous code may enqueue one job, and 200 results that it writes are 200 callbacks."""
    org = org_with(FunctionSide(accept))
    org.run("JobsCaller.invokeAll(200);")
    drain(org)
    org.run("JobsCaller.writeResults();")

    jobs = drain(org)

    assert called_back(org) == {"SUCCESS": 200}
    assert {row["CallbackStatus__c"] for row in requests(org)} == {"DONE"}
    assert jobs < 20


def test_a_long_list_is_sent_by_as_many_jobs_as_it_takes() -> None:
    """A transaction makes 100 callouts, so 150 payloads take a second job; each is sent once."""
    side = FunctionSide(accept)
    org = org_with(side)
    org.run("JobsCaller.invokeAll(150);")

    assert drain(org) == 2

    assert len(side.calls) == len(set(side.ids())) == 150
    assert {row["StatusCode__c"] for row in requests(org)} == {201}


@pytest.mark.parametrize("rule", [lambda _: answer(503), no_answer], ids=["503", "no answer"])
def test_an_invocation_is_tried_four_times_under_one_id(
    rule: Callable[[int], IncomingAnswer],
) -> None:
    """Then it is an error, and its callback is told once."""
    side = FunctionSide(rule)
    org = org_with(side)
    org.run("JobsCaller.invokeAll(1);")
    drain(org)

    [row] = requests(org)
    assert (row["Status__c"], row["StatusCode__c"], row["Attempts__c"]) == ("ERROR", 503, 4)
    assert len(side.calls) == 4
    assert len(set(side.ids())) == 1
    assert called_back(org) == {"ERROR": 1}


def test_a_pause_lies_between_two_attempts() -> None:
    """The next attempt waits for a minute at least, without burning time in a loop."""
    side = FunctionSide(lambda count: answer(503 if count == 1 else 201))
    org = org_with(side)
    org.run("JobsCaller.invokeAll(1);")
    org.run_jobs(wait=True)
    assert len(side.calls) == 1

    drain(org)

    assert len(side.calls) == 2
    assert [row["StatusCode__c"] for row in requests(org)] == [201]


def test_a_callback_that_breaks_a_limit_fails_alone() -> None:
    """Nobody can catch a limit: the job dies with what it did, but the others are called."""
    org = org_with(FunctionSide(accept))
    org.run("JobsCaller.invokeAll(4);")
    drain(org)
    org.run("JobsCaller.writeResultsOneOfThemGreedy(2);")
    org.run_jobs()

    assert called_back(org) == {"SUCCESS": 3}
    states = [row["CallbackStatus__c"] for row in requests(org)]
    assert states == ["DONE", "DONE", "FAILED", "DONE"]
    assert "limit" in requests(org)[2]["CallbackError__c"]


def test_two_invocations_share_the_one_job_of_an_asynchronous_transaction() -> None:
    """Such a transaction may enqueue one job, and the second invocation joins the first one's."""
    side = FunctionSide(accept)
    org = org_with(side)
    org.run("JobsCaller.invokeTwiceInAJob();")

    assert drain(org) == 2

    assert sorted(call.body for call in side.calls) == [b"1", b"2"]


def test_a_trigger_may_invoke_a_function() -> None:
    """200 accounts inserted at once are 200 invocations of one job per trigger batch."""
    side = FunctionSide(accept)
    org = org_with(side)
    org.run(
        "List<Account> accounts = new List<Account>();"
        "for (Integer i = 0; i < 200; i++) { accounts.add(new Account(Name = 'A' + i)); }"
        "insert accounts;"
    )
    drain(org)

    assert len(set(side.ids())) == 200
    assert {row["StatusCode__c"] for row in requests(org)} == {201}
