"""Who is alive: each relay process beats in the store, and the others take over when it stops."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from invocation.jobs.store import APPLICATION_VERSION, insert_into, relays
from invocation.jobs.store_trouble import why
from invocation.logs import get_logger

if TYPE_CHECKING:
    import sqlalchemy as sa

    from invocation.settings.config import Config
    from relay.ledger import Ledger

log = get_logger("relay")

BEAT_S: Final = 5.0
DEAD_AFTER_S: Final = 60.0
"""A process that has not beaten for so long is dead, if that is not the database's fault."""
MOST_PURGED: Final = 500
LOOKS: Final = 3
"""So many beats of ours must have seen another one's stand still."""


def new_relay_id() -> str:
    """Return a name for this process that no other one has had."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


class Heartbeat:
    """Beats, and looks after those that do not.

    Args:
        config: says which relay this is, for people, and how long jobs are kept.
        engine: of the store.
        relay_id: see `new_relay_id`.
    """

    def __init__(self, config: Config, engine: sa.Engine, *, relay_id: str) -> None:
        self._config = config
        self._engine = engine
        self._relay_id = relay_id
        self._seen: dict[str, tuple[float, int]] = {}

    def start(self, ledger: Ledger, stopping: threading.Event) -> None:
        """Beat until stopped, in a thread of its own; also take over and forget old jobs."""

        def beat_on() -> None:
            while not stopping.wait(BEAT_S):
                try:
                    self.beat()
                    self.take_over()
                    self._purge(ledger)
                except Exception as error:  # noqa: BLE001 - whatever it is, the heartbeat goes on
                    self._seen.clear()  # others could not beat either
                    log.warning("no heartbeat", cause=why(error))

        threading.Thread(target=beat_on, name="heartbeat", daemon=True).start()

    def beat(self) -> None:
        """Note that this process lives."""
        row = {
            "id": self._relay_id,
            "executor_id": self._config.executor_id,
            "host": _machine(),
            "pid": os.getpid(),
            "beat_at_s": time.time(),
        }
        insert = insert_into(relays, self._engine).values(row)
        with self._engine.begin() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=row))

    def end(self) -> None:
        """Note that this process runs nothing any more."""
        with self._engine.begin() as connection:
            connection.execute(relays.delete().where(relays.c.id == self._relay_id))

    def is_alive(self, relay_id: str | None) -> bool:
        """Tell whether a process may still be running what it has started."""
        try:
            with self._engine.connect() as connection:
                row = connection.execute(relays.select().where(relays.c.id == relay_id)).first()
        except SQLAlchemyError:
            return True  # nothing is known: ask again later
        if row is None or row.id == self._relay_id:
            return False
        return not _is_gone(row) and row.beat_at_s > time.time() - DEAD_AFTER_S

    def take_over(self) -> list[str]:
        """Take up the jobs of processes that are dead; return the processes."""
        # Read before the rows: whoever takes up a job after this has beaten before.
        running = DBOS.list_workflows(
            status="PENDING", app_version=APPLICATION_VERSION, load_input=False, load_output=False
        )
        with self._engine.connect() as connection:
            rows = connection.execute(relays.select()).all()
        dead = {row.id for row in rows if row.id != self._relay_id and self._is_dead(row)}
        # Who has no row any more has stopped in good order, or was found dead by another one.
        known = {row.id for row in rows} | {self._relay_id}
        owners = {each.executor_id for each in running if each.executor_id}
        gone = sorted(owners & dead | owners - known)
        if gone:
            log.warning("taking over from relays that are gone", relays=gone)
            # Conditional on the owner: what another relay has taken up meanwhile stays with it.
            DBOS._recover_pending_workflows(gone)  # noqa: SLF001 - dbos is pinned
        if dead:
            with self._engine.begin() as connection:
                connection.execute(relays.delete().where(relays.c.id.in_(dead)))
        return gone

    def _is_dead(self, row: sa.Row[tuple[object, ...]]) -> bool:
        if _is_gone(row):
            return True
        beat, looks = self._seen.get(row.id, (0.0, 0))
        looks = looks + 1 if beat == row.beat_at_s else 0
        self._seen[row.id] = (row.beat_at_s, looks)
        return row.beat_at_s < time.time() - DEAD_AFTER_S and looks >= LOOKS

    def _purge(self, ledger: Ledger) -> None:
        """Forget what ended long ago: our rows, and those of the queue."""
        kept_s = self._config.async_keep_days * 86_400
        ledger.purge(older_than_s=kept_s)
        before = datetime.fromtimestamp(time.time() - kept_s, UTC).isoformat()
        old = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED"],
            completed_before=before,
            limit=MOST_PURGED,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([workflow.workflow_id for workflow in old])


def _is_gone(row: sa.Row[tuple[object, ...]]) -> bool:
    """Tell whether it was a process of this very machine that has ended."""
    if row.host != _machine():
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    """Return what process ids mean something in: containers can share a host's name."""
    try:
        return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()
