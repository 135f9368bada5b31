"""The durable part: a DBOS workflow of two steps for each job, and who takes over from whom.

A step that ended is never run again. A step that did not is run again by this relay when it comes
back, or by another one when this one stops beating; `relay.policy` looks up how far it had come.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from dbos import DBOS, DBOSClient

from invocation.jobs.job import JobState
from invocation.jobs.store import (
    APPLICATION,
    APPLICATION_VERSION,
    QUEUE,
    WORKFLOW,
    JsonSerializer,
    enqueue,
    jobs,
)
from invocation.logs import get_logger
from relay.ledger import unseal

if TYPE_CHECKING:
    import sqlalchemy as sa

    from invocation.jobs.encryption import Cipher
    from invocation.jobs.job import Job
    from invocation.settings.config import Config
    from relay.job_runner import JobRunner

log = get_logger("relay")

POLL_S: Final = 0.2
"""How soon an accepted job is taken up."""
MOST_WAITING: Final = 200
"""Jobs in hand besides those that run: they wait for their record's delay, or for the org."""
FOR_OTHERS: Final = 50
"""Of these places, how many one user alone never takes."""
ENDLESS: Final = 1_000_000
"""Recoveries of one job; DBOS gives up after a hundred, and a dyno restarts every day."""

_runner: JobRunner | None = None


def _current() -> JobRunner:
    assert _runner is not None  # noqa: S101 - set before anything is launched
    return _runner


@DBOS.step(name="invoke")
def _invoke(job_id: str) -> str:
    return _current().invoke(job_id)


@DBOS.step(name="deliver")
def _deliver(job_id: str) -> str:
    return _current().deliver(job_id)


@DBOS.workflow(name=WORKFLOW, max_recovery_attempts=ENDLESS)
def _run_job(job_id: str) -> str:
    return _current().guarded(job_id, lambda: (_invoke(job_id), _deliver(job_id))[1])


def launch(config: Config, engine: sa.Engine, runner: JobRunner, *, relay_id: str) -> None:
    """Start taking up jobs; what DBOS calls an executor is one process, see `relay.heartbeat`."""
    global _runner  # noqa: PLW0603 - DBOS finds workflows by name, so they are module-level
    _runner = runner
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_engine": engine,
            "serializer": JsonSerializer(),
            "application_version": APPLICATION_VERSION,
            "executor_id": relay_id,
            "use_listen_notify": False,
            "max_executor_threads": config.async_concurrency + MOST_WAITING + 8,
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=config.async_concurrency + MOST_WAITING,
        # So many of one user (a partition is a user): the rest is for whoever comes.
        partition_worker_concurrency=config.async_concurrency + MOST_WAITING - FOR_OTHERS,
        polling_interval_sec=POLL_S,
        on_conflict="always_update",
    )


def retry(engine: sa.Engine, cipher: Cipher, job_id: str) -> bool:
    """Hand a dead job to the relays once more, with all its time; False when there is none.

    Raises:
        UnreadableError: no key fits what is stored, or it was not stored in this row.
        ValueError: another version stored it.
    """
    client = DBOSClient(
        system_database_engine=engine, serializer=JsonSerializer(), application_name=APPLICATION
    )
    dead = (jobs.c.id == job_id, jobs.c.state == JobState.DEAD, jobs.c.payload.is_not(None))
    with engine.begin() as connection:
        row = connection.execute(jobs.select().where(*dead).with_for_update()).mappings().first()
        if row is None:
            return False
        job, columns = _anew(cipher, row)
        query = jobs.update().where(*dead).values(columns)
        if connection.execute(query).rowcount != 1:
            return False
        enqueue(client, connection, job_id, job.user)
    return True


def _anew(cipher: Cipher, row: sa.RowMapping) -> tuple[Job, dict[str, Any]]:
    """Return a job that begins anew, and its columns; its time is in what is encrypted, too."""
    now_s = time.time()
    job, outcome = unseal(cipher, row)
    job = replace(job, accepted_at_s=now_s)
    columns = {
        "state": JobState.ACCEPTED,
        "payload": cipher.encrypt(job.to_bytes()),
        "reason": None,
        "attempts": 0,
        "accepted_at_s": now_s,
        "changed_at_s": now_s,
    }
    if outcome:  # sent before, the record may hold it already
        columns["state"] = JobState.DELIVERING if row["deliveries"] else JobState.ANSWERED
        columns["outcome"] = cipher.encrypt(outcome.to_bytes(job))
    return job, columns
