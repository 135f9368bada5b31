"""Stores of jobs: a file of SQLite, or a database of a PostgreSQL server of our own."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from localstack.postgres import PostgresServer, running_postgres

KINDS: Final = ("sqlite", "postgres")


@dataclass(frozen=True, kw_only=True)
class Store:
    """Where jobs are kept."""

    env: dict[str, str]
    """What tells proxy and relay so."""
    url: str
    """Of SQLAlchemy."""
    file: Path | None
    """Of SQLite."""
    server: PostgresServer | None

    def rows(self, query: str = "SELECT * FROM function_jobs") -> list[dict[str, Any]]:
        """Return what a query finds in it."""
        with self.database() as connection:
            return [dict(row) for row in connection.execute(sa.text(query)).mappings()]

    @contextlib.contextmanager
    def database(self) -> Iterator[sa.Connection]:
        """Open it for statements that are committed at the end."""
        with sa.create_engine(self.url, poolclass=sa.NullPool).begin() as connection:
            yield connection


def sqlite_store(folder: Path) -> Store:
    """Return a store in a new file."""
    file = folder / "async.sqlite3"
    return Store(env={"ASYNC_DB_PATH": str(file)}, url=f"sqlite:///{file}", file=file, server=None)


def postgres_store(server: PostgresServer) -> Store:
    """Return a store in a new database."""
    url = server.new_database()
    return Store(
        env={"DATABASE_URL": url},
        url=url.replace("postgres://", "postgresql+psycopg://"),
        file=None,
        server=server,
    )


@contextlib.contextmanager
def new_store(kind: str, folder: Path) -> Iterator[Store]:
    """Make an empty store of one of `KINDS` for the length of a ``with`` block.

    Raises:
        NoPostgresError: there is none on this machine.
        NotReadyError: it does not start.
    """
    if kind == "sqlite":
        yield sqlite_store(folder)
        return
    with running_postgres() as server:
        yield postgres_store(server)
