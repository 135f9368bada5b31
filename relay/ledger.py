"""What is known of each job, kept in the store: every step of its way is written here first."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from cachetools import LRUCache
from sqlalchemy.exc import SQLAlchemyError
from tenacity import Retrying, retry_if_exception_type, wait_random_exponential

from invocation.jobs.encryption import UnreadableError
from invocation.jobs.job import UNFINISHED, Job, JobState
from invocation.jobs.store import CLOSE, OPEN, jobs, metadata
from invocation.logs import get_logger
from relay.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from invocation.jobs.encryption import Cipher

log = get_logger("relay")
T = TypeVar("T")

LONGEST_PAUSE_S: Final = 5
MOST_ENDED: Final = 20_000
"""Delivered jobs whose names are kept in memory: a row that is put back runs no second time."""
LONGEST_REASON: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One job and how far it has come."""

    job: Job
    state: JobState
    attempts: int
    """How often the function was started."""
    deliveries: int
    """How often the outcome was sent to the org."""
    runner: str | None
    """The process that called the function, or wrote the record, last."""
    outcome: Outcome | None
    reason: str | None = None
    """Why the function gave no answer."""


_Name = tuple[str, float]


def _name(job: Job) -> _Name:
    return job.job_id, job.accepted_at_s


def unseal(cipher: Cipher, row: sa.RowMapping) -> tuple[Job, Outcome | None]:
    """Return the job and the outcome, if there is one, that were stored in this very row.

    Encryption alone does not say for which row: who can write to the database, but has no key,
    could swap two rows' payloads or outcomes.

    Raises:
        UnreadableError: no key fits, or it belongs elsewhere.
        ValueError: another version stored it, or the outcome is another job's.
    """
    job = Job.from_bytes(cipher.decrypt(row["payload"]))
    if _name(job) != (row["id"], row["accepted_at_s"]):
        raise UnreadableError("it is another job's, or of another time: its row was changed")
    outcome = row["outcome"]
    return job, Outcome.from_bytes(cipher.decrypt(outcome), job) if outcome else None


class Ledger:
    """Reads and writes entries; waits out a database that is away. Safe to share between threads.

    Args:
        engine: of the store.
        cipher: for payloads and outcomes.
        relay_id: which process this is, see `relay.heartbeat`.
    """

    def __init__(self, engine: sa.Engine, cipher: Cipher, *, relay_id: str) -> None:
        self._engine = engine
        self._cipher = cipher
        self.relay_id = relay_id
        self._ended: LRUCache[_Name, None] = LRUCache(MOST_ENDED)

    def open(self) -> None:
        """Make what is missing of our tables, and let jobs be accepted."""
        metadata.create_all(self._engine)
        if self._engine.dialect.name == "sqlite":
            with self._engine.begin() as connection:
                connection.execute(OPEN)

    def close(self) -> None:
        """Let no proxy accept another job, before the last look at a file that ends with us.

        A proxy that was told to stop may take longer than we do to store one.
        """
        self._patiently(lambda c: c.execute(CLOSE))

    def load(self, job_id: str) -> Entry | None:
        """Return what is known of a job; None when it was dropped or purged.

        Raises:
            UnreadableError: it was stored under a key that is no longer given, or was put into
                this row by somebody else.
            ValueError: it was stored by another version.
        """
        found = self._patiently(
            lambda c: c.execute(jobs.select().where(jobs.c.id == job_id)).mappings().first()
        )
        if found is None or found["payload"] is None:
            return None
        job, outcome = unseal(self._cipher, found)
        if found["state"] in UNFINISHED and _name(job) in self._ended:
            raise UnreadableError("it has ended before: its row was put back")
        return Entry(
            job=job,
            state=found["state"],
            attempts=found["attempts"],
            deliveries=found["deliveries"],
            runner=found["runner"],
            outcome=outcome,
            reason=found["reason"],
        )

    def names(self, job_id: str) -> dict[str, str]:
        """Return what the log calls a job: ``id`` (its ce-id), ``record`` and ``function``.

        Also of a job that can't be read; empty when there is none.
        """
        columns = (
            jobs.c.event_id.label("id"),
            jobs.c.record_id.label("record"),
            jobs.c.function_name.label("function"),
        )
        query = sa.select(*columns).where(jobs.c.id == job_id)
        found = self._patiently(lambda c: c.execute(query).mappings().first())
        return dict(found) if found else {}

    def start_invocation(self, job_id: str) -> bool:
        """Note, before it is called, that the function may have been started."""
        attempts = jobs.c.attempts + 1
        return self._move(
            job_id, (JobState.ACCEPTED,), JobState.INVOKING, attempts=attempts, runner=self.relay_id
        )

    def never_started(self, job_id: str) -> None:
        """Take back `start_invocation`: the function refused the connection."""
        self._move(job_id, (JobState.INVOKING,), JobState.ACCEPTED, attempts=jobs.c.attempts - 1)

    def start_again(self, job_id: str) -> None:
        """Let a job whose function broke be invoked once more."""
        self._move(job_id, (JobState.INVOKING,), JobState.ACCEPTED)

    def answered(self, job: Job, outcome: Outcome, *, reason: str | None = None) -> None:
        """Keep the outcome: from here on the function is never called again for this job.

        Args:
            job: whose outcome it is.
            outcome: what the record will hold.
            reason: why the function gave no answer, when it gave none.
        """
        self._move(
            job.job_id,
            (JobState.ACCEPTED, JobState.INVOKING),
            JobState.ANSWERED,
            outcome=self._cipher.encrypt(outcome.to_bytes(job)),
            status_code=outcome.status,
            reason=reason[:LONGEST_REASON] if reason else None,
        )

    def start_delivery(self, job_id: str, entry: Entry) -> bool:
        """Note, before it is sent, that this process writes the record.

        Returns:
            False when the job has moved on since ``entry`` was loaded: another one may be writing.
        """
        return self._move(
            job_id,
            (JobState.ANSWERED, JobState.DELIVERING),
            JobState.DELIVERING,
            still=jobs.c.deliveries == entry.deliveries,
            deliveries=entry.deliveries + 1,
            runner=self.relay_id,
        )

    def delivered(self, job: Job) -> None:
        """The org has it: nothing of the payload is kept."""
        self._move(job.job_id, UNFINISHED, JobState.DELIVERED, payload=None, outcome=None)
        self._ended[_name(job)] = None

    def dead(self, job_id: str, reason: str) -> None:
        """Give it up, for a person to look at."""
        self._move(job_id, UNFINISHED, JobState.DEAD, reason=reason[:LONGEST_REASON])

    def give_up(self, job_id: str, reason: str) -> JobState:
        """Make it a dead letter, and say so in the log; return what it is then."""
        self.dead(job_id, reason)
        log.error("dead letter", **self.names(job_id), job=job_id, reason=reason)
        return JobState.DEAD

    def unfinished(self) -> list[str]:
        """Return the ids of all jobs that are not at their end, the oldest first."""
        query = (
            sa.select(jobs.c.id).where(jobs.c.state.in_(UNFINISHED)).order_by(jobs.c.accepted_at_s)
        )
        return list(self._patiently(lambda c: c.execute(query).scalars().all()))

    def purge(self, *, older_than_s: float) -> int:
        """Forget jobs that ended longer ago than this many seconds; return how many."""
        query = jobs.delete().where(
            jobs.c.state.in_((JobState.DELIVERED, JobState.DEAD)),
            jobs.c.changed_at_s < time.time() - older_than_s,
        )
        return self._patiently(lambda c: c.execute(query).rowcount)

    def _move(
        self,
        job_id: str,
        states: tuple[JobState, ...],
        state: JobState,
        *,
        still: sa.ColumnElement[bool] | None = None,
        **values: Any,  # noqa: ANN401 - columns
    ) -> bool:
        query = (
            jobs.update()
            .where(jobs.c.id == job_id, jobs.c.state.in_(states))
            .values(state=state, changed_at_s=time.time(), **values)
        )
        if still is not None:
            query = query.where(still)
        return self._patiently(lambda c: c.execute(query).rowcount) == 1

    def _patiently(self, work: Callable[[sa.Connection], T]) -> T:
        """Do ``work`` in a transaction, as often as the database needs to be there.

        Also while the relay stops: to give up would be to lose what is known. The process's end
        ends this too.
        """

        def attempt() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        again = Retrying(
            retry=retry_if_exception_type(SQLAlchemyError),
            wait=wait_random_exponential(multiplier=0.1, max=LONGEST_PAUSE_S),
            reraise=True,
        )
        return again(attempt)
