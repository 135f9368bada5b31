"""Which relay processes are alive, as the others see it."""

import os
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from invocation.jobs.store import create_engine, relays
from invocation.settings.config import Config
from localstack.keys import rsa_key
from relay.heartbeat import DEAD_AFTER_S, Heartbeat, new_relay_id
from tests.unit.relay.store import Store


def heartbeat_of(store: Store, relay_id: str = "me", **settings: Any) -> Heartbeat:  # noqa: ANN401 - fields of `Config`
    """Return the heartbeat of a process."""
    config = Config(org_id="o", consumer_key="k", private_key=rsa_key(), **settings)
    return Heartbeat(config, store.engine, relay_id=relay_id)


def beaten(store: Store, relay_id: str, **changed: object) -> None:
    """Let another process have beaten just now, elsewhere, but for what is changed."""
    row = {
        "id": relay_id,
        "executor_id": "web.2",
        "host": "elsewhere",
        "pid": 1,
        "beat_at_s": time.time(),
    }
    with store.engine.begin() as connection:
        connection.execute(relays.insert().values(row | changed))


def rows(store: Store) -> dict[str, dict[str, Any]]:
    """Return what is stored of the processes, by relay."""
    with store.engine.connect() as connection:
        return {row["id"]: dict(row) for row in connection.execute(relays.select()).mappings()}


def here(store: Store) -> str:
    """Return what this machine is called in the store."""
    heartbeat_of(store, "here").beat()
    return str(rows(store)["here"]["host"])


def ended_pid() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_each_process_has_a_name_of_its_own() -> None:
    """Also two of one machine, one after the other under the same id."""
    assert len({new_relay_id() for _ in range(100)}) == 100


def test_a_beat_is_stored_once_a_process(store: Store) -> None:
    """The second one takes the first one's place."""
    heartbeat = heartbeat_of(store, executor_id="web.1")
    heartbeat.beat()
    first_s = rows(store)["me"]["beat_at_s"]

    heartbeat.beat()

    (row,) = rows(store).values()
    assert row["beat_at_s"] > first_s
    assert (row["executor_id"], row["pid"]) == ("web.1", os.getpid())
    assert row["host"].startswith(socket.gethostname())


def test_an_end_is_seen_at_once(store: Store) -> None:
    """And takes nobody else with it."""
    first, second = heartbeat_of(store, "first"), heartbeat_of(store, "second")
    first.beat()
    second.beat()

    first.end()

    assert set(rows(store)) == {"second"}
    assert not second.is_alive("first")


@pytest.mark.parametrize(
    ("quiet_s", "alive"),
    [(0.0, True), (DEAD_AFTER_S - 30, True), (DEAD_AFTER_S + 1, False)],
    ids=["fresh", "quiet", "long-ago"],
)
def test_who_beats_is_alive(store: Store, quiet_s: float, alive: bool) -> None:
    """Until it has been quiet for so long that it must be dead."""
    beaten(store, "other", beat_at_s=time.time() - quiet_s)

    assert heartbeat_of(store).is_alive("other") == alive


def test_a_process_of_this_machine_that_has_ended_is_dead_at_once(store: Store) -> None:
    """However fresh its last beat is."""
    beaten(store, "ended", host=here(store), pid=ended_pid())
    beaten(store, "running", host=here(store), pid=os.getpid())
    beaten(store, "elsewhere", pid=ended_pid())

    heartbeat = heartbeat_of(store)
    assert [heartbeat.is_alive(relay_id) for relay_id in ("ended", "running", "elsewhere")] == [
        False,
        True,
        True,
    ]


def test_who_is_unknown_is_not_alive(store: Store) -> None:
    """Nor is nobody; and what this very process has left open, it runs no more."""
    heartbeat = heartbeat_of(store)
    heartbeat.beat()

    assert [heartbeat.is_alive(relay_id) for relay_id in ("unknown", None, "me")] == [False] * 3


def test_without_a_database_nobody_is_dead(store: Store) -> None:
    """A job is not called interrupted because a look failed."""
    engine = create_engine("postgresql+psycopg://u:p@127.0.0.1:1/n", wait_s=2)
    config = Config(org_id="o", consumer_key="k", private_key=rsa_key())

    assert Heartbeat(config, engine, relay_id="me").is_alive("other")
    engine.dispose()
    assert store.url
