"""A PostgreSQL server of our own, or a skipped test."""

import contextlib
from collections.abc import Iterator

import pytest

from localstack import postgres


@contextlib.contextmanager
def running_postgres() -> Iterator[postgres.PostgresServer]:
    """Run a new, empty server for the length of a ``with`` block; skip when there is none here."""
    with contextlib.ExitStack() as running:
        try:
            server = running.enter_context(postgres.running_postgres())
        except postgres.NoPostgresError as missing:
            pytest.skip(str(missing))
        yield server
