"""A PostgreSQL server of our own: started for a test session, stopped and started again at will."""

import contextlib
import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import psutil
import psycopg

from localstack.ports import free_port
from localstack.programs import Program, inherited

ROLE: Final = "relay"
PACKAGE: Final = "postgresql"
"""What Debian and Ubuntu call it."""
INIT_LIMIT_S: Final = 60
STOP_LIMIT_S: Final = 10


class NoPostgresError(Exception):
    """There is no PostgreSQL server here; the text says how to get one."""


@dataclass(kw_only=True)
class PostgresServer:
    """A server on 127.0.0.1 that keeps its databases while it is stopped."""

    program: Program
    """``postgres``."""
    port: int

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self.program.start()
        self.program.wait_until(self._answers)

    def stop(self) -> None:
        """Stop it at once: connections break, as when its host is gone."""
        if self.program.process is None:
            return
        self.program.process.send_signal(signal.SIGQUIT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.program.process.wait(STOP_LIMIT_S)
        self.program.kill()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes for the length of a block: nobody answers any more."""
        main = psutil.Process(self.program.running().pid)
        main.suspend()
        children = main.children(recursive=True)
        try:
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.suspend()
            yield
        finally:
            for process in (*children, main):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def new_database(self, encoding: str = "UTF8") -> str:
        """Return the URL of an empty database, as Heroku writes it."""
        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            options = f"TEMPLATE template0 ENCODING '{encoding}'"
            connection.execute(f'CREATE DATABASE "{name}" {options}'.encode())
        return self.url(name)

    @property
    def data(self) -> Path:
        """Where it keeps everything."""
        return self.program.cwd / "data"

    def url(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            return True
        return False


@contextlib.contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a new, empty server for the length of a ``with`` block.

    Args:
        durable: whether it waits for its disk, as it does by default; else it is faster.

    Raises:
        NoPostgresError: there is none on this machine.
        NotReadyError: it does not start.
    """
    programs = _programs()
    # It refuses to run as root.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        of_postgres = functools.partial(
            Program, env=inherited(), log_path=folder / "log", cwd=folder, user=user
        )
        initdb = of_postgres(name="initdb", command=[str(programs / "initdb"), *_init(folder)])
        with initdb:
            initdb.wait(INIT_LIMIT_S)
        port = free_port()
        command = [str(programs / "postgres"), *_options(folder, port, durable=durable)]
        server = PostgresServer(program=of_postgres(name="PostgreSQL", command=command), port=port)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _init(folder: Path) -> list[str]:
    how = ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    return ["-D", str(folder / "data"), "-U", ROLE, *how]


def _options(folder: Path, port: int, *, durable: bool) -> list[str]:
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder)}
    if not durable:
        options |= {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}
    settings = [f"--{name}={value}" for name, value in options.items()]
    return ["-D", str(folder / "data"), "-p", str(port), *settings]


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL of this machine."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    if found := sorted(versions, key=lambda path: float(path.parents[1].name)):
        return found[-1].parent
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    raise NoPostgresError(f"no PostgreSQL on this machine: apt-get install {PACKAGE}")
