"""Attack 9: who can write to the job store, but has no key, makes nothing run or be written."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from invocation.jobs.encryption import UnreadableError
from invocation.jobs.store import jobs
from relay.workflow import retry
from tests.unit.relay.outside import scene
from tests.unit.relay.store import Store

DAY_S = 86_400


def swap(store: Store, column: str, first: str, second: str) -> None:
    """Swap a column of two rows."""
    rows = store.row(first), store.row(second)
    store.change(first, **{column: rows[1][column]})
    store.change(second, **{column: rows[0][column]})


def work(store: Store, *job_ids: str) -> Any:  # noqa: ANN401 - what was scripted
    """Have a relay bring these jobs to their ends; return what it met outside."""
    at = scene(store)
    for job_id in job_ids:
        at.runner.guarded(job_id, lambda j=job_id: at.runner.invoke(j))  # type: ignore[misc]
        at.runner.guarded(job_id, lambda j=job_id: at.runner.deliver(j))  # type: ignore[misc]
    return at


def require_dead(store: Store, *job_ids: str) -> None:
    """Check that a person is to look at these."""
    for job_id in job_ids:
        row = store.row(job_id)
        assert (row["state"], row["status_code"]) in {("dead", None), ("dead", 200)}
        assert "can't be read" in row["reason"]


def test_09_swapped_payloads_are_dead_letters(store: Store) -> None:
    """Nobody's payload runs as somebody else's job."""
    first, second = store.put("accepted", 1), store.put("accepted", 2)
    swap(store, "payload", first, second)

    at = work(store, first, second)

    require_dead(store, first, second)
    assert (at.function.calls, at.org.written) == ([], [])


def test_09_swapped_outcomes_are_dead_letters(store: Store) -> None:
    """Nobody's answer is written to somebody else's record."""
    first, second = store.put("answered", 1), store.put("answered", 2)
    swap(store, "outcome", first, second)

    at = work(store, first, second)

    require_dead(store, first, second)
    assert (at.function.calls, at.org.written) == ([], [])


def put_back(store: Store, at: Any, **more: object) -> str:  # noqa: ANN401 - of `scene`
    """Let a job be delivered, and put its row back as it was when it was accepted."""
    job_id = store.put("accepted")
    accepted = store.row(job_id)
    at.runner.guarded(job_id, lambda: at.runner.invoke(job_id))
    at.runner.guarded(job_id, lambda: at.runner.deliver(job_id))
    assert store.row(job_id)["state"] == "delivered"
    store.change(job_id, **(accepted | more))
    return job_id


def test_09_a_delivered_job_that_is_put_back_does_not_run(store: Store) -> None:
    """The relay knows that it has ended."""
    at = scene(store)
    job_id = put_back(store, at)

    at.runner.guarded(job_id, lambda: at.runner.invoke(job_id))

    require_dead(store, job_id)
    assert (len(at.function.calls), len(at.org.written)) == (1, 1)


def test_09_a_row_that_is_put_back_can_not_be_made_younger(store: Store) -> None:
    """Its time is in what is encrypted: another relay, which does not know it, sees the change."""
    job_id = put_back(store, scene(store), accepted_at_s=time.time())
    store.ledger._ended.clear()

    at = work(store, job_id)

    require_dead(store, job_id)
    assert (at.function.calls, at.org.written) == ([], [])


def test_09_a_row_older_than_all_that_is_kept_does_not_run(store: Store) -> None:
    """No honest store has it any more; a person may still decide to retry it."""
    job_id = store.put("accepted", accepted_at_s=time.time() - 9 * DAY_S)

    at = work(store, job_id)

    assert store.row(job_id)["state"] == "dead"
    assert (at.function.calls, at.org.written) == ([], [])
    assert retry(store.engine, store.cipher, job_id)
    assert len(work(store, job_id).function.calls) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda store, first, second: swap(store, "payload", first, second),
        lambda store, first, second: swap(store, "outcome", first, second),
        lambda store, first, _: store.change(first, accepted_at_s=1.0),
    ],
    ids=["payload", "outcome", "time"],
)
def test_09_retry_blesses_nothing_that_was_changed(
    store: Store, change: Callable[[Store, str, str], None]
) -> None:
    """It encrypts anew, so it looks first; the job stays given up."""
    first, second = store.put("answered", 1), store.put("answered", 2)
    store.ledger.dead(first, "why")
    change(store, first, second)

    with pytest.raises((UnreadableError, ValueError)):
        retry(store.engine, store.cipher, first)

    assert store.row(first)["state"] == "dead"
    with store.engine.connect() as connection:
        assert connection.execute(sa.select(jobs.c.id).where(jobs.c.id == first)).one()
