"""The durable part: a DBOS workflow of two steps for each job, and who takes over from whom.

A step that ended is never run again. A step that did not is run again by this relay when it comes
back, or by another one when this one stops beating; `relay.run` looks up how far it had come.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from proxy.job_store import (
    APPLICATION,
    APPLICATION_VERSION,
    QUEUE,
    WORKFLOW,
    JsonSerializer,
    enqueue,
    jobs,
    relays,
)

if TYPE_CHECKING:
    from proxy.config import Config
    from relay.ledger import Ledger
    from relay.run import JobRunner

log = structlog.get_logger("relay")

POLL_S: Final = 0.2
"""How soon an accepted job is taken up."""
MOST_WAITING: Final = 200
"""Jobs in hand besides those that run: they wait for their record's delay, or for the org."""
BEAT_S: Final = 5.0
DEAD_AFTER_S: Final = 60.0
"""A relay that has not beaten for so long is taken for dead."""
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


def launch(config: Config, engine: sa.Engine, runner: JobRunner) -> None:
    """Start taking up jobs, those of an earlier run of this relay first."""
    global _runner  # noqa: PLW0603 - DBOS finds workflows by name, so they are module-level
    _runner = runner
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_engine": engine,
            "serializer": JsonSerializer(),
            "application_version": APPLICATION_VERSION,
            "executor_id": config.executor_id,
            "use_listen_notify": False,
            "max_executor_threads": config.async_concurrency + MOST_WAITING + 8,
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=config.async_concurrency + MOST_WAITING,
        polling_interval_sec=POLL_S,
        on_conflict="always_update",
    )


class Heart:
    """Tells the other relays that this one lives, and takes over from those that do not.

    Args:
        config: says who this is.
        engine: of the store.
        ledger: purged from time to time.
        stopping: ends it.
    """

    def __init__(
        self, config: Config, engine: sa.Engine, ledger: Ledger, stopping: threading.Event
    ) -> None:
        self._config = config
        self._engine = engine
        self._ledger = ledger
        self._stopping = stopping

    def start(self) -> None:
        """Beat until stopped, in a thread of its own."""
        threading.Thread(target=self._beat_on, name="heart", daemon=True).start()

    def _beat_on(self) -> None:
        while not self._stopping.is_set():
            try:
                self.beat()
                self.take_over()
                self._ledger.purge(older_than_s=self._config.async_keep_days * 86_400)
            except SQLAlchemyError as error:
                log.warning("no heartbeat", error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - the heart must not stop
                log.warning("no heartbeat", error=type(error).__name__)
            self._stopping.wait(BEAT_S)

    def beat(self) -> None:
        """Note that this relay lives."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        row = {"id": self._config.executor_id, "beat_at_s": time.time()}
        query = dialect.insert(relays).values(row)
        with self._engine.begin() as connection:
            connection.execute(query.on_conflict_do_update(index_elements=["id"], set_=row))

    def take_over(self) -> list[str]:
        """Take up the running jobs of relays that are dead; return their ids."""
        with self._engine.connect() as connection:
            fresh = relays.c.beat_at_s > time.time() - DEAD_AFTER_S
            alive = set(connection.execute(sa.select(relays.c.id).where(fresh)).scalars())
        running = DBOS.list_workflows(
            status="PENDING", app_version=APPLICATION_VERSION, load_input=False, load_output=False
        )
        orphans = [each.workflow_id for each in running if each.executor_id not in alive]
        for workflow_id in orphans:
            log.warning("taken over from a relay that is gone", job=workflow_id)
            DBOS.resume_workflow(workflow_id)
        return orphans


def retry(engine: sa.Engine, job_id: str) -> bool:
    """Hand a dead job to the relays once more; False when there is none of that id."""
    client = DBOSClient(
        system_database_engine=engine, serializer=JsonSerializer(), application_name=APPLICATION
    )
    with engine.begin() as connection:
        found = connection.execute(
            sa.select(jobs.c.runs, jobs.c.outcome).where(
                jobs.c.id == job_id, jobs.c.state == "dead", jobs.c.payload.is_not(None)
            )
        ).first()
        if found is None:
            return False
        state = "answered" if found.outcome else "accepted"
        values: dict[str, Any] = {"state": state, "runs": found.runs + 1, "reason": None}
        values |= {"accepted_at_s": time.time(), "attempts": 0, "changed_at_s": time.time()}
        connection.execute(jobs.update().where(jobs.c.id == job_id).values(values))
        enqueue(client, connection, job_id, run=found.runs + 1)
    return True
