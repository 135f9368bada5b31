"""What is set about asynchronous invocations: their store, how they run and are delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from invocation.settings import job_store, parsers
from invocation.settings.setting import BOTH, PROXY, RELAY, number, setting, whole

if TYPE_CHECKING:
    from pathlib import Path

MIB: Final = 1024 * 1024
STORED: Final = 512 * MIB


@dataclass(frozen=True, kw_only=True)
class JobSettings:
    """What is set about asynchronous invocations: their store, how they run and are delivered."""

    async_db_path: Path | None = setting(
        "ASYNC_DB_PATH", job_store.file, None, by=BOTH, shown="`async.sqlite3` in `RUN_DIR`"
    )
    """without `DATABASE_URL`: an SQLite file; jobs survive process crashes"""

    job_store_url: str = setting(
        "DATABASE_URL", job_store.url, "sqlite:///async.sqlite3", by=BOTH, shown="none", secret=True
    )
    """Postgres for accepted jobs, `postgres://user:password@host:5432/name`, with `@` in a password
    written as `%40`. The database must exist; they survive dyno restarts, and several dynos share
    them"""

    async_keys: tuple[str, ...] = setting(
        "ASYNC_KEYS",
        parsers.fernet_keys,
        (),
        by=BOTH,
        shown="derived from the private key",
        secret=True,
    )
    """Fernet keys for stored jobs, comma-separated, the newest first; `python -c 'from
    cryptography.fernet import Fernet as F; print(F.generate_key().decode())'` makes one"""

    async_concurrency: int = whole("ASYNC_CONCURRENCY", 10, (1, 200), by=RELAY)
    """functions that one relay runs at once"""

    async_function_timeout_s: float = number(
        "ASYNC_FUNCTION_TIMEOUT_S", 900, (0.1, 86400), by=RELAY
    )
    """longest run of a function; a Python function is ended 2 s before"""

    async_invoke_attempts: int = whole("ASYNC_INVOKE_ATTEMPTS", 1, (1, 10), by=RELAY)
    """how often a function may be started for one job; above 1 it must be idempotent"""

    async_delivery_delay_s: float = number("ASYNC_DELIVERY_DELAY_S", 2, (0, 60), by=RELAY)
    """earliest write to the record after the 201: older Apex writes PENDING right after it"""

    async_delivery_hours: float = number("ASYNC_DELIVERY_HOURS", 24, (0.001, 240), by=RELAY)
    """how long a function or an org that is away is waited for"""

    async_keep_days: float = number("ASYNC_KEEP_DAYS", 7, (0.01, 365), by=RELAY)
    """how long ids and states of ended jobs are kept"""

    async_max_bytes: int = whole("ASYNC_MAX_BYTES", STORED, (2 * MIB, 1024 * 1024 * MIB), by=PROXY)
    """most bytes of stored jobs that are not at their end, compressed; beyond it `/async` is 503"""

    async_max_user_bytes: int = setting(
        "ASYNC_MAX_USER_BYTES", job_store.max_user_bytes, STORED // 2, by=PROXY, shown="half of it"
    )
    """the same of one user"""

    executor_id: str = setting(
        "ASYNC_EXECUTOR_ID",
        job_store.relay_name,
        "local",
        by=RELAY,
        shown="`DYNO`, else the host's name",
    )
    """which relay this is; two relays on one database need two"""

    store_lasts: bool = setting(
        "ASYNC_DB_LASTS", job_store.lasts, True, by=BOTH, shown="`no` on Heroku, else `yes`"
    )
    """whether that file outlives this container; with `no`, unfinished jobs are told to the org
    before it stops"""
