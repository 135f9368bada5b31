"""Stores to measure on: SQLite files, or a PostgreSQL server of this machine with fsync on."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from localstack.postgres import PostgresServer, running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FSYNCS: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """One empty store."""

    url: str
    """``postgres://...``, or the path of an SQLite file."""

    @property
    def settings(self) -> dict[str, str]:
        """What tells proxy and relay to keep their jobs in it."""
        name = "DATABASE_URL" if self.url.startswith("postgres") else "ASYNC_DB_PATH"
        return {name: self.url}


class Stores:
    """Makes empty stores of one kind, all on the same disk.

    Args:
        folder: for SQLite's files.
        server: of PostgreSQL; None: SQLite.
    """

    def __init__(self, folder: Path, server: PostgresServer | None) -> None:
        self._folder = folder
        self._server = server

    def new(self, name: str) -> Store:
        """Return an empty store."""
        if self._server is None:
            return Store(url=str(self._folder / f"{name}.sqlite3"))
        return Store(url=self._server.new_database())


def fsync_ms(folder: Path) -> float:
    """Return how long the disk takes to keep 4 KB for sure; the median of some times."""
    took_s = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(FSYNCS):
            file.write(bytes(4096))
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            took_s.append(time.perf_counter() - started)
    return statistics.median(took_s) * 1000


@contextlib.contextmanager
def running_stores(kind: str, folder: Path) -> Iterator[Stores]:
    """Make stores for the length of a ``with`` block.

    Raises:
        NoPostgresError: there is none on this machine.
        NotReadyError: it does not start.
    """
    if kind == "sqlite":
        yield Stores(folder, None)
        return
    with running_postgres(durable=True) as server:
        yield Stores(folder, server)
