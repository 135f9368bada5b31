import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from localstack.stores import Store
from localstack.waiting import wait_until
from tests.system.relay.site import HELD_S, Site

ON_POSTGRES = pytest.mark.parametrize("store", ["postgres"], indirect=True, scope="session")
LIMIT_S = 5.5
"""Five seconds for the store, and a little for everything else."""


@contextlib.contextmanager
def store_away(store: Store) -> Iterator[None]:
    """Stop the server, or hold the file's only lock for writing, for the length of a block."""
    if store.server:
        store.server.stop()
        try:
            yield
        finally:
            store.server.start()
        return
    assert store.file
    with contextlib.closing(sqlite3.connect(store.file, isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_nothing_is_promised_without_the_store(site: Site) -> None:
    """No 201 without a stored job: 503 within five seconds; /sync works on; all recovers."""
    site.outcome(site.send())
    with store_away(site.store):
        began = time.monotonic()
        refused = site.send(expected=503)
        assert time.monotonic() - began < LIMIT_S
        assert refused.answer.headers["Retry-After"].isdigit()
        began = time.monotonic()
        assert site.call_sync().status == 200
        assert time.monotonic() - began < 1

    wait_until(lambda: site.send_again(refused).status == 201, "recovery")
    assert site.outcome(refused, limit_s=20)["Status__c"] == "SUCCESS"
    assert len(site.runs(refused)) == 1


def test_crowd_without_the_store(site: Site) -> None:
    """Many at once wait no longer than one, and take no place of synchronous calls."""
    identity = site.identity()
    slowest: list[float] = []

    def send() -> None:
        began = time.monotonic()
        site.send(identity=identity, expected=503)
        slowest.append(time.monotonic() - began)

    with store_away(site.store):
        crowd = [threading.Thread(target=send) for _ in range(20)]
        for thread in crowd[:4]:
            thread.start()
        time.sleep(1.0)  # the rest comes when these wait already
        for thread in crowd[4:]:
            thread.start()
        assert site.call_sync().status == 200
        for thread in crowd:
            thread.join()

    assert len(slowest) == 20
    assert max(slowest) < LIMIT_S


def test_store_away_during_the_function_call(site: Site) -> None:
    """The answer of a function that ran is kept until it can be stored, and the job ends."""
    site.function.delay_s = HELD_S
    call = site.send()
    site.wait_for_run(call)

    with store_away(site.store):
        site.release_function()
        time.sleep(0.5)  # so that the relay meets the outage with the answer in its hands

    assert site.outcome(call, limit_s=30)["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1


def test_sigterm_while_the_store_is_away(site: Site) -> None:
    """An answer that came during an outage survives a stop in it, or is reported; none is lost."""
    site.function.delay_s = HELD_S
    call = site.send()
    site.wait_for_run(call)
    assert site.relay.process

    with store_away(site.store):
        site.relay.process.terminate()
        site.release_function()
        time.sleep(1.0)  # so that storing the answer fails at least once
    site.relay.process.wait(25)
    site.relay.process = None
    site.relay.start()

    assert site.outcome(call, limit_s=30)["Status__c"] in {"SUCCESS", "ERROR"}
    assert len(site.runs(call)) == 1


@ON_POSTGRES
def test_locked_table(site: Site) -> None:
    """A table that somebody else has locked is a store that is away."""
    with psycopg.connect(site.env["DATABASE_URL"]) as connection:
        connection.execute("LOCK TABLE function_jobs IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        refused = site.send(expected=503)
        took_s = time.monotonic() - began
        connection.rollback()

    assert took_s < LIMIT_S
    assert refused.answer.headers["Retry-After"]


@ON_POSTGRES
def test_frozen_server(site: Site) -> None:
    """A server that keeps its connections and answers nothing is a store that is away."""
    identity = site.identity()
    site.outcome(site.send(identity=identity))
    assert site.store.server
    took_s: list[float] = []

    def send() -> None:
        began = time.monotonic()
        site.send(identity=identity, expected=503)
        took_s.append(time.monotonic() - began)

    with site.store.server.frozen():
        crowd = [threading.Thread(target=send) for _ in range(12)]
        for thread in crowd:
            thread.start()
        assert site.call_sync().status == 200
        for thread in crowd:
            thread.join()

    assert len(took_s) == 12
    assert max(took_s) < LIMIT_S
    site.outcome(site.send(identity=identity), limit_s=30)


@ON_POSTGRES
def test_relay_waits_for_a_store_that_is_away_at_its_start(site: Site) -> None:
    """supervisord gives a program up that keeps ending: the relay waits for its store instead."""
    site.relay.kill()
    with store_away(site.store):
        site.relay.start(wait=False)
        time.sleep(2.0)  # longer than a start takes
        assert site.relay.runs(), site.relay.log()[-2000:]
    site.relay.wait_until_ready()

    site.outcome(site.send())


def test_store_holds_no_secret(site: Site) -> None:
    """Whoever gets hold of the store finds no token, no key and nothing of a payload."""
    site.restart_relay(ASYNC_DELIVERY_DELAY_S="60")
    site.function.body = b'{"answer":"magic-answer"}'
    call = site.send(b'{"question":"magic-question"}', permission_sets=("PermissionSetA",))
    (received,) = site.wait_for_run(call)
    site.wait_for_state(call, "answered")
    minted = [session.token for session in site.org.sessions.alive()]
    secrets = [b"magic-question", b"magic-answer", b"accessToken", call.token.encode()]
    secrets += [token.encode() for token in minted]
    secrets += [site.env["ENCODED_PRIVATE_KEY"][200:240].encode(), b"PRIVATE KEY"]

    stored = _bytes_of(site.store)
    logged = site.relay.log().encode() + site.proxy.log().encode()

    assert received.body == b'{"question":"magic-question"}'
    assert call.record_id.encode() in stored
    assert [secret for secret in secrets if secret in stored] == []
    assert [secret for secret in secrets if secret in logged] == []
    site.restart_relay(ASYNC_DELIVERY_DELAY_S="0")
    site.outcome(call)
    job = site.job(call)
    assert (job["payload"], job["outcome"]) == (None, None)


@ON_POSTGRES
def test_finished_jobs_are_forgotten(site: Site) -> None:
    """After ASYNC_KEEP_DAYS nothing of a job is left, also not in the queue's own tables."""
    call = site.send()
    site.outcome(call)
    job_id = site.job(call)["id"]
    left = f"SELECT * FROM dbos.workflow_status WHERE workflow_uuid LIKE '{job_id}%'"  # noqa: S608
    wait_until(
        lambda: [r["status"] for r in site.store.rows(left)] == ["SUCCESS"], "the workflow's end"
    )
    site.restart_relay(ASYNC_KEEP_DAYS="0.01")
    past = time.time() - 900
    with site.store.database() as connection:
        connection.exec_driver_sql(f"UPDATE function_jobs SET changed_at_s={past}")  # noqa: S608
        connection.exec_driver_sql(
            f"UPDATE dbos.workflow_status SET completed_at={int(past * 1000)},"  # noqa: S608
            f" created_at={int(past * 1000)}, updated_at={int(past * 1000)}"
        )

    wait_until(lambda: not site.job(call), "our row's end")
    wait_until(lambda: not site.store.rows(left), "the queue's row's end")


def _bytes_of(store: Store) -> bytes:
    if store.server:
        with psycopg.connect(store.env["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        folder = store.server.data
        files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
        return b"".join(path.read_bytes() for path in files if os.access(path, os.R_OK))
    assert store.file
    return b"".join(path.read_bytes() for path in Path(store.file).parent.iterdir())
