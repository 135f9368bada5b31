"""Stores to measure on: SQLite files, or a PostgreSQL server of this machine with fsync on."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from bench.programs import Program, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: Final = ("sqlite", "postgres")
ROLE: Final = "bench"
INIT_LIMIT_S: Final = 60
FSYNCS: Final = 200


class NoPostgresError(Exception):
    """There is no PostgreSQL server here; the text says how to get one."""


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
        server_url: of PostgreSQL without a database; None: SQLite.
    """

    def __init__(self, folder: Path, server_url: str | None) -> None:
        self._folder = folder
        self._server_url = server_url

    def new(self, name: str) -> Store:
        """Return an empty store."""
        if self._server_url is None:
            return Store(url=str(self._folder / f"{name}.sqlite3"))
        with psycopg.connect(f"{self._server_url}/postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return Store(url=f"{self._server_url}/{name}")


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
    # Of its own, since it runs as another user when we are root.
    with (
        tempfile.TemporaryDirectory(prefix="bench-postgres-") as name,
        _postgres(Path(name)) as url,
    ):
        yield Stores(folder, url)


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """Run a new server as it comes, so with fsync; it refuses to be root's."""
    programs = _programs()
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, log = folder / "data", folder / "log"
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", ROLE, "--auth=trust"]
    with Program("initdb", initdb, env={}, log=log, user=account) as program:
        program.wait(INIT_LIMIT_S)
    port = free_port()
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder)]
    with Program("PostgreSQL", command, env={}, log=log, user=account) as program:
        url = f"postgres://{ROLE}@127.0.0.1:{port}"
        wait_until(lambda: _answers(f"{url}/postgres"), program)
        yield url


def _answers(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL of this machine."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    if found := sorted(versions, key=lambda path: float(path.parents[1].name)):
        return found[-1].parent
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    raise NoPostgresError("no PostgreSQL on this machine: apt-get install postgresql")
