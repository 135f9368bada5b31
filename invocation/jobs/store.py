"""Where accepted jobs are stored: one table of ours, and DBOS's queue beside it.

The row and the queue entry are committed together. The row holds the job, encrypted; the queue
holds its id and nothing else.
"""

from __future__ import annotations

import functools
import json
import sqlite3
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from dbos import DBOSClient
from dbos import Serializer as DbosSerializer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from invocation.errors import JobNotStored
from invocation.jobs.job import UNFINISHED, JobState
from invocation.jobs.store_trouble import why
from invocation.logs import get_logger

if TYPE_CHECKING:
    from invocation.jobs.backlog import Backlog
    from invocation.jobs.encryption import Cipher
    from invocation.jobs.job import Job

log = get_logger("proxy")

QUEUE: Final = "invocations"
WORKFLOW: Final = "run_job"
APPLICATION: Final = "relay"
APPLICATION_VERSION: Final = "jobs-1"
"""Changed only when the workflow's steps change: a relay takes up work of its own version only."""
POOL_SIZE: Final = 4
WAIT_S: Final = 4
"""Longest wait: half of it for a connection, half for what is done with it."""

SUBSECONDS_SINCE: Final = (3, 42)
"""The SQLite that knows ``unixepoch('subsec')``, by which DBOS dates its rows."""

LARGEST_IDLE_WAL: Final = 16 * 1024**2
"""Bytes that SQLite's write-ahead log keeps once it is done with; a burst would stay on disk."""

BOUND_WAITING: Final = sa.select(
    *(
        sa.func.set_config(setting, f"{WAIT_S // 2}s", True)
        for setting in ("lock_timeout", "statement_timeout")
    )
)


class _State(sa.TypeDecorator[JobState]):
    """A job's state as text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: JobState | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return what is stored: drivers adapt text, not each kind of it."""
        return value and JobState(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> JobState | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the state that was stored."""
        return JobState(value) if value else None


metadata = sa.MetaData()
jobs = sa.Table(
    "function_jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("state", _State, nullable=False, index=True),
    sa.Column("function_name", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("accepted_at_s", sa.Double, nullable=False),
    sa.Column("changed_at_s", sa.Double, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("deliveries", sa.Integer, nullable=False, default=0),
    sa.Column("status_code", sa.Integer),
    sa.Column("runner", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("payload", sa.LargeBinary),
    sa.Column("outcome", sa.LargeBinary),
)
relays = sa.Table(
    "function_relays",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("executor_id", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("beat_at_s", sa.Double, nullable=False),
)

CLOSE: Final = sa.text(
    """CREATE TRIGGER IF NOT EXISTS container_is_being_stopped BEFORE INSERT ON function_jobs
    BEGIN SELECT RAISE(ABORT, 'the container is being stopped'); END"""
)
"""Lets SQLite refuse new jobs, in any process: what was committed before can be seen after it."""
OPEN: Final = sa.text("DROP TRIGGER IF EXISTS container_is_being_stopped")


# The ids of org and user, see `Job.user`. As text: Postgres takes two expressions with parameters
# for two different ones, and groups by neither.
_USER: Final[sa.ColumnElement[str]] = sa.literal_column("substr(function_jobs.id, 1, 37)")
BYTES_BY_USER: Final = (
    sa.select(_USER, sa.func.sum(sa.func.length(jobs.c.payload)))
    .where(jobs.c.state.in_((*UNFINISHED, JobState.DEAD)))
    .group_by(_USER)
)


class JsonSerializer(DbosSerializer):
    """DBOS keeps ids and short words of ours as JSON, never pickled objects."""

    def serialize(self, data: Any) -> str:  # noqa: ANN401 - DBOS's signature
        """Return JSON; an exception becomes its type's name, since its text may hold anything."""
        return json.dumps(data, default=lambda value: type(value).__name__)

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: ANN401, N805 - DBOS's signature
        """Return what the JSON says."""
        return json.loads(serialized_data)

    def name(self) -> str:
        """Return what DBOS notes beside each value."""
        return "json"


class JobStore:
    """Accepts jobs; safe to share between threads.

    Args:
        engine: see `create_engine`.
        cipher: for what is stored.
        backlog: what may be stored.
    """

    def __init__(self, engine: sa.Engine, cipher: Cipher, backlog: Backlog) -> None:
        self._engine = engine
        self._cipher = cipher
        self._backlog = backlog
        # Built once: building it costs as much as running it.
        self._insert = insert_into(jobs, engine).on_conflict_do_nothing().returning(jobs.c.id)
        # Threads of their own: no timeout of a driver bounds a server that is frozen, not dead.
        self._workers = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="jobs")

    @functools.cached_property
    def _client(self) -> DBOSClient:
        return DBOSClient(
            system_database_engine=self._engine,
            serializer=JsonSerializer(),
            application_name=APPLICATION,
            lazy=True,
            retry_connection_errors=False,
        )

    def accept(self, job: Job) -> None:
        """Store ``job`` durably; one that is stored already stays as it is.

        Raises:
            JobNotStored: it may not be there; it was not by `WAIT_S`.
            BacklogFull: too much is.
        """
        row = {
            "id": job.job_id,
            "state": JobState.ACCEPTED,
            "function_name": job.function_name,
            "event_id": job.id,
            "record_id": job.record_id,
            "accepted_at_s": job.accepted_at_s,
            "changed_at_s": job.accepted_at_s,
            "payload": self._cipher.encrypt(job.to_bytes()),
        }
        work = self._workers.submit(self._commit, row, job.user)
        try:
            work.result(timeout=WAIT_S)
        except (SQLAlchemyError, TimeoutError) as error:
            work.cancel()
            log.warning("job not stored", id=job.id, cause=why(error))
            raise JobNotStored("The invocation could not be stored: try again") from error

    def _commit(self, row: dict[str, Any], user: str) -> None:
        with self._engine.begin() as connection:
            _bound_waiting(connection)
            self._backlog.add(user, len(row["payload"]), lambda: _bytes_by_user(connection))
            # What it returns tells whether it was new; rowcount tells nothing here.
            if connection.execute(self._insert, row).first():
                enqueue(self._client, connection, row["id"], user)


def _bytes_by_user(connection: sa.Connection) -> dict[str, int]:
    """Return how much is stored of each user; a value's length is known without reading it."""
    return {user: size or 0 for user, size in connection.execute(BYTES_BY_USER)}


def insert_into(table: sa.Table, engine: sa.Engine) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that knows ``ON CONFLICT``, which each dialect has for itself."""
    if engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _bound_waiting(connection: sa.Connection) -> None:
    """Let no lock of Postgres hold a caller; SQLite has its busy timeout."""
    if connection.dialect.name == "postgresql":
        connection.execute(BOUND_WAITING)


def enqueue(client: DBOSClient, connection: sa.Connection, job_id: str, user: str) -> None:
    """Hand a job to the relays, in the caller's transaction, whose row makes it happen once.

    The entry gets an id of its own each time: DBOS would silently drop one that it has had, which
    a job that was forgotten and sent again would have.
    """
    client.enqueue_in_transaction(
        connection,
        {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": f"{job_id}-{uuid.uuid4().hex[:12]}",
            "app_version": APPLICATION_VERSION,
            "queue_partition_key": user,
        },
        job_id,
    )


def create_engine(url: str, *, pool_size: int = POOL_SIZE, wait_s: int = WAIT_S) -> sa.Engine:
    """Return connections to the store, opened when they are needed.

    Args:
        url: of SQLAlchemy, see `Config.job_store_url`.
        pool_size: most connections at once.
        wait_s: half of it is the longest wait for a connection, half that for another writer of
            SQLite.
    """
    common: dict[str, Any] = {"pool_timeout": wait_s / 2, "max_overflow": 0, "pool_size": pool_size}
    if url.startswith("sqlite"):
        Path(str(sa.make_url(url).database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = sa.create_engine(url, poolclass=sa.QueuePool, **common)
        sa.event.listen(engine, "connect", functools.partial(_prepare_sqlite, wait_s))
        return engine
    # Nothing that PgBouncer's transaction mode forbids: prepared statements, start-up options.
    arguments = {
        "client_encoding": "utf8",  # with a database's own, such as SQL_ASCII, text would be bytes
        "connect_timeout": wait_s // 2,
        "prepare_threshold": None,
        "tcp_user_timeout": wait_s * 1000,
        "keepalives_idle": 5 * wait_s,  # a host that vanished is found out in a minute
        "keepalives_interval": wait_s,
        "keepalives_count": 5,
    }
    return sa.create_engine(url, connect_args=arguments, pool_pre_ping=True, **common)


def _prepare_sqlite(wait_s: int, connection: Any, _record: object) -> None:  # noqa: ANN401
    # Locks are taken at the start, as DBOS does: two that read first could not both write later.
    connection.isolation_level = "IMMEDIATE"
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"PRAGMA journal_size_limit={LARGEST_IDLE_WAL}")
    connection.execute(f"PRAGMA busy_timeout={wait_s * 500}")
    if sqlite3.sqlite_version_info < SUBSECONDS_SINCE:
        # From Python 3.12 on DBOS asks for this; an older SQLite, as in Debian 12, answers NULL.
        connection.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(modifier: str) -> float:
    if modifier != "subsec":
        raise ValueError(modifier)
    return round(time.time(), 3)  # whole milliseconds: INTEGER columns keep nothing else
