"""A person hands a given-up job to the relays once more."""

import time
from typing import Any

import pytest
import sqlalchemy as sa

from invocation.errors import OrgUnavailable
from invocation.jobs.store import create_engine
from relay.workflow import retry
from tests.unit.relay.outside import ScriptedOrg, scene
from tests.unit.relay.store import OUTCOME, Store

LONG_AGO_S = 40 * 86_400


def given_up(store: Store, state: str, **changed: Any) -> str:  # noqa: ANN401 - see `a_job`
    """Store a job that was given up in a state; return its id."""
    job_id = store.put(state, **changed)
    store.ledger.dead(job_id, "why")
    store.finish_queued()
    return job_id


def test_a_job_without_an_outcome_is_run_again(store: Store) -> None:
    """From its start, with a new place in the queue and all its attempts."""
    job_id = given_up(store, "invoking")

    assert retry(store.engine, store.cipher, job_id)

    row = store.row(job_id)
    assert (row["state"], row["attempts"], row["reason"]) == ("accepted", 0, None)
    ((workflow_id, inputs),) = store.queued()
    assert workflow_id.startswith(job_id)
    assert f'["{job_id}"]' in inputs


def test_a_job_with_an_outcome_is_only_delivered(store: Store) -> None:
    """The function is not run twice."""
    job_id = given_up(store, "answered")

    assert retry(store.engine, store.cipher, job_id)

    entry = store.ledger.load(job_id)
    assert entry is not None
    assert (entry.state, entry.outcome) == ("answered", OUTCOME)


@pytest.mark.parametrize("state", ["accepted", "invoking", "answered", "delivering", "delivered"])
def test_only_a_given_up_job_is_retried(store: Store, state: str) -> None:
    """All others are in good hands, or done."""
    job_id = store.put(state)
    before = store.row(job_id), store.queued()

    assert not retry(store.engine, store.cipher, job_id)
    assert not retry(store.engine, store.cipher, "unknown")

    assert (store.row(job_id), store.queued()) == before


def test_a_job_is_retried_once_at_a_time_and_again_and_again(store: Store) -> None:
    """Twice in a row is one retry; given up again it gets another place in the queue."""
    job_id = given_up(store, "accepted")

    assert [retry(store.engine, store.cipher, job_id) for _ in range(2)] == [True, False]
    assert len(store.queued()) == 1
    store.ledger.dead(job_id, "again")
    store.finish_queued()
    assert retry(store.engine, store.cipher, job_id)
    assert len(store.queued()) == 1


def test_a_retried_job_has_all_its_time_again(store: Store) -> None:
    """It was given up because it was late: now ASYNC_DELIVERY_HOURS begin anew."""
    job_id = given_up(store, "answered", accepted_at_s=time.time() - LONG_AGO_S)
    org = ScriptedOrg(writes=[OrgUnavailable("away"), OrgUnavailable("away"), None])

    retry(store.engine, store.cipher, job_id)

    assert scene(store, org=org).runner.deliver(job_id) == "delivered"
    assert len(org.written) == 3


def test_a_retried_delivery_looks_at_the_record_first(store: Store) -> None:
    """The last write before it was given up may have arrived: the callback must not run twice."""
    job_id = given_up(store, "delivering")
    org = ScriptedOrg(record=OUTCOME.record_fields(""))

    retry(store.engine, store.cipher, job_id)

    assert scene(store, org=org).runner.deliver(job_id) == "delivered"
    assert org.written == []


def test_two_people_retry_it_once(store: Store) -> None:
    """Who comes second, even between the other's look and his write, takes back nothing."""
    job_id = given_up(store, "accepted")
    engine = create_engine(store.url)
    others: list[bool] = []

    def retry_meanwhile(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and "function_jobs" in statement and not others:
            others.append(retry(store.engine, store.cipher, job_id))
            store.ledger.start_invocation(job_id)

    sa.event.listen(engine, "after_cursor_execute", retry_meanwhile)
    mine = retry(engine, store.cipher, job_id)
    engine.dispose()

    # Either the look already locks the job, or the write sees that it came too late.
    assert [*others, mine].count(True) == 1
    assert len(store.queued()) == 1
