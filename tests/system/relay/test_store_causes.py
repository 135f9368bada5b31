"""What a job store that does not work is said to lack, by bin/release and by the relay."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from localstack import ROOT
from localstack.ports import free_port
from localstack.postgres import PostgresServer
from localstack.relay import STOP_LIMIT_S, new_relay
from localstack.settings import settings
from localstack.waiting import wait_until
from tests.support.postgres import running_postgres

LIMIT_S = 60.0
"""For what takes a second on a quiet machine."""
PASSWORD = "s3cret%2Fword"
WRONG = "wr0ng-s3cret"
ACCESS = """
host all locked all scram-sha-256
hostssl all secure all trust
host all relay,poor,follower,busy all trust
"""
ROLES = (
    "CREATE ROLE locked LOGIN PASSWORD 's3cret/word'",
    "CREATE ROLE secure LOGIN",
    "CREATE ROLE poor LOGIN",
    "CREATE ROLE follower LOGIN SUPERUSER",
    "ALTER ROLE follower SET default_transaction_read_only = on",
    "CREATE ROLE busy LOGIN CONNECTION LIMIT 0",
)


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[PostgresServer]:
    """A server with a user for each trouble."""
    with running_postgres() as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            for role in ROLES:
                connection.execute(role.encode())
        (server.data / "pg_hba.conf").write_text(ACCESS)
        server.stop()
        server.start()
        yield server


def url(server: PostgresServer, user: str, database: str, query: str = "") -> str:
    """Return how a user reaches a database of the server."""
    return f"postgres://{user}@127.0.0.1:{server.port}/{database}{query}"


def environment(**changed: str) -> dict[str, str]:
    """Return good settings with some changed."""
    env = settings(org_url="http://127.0.0.1:1", port=free_port(), function_port=free_port())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**env, "PATH": path, **changed}


def release(**changed: str) -> subprocess.CompletedProcess[str]:
    """Run bin/release with these settings."""
    return subprocess.run(
        [ROOT / "bin" / "release"],
        cwd=ROOT,
        env=environment(**changed),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def databases(server: PostgresServer) -> set[str]:
    """Return the names of the server's databases."""
    with psycopg.connect(server.url("postgres")) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


CAUSES = {
    "no-database": ("relay", "nodb", "", "the database nodb does not exist"),
    "no-access": ("nobody", "postgres", "", "mend its pg_hba.conf"),
    "wrong-password": (f"locked:{WRONG}", "postgres", "", "the password is wrong"),
    "no-password": ("locked", "postgres", "", "the password is wrong"),
    "no-rights": ("poor", "postgres", "", "lacks rights: give it CREATE on the database"),
    "read-only": ("follower", "postgres", "", "it is read-only: a follower"),
    "too-many": ("busy", "postgres", "", "too many connections"),
    "no-tls": ("relay", "postgres", "?sslmode=require", "offers no TLS"),
    "tls-wanted": ("secure", "postgres", "?sslmode=disable", "add ?sslmode=require"),
    "bad-option": ("relay", "postgres", "?sslmod=require", "no option of PostgreSQL"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_a_release_names_the_cause(server: PostgresServer, name: str) -> None:
    """One line and exit code 1: nothing is released, made, or shown of a password."""
    user, database, query, cause = CAUSES[name]
    before = databases(server)

    done = release(DATABASE_URL=url(server, user, database, query))

    assert done.returncode == 1, done
    (line,) = done.stderr.splitlines()
    assert line.startswith("relay: the job store does not work: ")
    assert cause in line
    assert databases(server) == before
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        ("nowhere.invalid:5432", "the host nowhere.invalid is unknown"),
        ("127.0.0.1:1", "nothing listens at 127.0.0.1 port 1"),
    ],
)
def test_a_release_names_a_wrong_place(where: str, cause: str) -> None:
    """Host and port are told, for they are what has to be mended."""
    done = release(DATABASE_URL=f"postgres://locked:{PASSWORD}@{where}/postgres")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert cause in line
    assert "s3cret" not in done.stdout + done.stderr


def test_the_rights_that_are_asked_for_are_enough(server: PostgresServer) -> None:
    """Whoever grants what the line says can release."""
    database = server.new_database().rpartition("/")[2]
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        connection.execute(f"GRANT CREATE ON DATABASE {database} TO poor".encode())
        connection.execute(b"GRANT CREATE ON SCHEMA public TO poor")

    done = release(DATABASE_URL=url(server, "poor", database))

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["no-database", "read-only", "wrong-password"])
def test_the_relay_waits_and_names_the_cause_once(
    server: PostgresServer, tmp_path: Path, name: str
) -> None:
    """It does not end and start again, prints no traceback, and goes on when all is well."""
    user, database, query, cause = CAUSES[name]
    before = databases(server)
    env = environment(DATABASE_URL=url(server, user, database, query))
    relay = new_relay(env=env, log_path=tmp_path / "log")

    relay.start(wait=False)
    wait_until(lambda: cause in relay.log(), "the cause in the log", limit_s=LIMIT_S)
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute("SELECT pg_sleep(5)")  # it has tried again meanwhile

    assert relay.runs()
    assert relay.log().count(cause) == 1
    assert "Traceback" not in relay.log()
    assert "s3cret" not in relay.log()
    assert databases(server) == before
    if name == "no-database":
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(b"CREATE DATABASE nodb")
        relay.wait_until_ready()
        relay.kill()
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(b"DROP DATABASE nodb WITH (FORCE)")
    else:
        assert relay.terminate(STOP_LIMIT_S) == 0


def test_a_store_that_turns_read_only_is_waited_for(server: PostgresServer, tmp_path: Path) -> None:
    """The relay goes on without an end or a traceback, and works when it can write again."""
    database = server.new_database().rpartition("/")[2]
    relay = new_relay(
        env=environment(DATABASE_URL=url(server, "relay", database)), log_path=tmp_path / "log"
    )
    relay.start()

    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for read_only in ("on", "off"):
            setting = f"ALTER DATABASE {database} SET default_transaction_read_only = {read_only}"
            connection.execute(setting.encode())
            connection.execute(
                b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [database],
            )
            if read_only == "on":
                wait_until(
                    lambda: "it is read-only" in relay.log(),
                    "the cause in the log",
                    limit_s=LIMIT_S,
                )

    def beats() -> int:
        with psycopg.connect(server.url(database)) as connection:
            row = connection.execute(b"SELECT max(beat_at_s) FROM function_relays").fetchone()
        return int(row[0]) if row else 0

    last = beats()
    wait_until(lambda: beats() > last, "a heartbeat", limit_s=LIMIT_S)
    assert relay.runs()
    assert relay.terminate(STOP_LIMIT_S) == 0
    assert "Traceback" not in relay.log()
    assert "SQL" not in relay.log()
    assert relay.log().count("it is read-only") <= 2, "a line for the heartbeat, one for the queue"


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """The same for SQLite, which is made by the relay itself."""
    path = tmp_path / "jobs.sqlite3"
    path.write_bytes(b"no database at all, but long enough to be taken for one" * 50)
    relay = new_relay(env=environment(ASYNC_DB_PATH=str(path)), log_path=tmp_path / "log")

    relay.start(wait=False)
    wait_until(
        lambda: "the file is no database of SQLite" in relay.log(),
        "the cause in the log",
        limit_s=LIMIT_S,
    )

    assert relay.runs()
    assert relay.terminate(STOP_LIMIT_S) == 0


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs a mount")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """A store that can't grow says so, and nothing is promised meanwhile."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mounted, check=False, capture_output=True).returncode:
        pytest.skip("this machine mounts nothing")
    try:
        env = environment(ASYNC_DB_PATH=str(disk / "jobs.sqlite3"))
        relay = new_relay(env=env, log_path=tmp_path / "log")
        relay.start(wait=False)
        wait_until(lambda: "disk" in relay.log(), "the cause in the log", limit_s=LIMIT_S)
        relay.terminate(STOP_LIMIT_S)
    finally:
        subprocess.run(["umount", str(disk)], check=True)

    assert (
        '"cause": "the disk is full' in relay.log() or "the disk fails, or is full" in relay.log()
    )
    assert "Traceback" not in relay.log()
