"""The floor of an accepted job: one row with the payload, durably inserted, and nothing else."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, Protocol

import psycopg

from bench.timed import Timed

BUSY_LIMIT_S: Final = 30.0
_TABLE: Final = "CREATE TABLE IF NOT EXISTS bare (id TEXT PRIMARY KEY, payload {blob} NOT NULL)"


class Connection(Protocol):
    """What of a connection is needed here; each statement is a transaction of its own."""

    def execute(self, query: Any, values: Any = ..., /) -> object:  # noqa: ANN401
        """Run one statement."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Inserts:
    """What is inserted where, by how many at once."""

    url: str
    """``postgres://...``, or the path of an SQLite file."""
    payload: bytes
    count: int
    writers: int
    first_number: int
    """Numbers from here on were not inserted before."""


def insert(inserts: Inserts) -> Timed:
    """Insert the rows and time each; every writer has its own thread and connection."""
    with closing(_connect(inserts.url)) as connection:
        blob = "BYTEA" if _is_postgres(inserts.url) else "BLOB"
        connection.execute(_TABLE.format(blob=blob))
    ready = threading.Barrier(inserts.writers)
    numbers = range(inserts.first_number, inserts.first_number + inserts.count)
    cpu_before = time.process_time()
    with ThreadPoolExecutor(inserts.writers) as writers:
        parts = [numbers[writer :: inserts.writers] for writer in range(inserts.writers)]
        spans = list(writers.map(lambda part: _write(inserts, part, ready), parts))
    every = [span for part in spans for span in part]
    return Timed(
        seconds=max(end for _, end in every) - min(start for start, _ in every),
        latencies_s=[end - start for start, end in every],
        cpu_s=time.process_time() - cpu_before,
    )


def _write(inserts: Inserts, numbers: range, ready: threading.Barrier) -> list[tuple[float, float]]:
    mark = "%s" if _is_postgres(inserts.url) else "?"
    statement = f"INSERT INTO bare (id, payload) VALUES ({mark}, {mark})"  # noqa: S608 - no input
    spans = []
    with closing(_connect(inserts.url)) as connection:
        ready.wait(BUSY_LIMIT_S)
        for number in numbers:
            start = time.perf_counter()
            connection.execute(statement, (f"row-{number}", inserts.payload))
            spans.append((start, time.perf_counter()))
    return spans


def _connect(url: str) -> Connection:
    if _is_postgres(url):
        return psycopg.connect(url, autocommit=True)
    connection = sqlite3.connect(url, timeout=BUSY_LIMIT_S, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _is_postgres(url: str) -> bool:
    return url.startswith("postgres")
