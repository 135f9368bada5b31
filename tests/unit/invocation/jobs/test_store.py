"""Accepting a job: its row and its place in the queue, together or not at all."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS

from invocation.errors import JobNotStored
from invocation.jobs.encryption import Cipher
from invocation.jobs.job import Job
from invocation.jobs.store import JobStore, JsonSerializer, create_engine, jobs, metadata
from localstack.keys import rsa_key
from tests.unit.relay.store import ROOMY, Store, a_job, open_store

CIPHER = Cipher((), private_key=rsa_key())


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        yield store


def rows_of(engine: sa.Engine) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is stored, by table."""
    with engine.connect() as connection:
        return {
            name: [
                dict(row)
                for row in connection.execute(sa.select(sa.text(f"* FROM {name}"))).mappings()
            ]
            for name in sa.inspect(engine).get_table_names()
        }


def test_a_job_gets_a_row_and_a_place_in_the_queue(store: Store) -> None:
    """The row says what a person may see, the queue holds the id and nothing else."""
    job = a_job()

    store.accept(job)

    row = store.row(job.job_id)
    payload = row.pop("payload")
    assert row == {column.name: None for column in jobs.columns if column.name in row} | {
        "id": job.job_id,
        "state": "accepted",
        "function_name": job.function_name,
        "event_id": job.id,
        "record_id": job.record_id,
        "accepted_at_s": job.accepted_at_s,
        "changed_at_s": job.accepted_at_s,
        "attempts": 0,
        "deliveries": 0,
    }
    assert Job.from_bytes(store.cipher.decrypt(payload)) == job
    ((workflow_id, inputs),) = store.queued()
    assert workflow_id.startswith(job.job_id)
    assert inputs == f'{{"args": ["{job.job_id}"], "kwargs": {{}}}}'


def test_the_queue_entry_is_for_the_relay_alone(store: Store) -> None:
    """It names our queue, workflow and version, as JSON: nothing that is unpickled."""
    store.accept(a_job())

    (entry,) = rows_of(store.engine)["workflow_status"]
    expected = {
        "status": "ENQUEUED",
        "name": "run_job",
        "queue_name": "invocations",
        "application_version": "jobs-1",
        "serialization": "json",
    }
    assert expected.items() <= entry.items()


def test_the_same_job_again_changes_nothing(store: Store) -> None:
    """Apex repeats a request whose answer was lost: one row, one entry, the first one's data."""
    first = a_job()
    store.accept(first)
    store.ledger.start_invocation(first.job_id)
    before = rows_of(store.engine)

    store.accept(replace(first, body=b"other", accepted_at_s=time.time()))

    assert rows_of(store.engine) == before


def test_the_same_job_at_once_is_one(store: Store) -> None:
    """Also when both copies arrive together."""
    together = threading.Barrier(4)
    failures: list[BaseException] = []

    def accept() -> None:
        try:
            together.wait()
            store.accept(a_job())
        except BaseException as failure:  # noqa: BLE001 - told by the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=accept) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(store.queued()) == 1


def test_a_forgotten_job_can_be_accepted_again(store: Store) -> None:
    """It was dropped, or purged: what we promise anew is queued anew."""
    job = a_job()
    store.accept(job)
    store.finish_queued()
    with store.engine.begin() as connection:
        connection.execute(jobs.delete())

    store.accept(job)

    assert store.row(job.job_id)["state"] == "accepted"
    assert len(store.queued()) == 1


def test_nothing_of_a_payload_is_readable(store: Store, tmp_path: Path) -> None:
    """Not in the tables, not in the write-ahead log beside them."""
    store.accept(a_job(body=b"marker-of-the-payload", function_context={"x": "marker-of-context"}))

    files = list(tmp_path.iterdir())
    assert len(files) > 1
    assert b"marker-of" not in b"".join(path.read_bytes() for path in files)


def test_rows_are_dated_whatever_sqlite_there_is(store: Store) -> None:
    """By DBOS's expression from Python 3.12 on, which SQLite before 3.42 answers with nothing."""
    dated = sa.text("SELECT unixepoch('subsec') * 1000")
    with store.engine.connect() as connection:
        before_ms = int(time.time() * 1000)
        stamp_ms = connection.execute(dated).scalar_one()
        after_ms = int(time.time() * 1000) + 1

    assert stamp_ms == int(stamp_ms)
    assert before_ms <= stamp_ms <= after_ms


@pytest.mark.parametrize("missing", ["all", "ours", "the queue's"])
def test_without_tables_nothing_is_promised(tmp_path: Path, missing: str) -> None:
    """The relay makes the tables; before that, or when half of them are lost, it is a 503."""
    url = f"sqlite:///{tmp_path}/async.sqlite3"
    engine = create_engine(url)
    if missing == "ours":
        DBOS.migrate(url)
    if missing == "the queue's":
        metadata.create_all(engine)
    try:
        with pytest.raises(JobNotStored) as failure:
            JobStore(engine, CIPHER, ROOMY).accept(a_job())
        assert not any(rows for name, rows in rows_of(engine).items() if "migra" not in name)
    finally:
        engine.dispose()

    assert str(failure.value) == "The invocation could not be stored: try again"


def test_a_store_that_can_not_be_opened_promises_nothing(tmp_path: Path) -> None:
    """The path is a folder, for one."""
    (tmp_path / "async.sqlite3").mkdir()
    engine = create_engine(f"sqlite:///{tmp_path}/async.sqlite3")

    with pytest.raises(JobNotStored):
        JobStore(engine, CIPHER, ROOMY).accept(a_job())
    engine.dispose()


def test_an_unreachable_server_promises_nothing() -> None:
    """Its address and password are not in the message."""
    engine = create_engine("postgresql+psycopg://user:secret@127.0.0.1:1/name", wait_s=2)

    with pytest.raises(JobNotStored) as failure:
        JobStore(engine, CIPHER, ROOMY).accept(a_job())
    engine.dispose()
    assert str(failure.value) == "The invocation could not be stored: try again"


def test_a_locked_store_is_waited_for_but_not_for_long(store: Store) -> None:
    """Another writer that doesn't end: told within the wait, and nothing is left behind."""
    engine = create_engine(store.url, wait_s=1)
    with closing(store.engine.raw_connection()) as blocker:
        blocker.cursor().execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        with pytest.raises(JobNotStored):
            JobStore(engine, store.cipher, ROOMY).accept(a_job())
        took_s = time.monotonic() - start
        blocker.rollback()
    engine.dispose()

    assert 0.4 < took_s < 3
    assert store.queued() == []
    assert rows_of(store.engine)["function_jobs"] == []


def test_too_few_connections_are_told_in_time(store: Store) -> None:
    """All connections in use: no endless wait either."""
    engine = create_engine(store.url, pool_size=1, wait_s=1)
    with engine.connect(), pytest.raises(JobNotStored):
        JobStore(engine, store.cipher, ROOMY).accept(a_job())
    engine.dispose()


def test_a_new_store_is_private_to_us(tmp_path: Path) -> None:
    """The folder of a store's file is made, for its owner only."""
    engine = create_engine(f"sqlite:///{tmp_path}/new/async.sqlite3")
    engine.connect().close()
    engine.dispose()

    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_store_survives_a_loss_of_power(store: Store) -> None:
    """A promise is on the disk: write-ahead log, synchronised at each commit."""
    with store.engine.connect() as connection:
        told = [
            connection.execute(sa.text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        ]

    assert told == ["wal", 2, 2500]


def test_the_queue_keeps_json() -> None:
    """Words and ids come back; an error is its type, since its text may hold anything."""
    serializer = JsonSerializer()

    for value in (None, "delivered", ["a", 1], {"args": ["id"], "kwargs": {}}):
        assert serializer.deserialize(serializer.serialize(value)) == value
    assert serializer.serialize(ValueError("token")) == '"ValueError"'
    assert serializer.name() == "json"
