"""A real store of jobs on SQLite, as the relay makes it, and jobs to put into it."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from dbos import DBOS

from invocation.jobs.backlog import Backlog
from invocation.jobs.encryption import Cipher
from invocation.jobs.job import Job
from invocation.jobs.store import JobStore, create_engine, jobs
from invocation.org.caller import Caller
from invocation.org.names import OrgUrl
from localstack.keys import rsa_key
from relay.ledger import Ledger
from relay.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

ORG_ID: Final = "00Dxx0000006IYJEA2"
CALLER: Final = Caller(
    org_id=ORG_ID,
    user_id="005xx000001X8UzAAK",
    username="admin@example.com",
    org_url=OrgUrl("https://mycompany.my.salesforce.com"),
)
ROOMY: Final = Backlog(most=1024**3, most_of_one=1024**3)
OUTCOME: Final = Outcome(status=200, extra_info="%7B%22a%22%3A1%7D", text='"done"')
UNFINISHED: Final = ("accepted", "invoking", "answered", "delivering")
STATES: Final = (*UNFINISHED, "delivered", "dead")


def a_job(number: int = 0, **changed: Any) -> Job:  # noqa: ANN401 - as `replace` takes them
    """Return a job, accepted a minute ago; those with other numbers are other jobs."""
    record_id = f"a00xx000000bz{number:02d}AAA"
    job = Job(
        job_id=f"{ORG_ID}-{CALLER.user_id}-{record_id}",
        id=f"{ORG_ID}-4Y4W3Lw_-{record_id}-MyFunction",
        source=f"urn:event:from:salesforce/xx/{ORG_ID}/apex",
        function_name="MyProject.MyFunction",
        record_id=record_id,
        namespace="",
        api_version="57.0",
        caller=CALLER,
        permission_sets=(),
        accepted_at_s=time.time() - 60,
        passed_on=(("content-type", "application/json"), ("ce-id", "id-1")),
        function_context={"functionName": "MyProject.MyFunction"},
        salesforce_context={"apiVersion": "57.0", "userContext": {"namespace": ""}},
        body=b'{"html":"<p>Hi</p>"}',
    )
    return replace(job, **changed)


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """A store and the ways to it."""

    url: str
    engine: sa.Engine
    cipher: Cipher
    ledger: Ledger

    def accept(self, job: Job) -> str:
        """Store a job as the proxy does; return its id."""
        JobStore(self.engine, self.cipher, ROOMY).accept(job)
        return job.job_id

    def put(self, state: str, number: int = 0, **changed: Any) -> str:  # noqa: ANN401 - see `a_job`
        """Store a job and bring it to a state by the ledger's own steps; return its id."""
        job_id = self.accept(a_job(number, **changed))
        if state != "accepted":
            self.ledger.start_invocation(job_id)
        if state in {"answered", "delivering", "delivered"}:
            self.ledger.answered(self.job(job_id), OUTCOME)
        if state in {"delivering", "delivered"}:
            entry = self.ledger.load(job_id)
            assert entry
            self.ledger.start_delivery(job_id, entry)
        if state == "delivered":
            self.ledger.delivered(self.job(job_id))
        if state == "dead":
            self.ledger.dead(job_id, "the test says so")
        assert self.row(job_id)["state"] == state
        return job_id

    def job(self, job_id: str) -> Job:
        """Return a job as it is stored."""
        entry = self.ledger.load(job_id)
        assert entry
        return entry.job

    def row(self, job_id: str) -> dict[str, Any]:
        """Return what is stored of a job."""
        with self.engine.connect() as connection:
            found = connection.execute(jobs.select().where(jobs.c.id == job_id)).mappings().one()
        return dict(found)

    def change(self, job_id: str, **values: object) -> None:
        """Overwrite columns of a job."""
        with self.engine.begin() as connection:
            connection.execute(jobs.update().where(jobs.c.id == job_id).values(values))

    def queued(self) -> list[tuple[str, str]]:
        """Return the queue's entries that wait: workflow ids and the job each is about."""
        query = sa.text(
            "SELECT s.workflow_uuid, i.inputs FROM workflow_status s JOIN workflow_input i"
            " USING (workflow_uuid) WHERE s.status = 'ENQUEUED' ORDER BY s.workflow_uuid"
        )
        with self.engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(query)]

    def finish_queued(self) -> None:
        """Let all queue entries have been carried out."""
        with self.engine.begin() as connection:
            connection.execute(sa.text("UPDATE workflow_status SET status = 'SUCCESS'"))


@functools.cache
def _empty_store() -> bytes:
    """Return a store's file as `python -m relay migrate` makes it; once, since it takes a while."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "async.sqlite3"
        url = f"sqlite:///{path}"
        DBOS.migrate(url)
        engine = create_engine(url)
        Ledger(engine, Cipher((), private_key=rsa_key()), relay_id="relay-0").open()
        engine.dispose()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            return connection.serialize()


@contextlib.contextmanager
def open_store(folder: Path, *, wait_s: int = 5) -> Iterator[Store]:
    """Make a store in a folder and close it at the end."""
    path = folder / "async.sqlite3"
    path.write_bytes(_empty_store())
    url = f"sqlite:///{path}"
    engine = create_engine(url, wait_s=wait_s)
    cipher = Cipher((), private_key=rsa_key())
    ledger = Ledger(engine, cipher, relay_id="relay-1")
    try:
        yield Store(url=url, engine=engine, cipher=cipher, ledger=ledger)
    finally:
        engine.dispose()
