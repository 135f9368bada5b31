"""What happens before a release goes live: bin/release, on a real PostgreSQL."""

import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from localstack import ROOT
from localstack.ports import free_port
from localstack.postgres import PostgresServer
from localstack.settings import settings
from tests.support.postgres import running_postgres

LIMIT_S = 60


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server of our own."""
    with running_postgres() as server:
        yield server


def release(**env: str) -> subprocess.CompletedProcess[str]:
    """Run it as a platform does, for a dyno that has not been started yet."""
    environment = settings(
        org_url="http://127.0.0.1:1", port=free_port(), function_port=free_port(), **env
    )
    del environment["PORT"], environment["FUNCTION_PORT"]
    return subprocess.run(
        [ROOT / "bin" / "release"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["UTF8", "SQL_ASCII"])
def test_release_makes_the_job_store(postgres: PostgresServer, encoding: str) -> None:
    """An empty database has its tables afterwards; a second release finds nothing to do."""
    url = postgres.new_database(encoding)
    for _ in range(2):
        done = release(DATABASE_URL=url)

        assert done.returncode == 0, done.stderr
        assert "the job store is up to date" in done.stdout
    with psycopg.connect(url) as connection:
        query = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'function_jobs'"
        row = connection.execute(query.encode()).fetchone()
    assert row == (1,)


def test_release_without_database_says_what_that_means() -> None:
    """It is allowed, and not what one wants."""
    done = release()

    assert done.returncode == 0, done.stderr
    assert "DATABASE_URL is not set" in done.stdout


@pytest.mark.parametrize("env", [{}, {"DATABASE_URL": "postgres://u:hush@127.0.0.1:1/d"}])
def test_release_stops_at_wrong_settings(env: dict[str, str]) -> None:
    """With a line for each, before anything is touched."""
    done = release(ORG_ID_18="00Dxx", CONSUMER_KEY="", **env)

    assert done.returncode == 2
    assert "ORG_ID_18 must be" in done.stderr
    assert "CONSUMER_KEY is missing" in done.stderr


def test_release_stops_when_the_job_store_is_away() -> None:
    """With a reason, without a traceback, and without the database's password."""
    done = release(DATABASE_URL=f"postgres://u:hush@127.0.0.1:{free_port()}/d")

    assert done.returncode == 1
    assert "the job store does not work: nothing listens" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stdout + done.stderr
