"""The states of a job: which step is allowed when, and what is kept of it."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from invocation.errors import JobNotStored
from invocation.jobs.encryption import Cipher, UnreadableError
from invocation.jobs.job import JobState
from invocation.jobs.store import JobStore, create_engine, jobs
from localstack.keys import rsa_key
from relay.ledger import Entry, Ledger
from relay.outcome import Outcome
from tests.unit.relay.store import OUTCOME, ROOMY, STATES, UNFINISHED, Store, a_job

OTHER = Outcome(status=500, extra_info="other", text="other")


def entry_of(deliveries: int) -> Entry:
    """Return an answered job whose outcome was sent so often."""
    return Entry(
        job=a_job(),
        state=JobState.ANSWERED,
        attempts=1,
        deliveries=deliveries,
        runner="relay-1",
        outcome=OUTCOME,
    )


STEPS: dict[str, Callable[[Ledger, str], object]] = {
    "start_invocation": lambda ledger, job_id: ledger.start_invocation(job_id),
    "never_started": lambda ledger, job_id: ledger.never_started(job_id),
    "start_again": lambda ledger, job_id: ledger.start_again(job_id),
    "answered": lambda ledger, job_id: ledger.answered(a_job(job_id=job_id), OTHER),
    "start_delivery": lambda ledger, job_id: [
        ledger.start_delivery(job_id, entry_of(deliveries)) for deliveries in (0, 1)
    ],
    "delivered": lambda ledger, job_id: ledger.delivered(a_job(job_id=job_id)),
    "dead": lambda ledger, job_id: ledger.dead(job_id, "why"),
}
ALLOWED = {
    ("start_invocation", "accepted"): "invoking",
    ("never_started", "invoking"): "accepted",
    ("start_again", "invoking"): "accepted",
    ("answered", "accepted"): "answered",
    ("answered", "invoking"): "answered",
    ("start_delivery", "answered"): "delivering",
    ("start_delivery", "delivering"): "delivering",
    **{("delivered", state): "delivered" for state in UNFINISHED},
    **{("dead", state): "dead" for state in UNFINISHED},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_only_from_where_it_is_allowed(store: Store, step: str, state: str) -> None:
    """A step from any other state changes nothing at all, however late it comes."""
    job_id = store.put(state)
    before = store.row(job_id)

    STEPS[step](store.ledger, job_id)

    after = store.row(job_id)
    if (step, state) in ALLOWED:
        assert after["state"] == ALLOWED[step, state]
        assert after["changed_at_s"] > before["changed_at_s"]
    else:
        assert after == before


def test_a_step_of_one_job_leaves_the_others(store: Store) -> None:
    """Each step is about one job."""
    first, second = store.put("accepted", 1), store.put("accepted", 2)
    before = store.row(second)

    store.ledger.start_invocation(first)

    assert store.row(second) == before


def test_a_job_is_started_by_one_only(store: Store) -> None:
    """Who is told True has the job; everybody after him is told False."""
    job_id = store.put("accepted")

    assert [store.ledger.start_invocation(job_id) for _ in range(3)] == [True, False, False]
    assert not store.ledger.start_invocation("unknown")


def test_attempts_are_counted_and_taken_back(store: Store) -> None:
    """A refused connection is no attempt; a break is one."""
    job_id = store.put("accepted")
    seen = []
    for end in (store.ledger.never_started, store.ledger.start_again, store.ledger.start_again):
        store.ledger.start_invocation(job_id)
        end(job_id)
        seen.append(store.row(job_id)["attempts"])

    assert seen == [0, 1, 2]


def test_the_first_answer_counts(store: Store) -> None:
    """What comes after it, from a relay that was taken for dead, changes nothing."""
    job_id = store.put("answered")

    store.ledger.answered(store.job(job_id), OTHER)
    store.ledger.never_started(job_id)
    store.ledger.start_again(job_id)

    entry = store.ledger.load(job_id)
    assert entry is not None
    assert (entry.state, entry.outcome) == ("answered", OUTCOME)
    assert not store.ledger.start_invocation(job_id)


def test_writes_are_counted(store: Store) -> None:
    """A person sees how often the org was tried."""
    job_id = store.put("answered")

    assert store.ledger.start_delivery(job_id, entry_of(0))
    assert store.ledger.start_delivery(job_id, entry_of(1))

    row = store.row(job_id)
    assert (row["deliveries"], row["runner"]) == (2, "relay-1")


def test_one_of_two_processes_writes(store: Store) -> None:
    """Both have loaded the same entry: the second one finds that the job has moved on."""
    job_id = store.put("answered")
    other = Ledger(store.engine, store.cipher, relay_id="relay-2")

    assert store.ledger.start_delivery(job_id, entry_of(0))
    assert not other.start_delivery(job_id, entry_of(0))

    assert store.row(job_id)["runner"] == "relay-1"


def test_what_was_accepted_is_loaded(store: Store) -> None:
    """The entry holds the job as it was accepted, and how far it has come."""
    job = a_job()
    store.accept(job)

    assert store.ledger.load(job.job_id) == Entry(
        job=job, state=JobState.ACCEPTED, attempts=0, deliveries=0, runner=None, outcome=None
    )
    store.ledger.start_invocation(job.job_id)
    store.ledger.answered(store.job(job.job_id), OUTCOME)
    assert store.ledger.load(job.job_id) == Entry(
        job=job,
        state=JobState.ANSWERED,
        attempts=1,
        deliveries=0,
        runner="relay-1",
        outcome=OUTCOME,
    )
    assert store.row(job.job_id)["status_code"] == 200


def test_an_unknown_job_is_none(store: Store) -> None:
    """One that was dropped or purged."""
    assert store.ledger.load("unknown") is None


def test_nothing_of_a_delivered_job_is_kept(store: Store) -> None:
    """The org has the outcome, so payload and outcome are gone; id and state stay."""
    job_id = store.put("delivered")

    row = store.row(job_id)
    assert (row["payload"], row["outcome"], row["reason"]) == (None, None, None)
    assert (row["state"], row["status_code"]) == ("delivered", 200)
    assert store.ledger.load(job_id) is None


def test_a_given_up_job_keeps_everything(store: Store) -> None:
    """A person can look at it and retry it; its reason has a bounded length."""
    job_id = store.put("answered")

    store.ledger.dead(job_id, "x" * 1000)

    entry = store.ledger.load(job_id)
    assert entry is not None
    assert (entry.state, entry.outcome) == ("dead", OUTCOME)
    assert store.row(job_id)["reason"] == "x" * 500


def test_outcomes_are_not_readable_in_the_store(store: Store, tmp_path: Path) -> None:
    """Neither the answer nor the payload is in any file of the store."""
    job_id = store.accept(a_job(body=b'"marker-of-the-payload"'))
    store.ledger.answered(store.job(job_id), replace(OUTCOME, text="marker-of-the-answer"))
    store.engine.dispose()

    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"function_jobs" in stored
    assert b"marker-of-the" not in stored


def test_another_key_reads_nothing(store: Store) -> None:
    """A job of a lost key is told apart from a missing one."""
    job_id = store.put("accepted")
    other = Cipher((), private_key=rsa_key(3072))

    with pytest.raises(UnreadableError):
        Ledger(store.engine, other, relay_id="relay-2").load(job_id)


def test_a_job_of_another_version_is_told(store: Store) -> None:
    """What can be decrypted but not read is a ValueError."""
    job_id = store.put("accepted")
    store.change(job_id, payload=store.cipher.encrypt(b'{"format":9}\n'))

    with pytest.raises(ValueError, match="not a job of this version"):
        store.ledger.load(job_id)


def test_unfinished_jobs_are_listed_oldest_first(store: Store) -> None:
    """Everything that the org still waits for."""
    now_s = time.time()
    ids = {
        state: store.put(state, number, accepted_at_s=now_s - number)
        for number, state in enumerate(STATES)
    }

    assert store.ledger.unfinished() == [ids[state] for state in reversed(UNFINISHED)]


def test_only_jobs_that_ended_long_ago_are_purged(store: Store) -> None:
    """An unfinished job is never forgotten, however old; a finished one not before its time."""
    old = {state: store.put(state, number) for number, state in enumerate(STATES)}
    young = {state: store.put(state, 50 + number) for number, state in enumerate(STATES)}
    for job_id in old.values():
        store.change(job_id, changed_at_s=time.time() - 101, accepted_at_s=1.0)
    for job_id in young.values():
        store.change(job_id, changed_at_s=time.time() - 50, accepted_at_s=1.0)

    assert store.ledger.purge(older_than_s=100) == 2
    with store.engine.connect() as connection:
        left = set(connection.execute(sa.select(jobs.c.id)).scalars())
    assert left == {*young.values(), *(old[state] for state in UNFINISHED)}
    assert store.ledger.purge(older_than_s=100) == 0


def test_a_database_that_is_away_is_waited_for(store: Store) -> None:
    """A step is tried until the database takes it."""
    job_id = store.put("accepted")
    engine = create_engine(store.url, wait_s=0)
    failures: list[object] = []
    with closing(store.engine.raw_connection()) as blocker:

        def unlock(context: sa.engine.ExceptionContext) -> None:
            failures.append(context.original_exception)
            if len(failures) == 2:
                blocker.rollback()

        sa.event.listen(engine, "handle_error", unlock)
        blocker.cursor().execute("BEGIN IMMEDIATE")
        assert Ledger(engine, store.cipher, relay_id="relay-2").start_invocation(job_id)
    engine.dispose()

    assert len(failures) == 2
    row = store.row(job_id)
    assert (row["state"], row["attempts"], row["runner"]) == ("invoking", 1, "relay-2")


def test_a_closed_store_takes_no_new_job_but_every_step_of_its_own(store: Store) -> None:
    """What was seen after the closing is all that there will be."""
    job_id = store.put("accepted", 0)
    store.ledger.close()

    with pytest.raises(JobNotStored):
        JobStore(store.engine, store.cipher, ROOMY).accept(a_job(1))

    assert store.ledger.unfinished() == [job_id]
    assert store.ledger.start_invocation(job_id)


def test_a_store_is_opened_by_who_starts_on_it(store: Store) -> None:
    """Only the relay was started again, not the container."""
    store.ledger.close()
    store.ledger.open()

    JobStore(store.engine, store.cipher, ROOMY).accept(a_job())
    assert store.ledger.unfinished() == [a_job().job_id]
