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
from relay.heartbeat import DEAD_AFTER_S, Heart, new_boot
from tests.support.keys import rsa_key
from tests.unit.relay.store import Store


def heart_of(store: Store, boot: str = "me", **settings: Any) -> Heart:  # noqa: ANN401 - fields of `Config`
    """Return the heart of a process."""
    config = Config(org_id="o", consumer_key="k", private_key=rsa_key(), **settings)
    return Heart(config, store.engine, boot=boot)


def beaten(store: Store, boot: str, **changed: object) -> None:
    """Let another process have beaten just now, elsewhere, but for what is changed."""
    row = {
        "id": boot,
        "executor_id": "web.2",
        "host": "elsewhere",
        "pid": 1,
        "beat_at_s": time.time(),
    }
    with store.engine.begin() as connection:
        connection.execute(relays.insert().values(row | changed))


def rows(store: Store) -> dict[str, dict[str, Any]]:
    """Return what is stored of the processes, by boot."""
    with store.engine.connect() as connection:
        return {row["id"]: dict(row) for row in connection.execute(relays.select()).mappings()}


def here(store: Store) -> str:
    """Return what this machine is called in the store."""
    heart_of(store, "here").beat()
    return str(rows(store)["here"]["host"])


def ended_pid() -> int:
    """Return the id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_each_process_has_a_name_of_its_own() -> None:
    """Also two of one machine, one after the other under the same id."""
    assert len({new_boot() for _ in range(100)}) == 100


def test_a_beat_is_stored_once_a_process(store: Store) -> None:
    """The second one takes the first one's place."""
    heart = heart_of(store, executor_id="web.1")
    heart.beat()
    first_s = rows(store)["me"]["beat_at_s"]

    heart.beat()

    (row,) = rows(store).values()
    assert row["beat_at_s"] > first_s
    assert (row["executor_id"], row["pid"]) == ("web.1", os.getpid())
    assert row["host"].startswith(socket.gethostname())


def test_an_end_is_seen_at_once(store: Store) -> None:
    """And takes nobody else with it."""
    first, second = heart_of(store, "first"), heart_of(store, "second")
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

    assert heart_of(store).is_alive("other") == alive


def test_a_process_of_this_machine_that_has_ended_is_dead_at_once(store: Store) -> None:
    """However fresh its last beat is."""
    beaten(store, "ended", host=here(store), pid=ended_pid())
    beaten(store, "running", host=here(store), pid=os.getpid())
    beaten(store, "elsewhere", pid=ended_pid())

    heart = heart_of(store)
    assert [heart.is_alive(boot) for boot in ("ended", "running", "elsewhere")] == [
        False,
        True,
        True,
    ]


def test_who_is_unknown_is_not_alive(store: Store) -> None:
    """Nor is nobody; and what this very process has left open, it runs no more."""
    heart = heart_of(store)
    heart.beat()

    assert [heart.is_alive(boot) for boot in ("unknown", None, "me")] == [False] * 3


def test_without_a_database_nobody_is_dead(store: Store) -> None:
    """A job is not called interrupted because a look failed."""
    engine = create_engine("postgresql+psycopg://u:p@127.0.0.1:1/n", wait_s=2)
    config = Config(org_id="o", consumer_key="k", private_key=rsa_key())

    assert Heart(config, engine, boot="me").is_alive("other")
    engine.dispose()
    assert store.url
