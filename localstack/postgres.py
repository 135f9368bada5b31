"""A PostgreSQL server of our own: started for a test session, stopped and started again at will."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import psutil
import psycopg

from localstack.ports import free_port
from localstack.waiting import NotReadyError, wait_until

ROLE: Final = "relay"
PACKAGE: Final = "postgresql"
"""What Debian and Ubuntu call it."""
STOP_LIMIT_S: Final = 10


class NoPostgresError(Exception):
    """There is no PostgreSQL server here; the text says how to get one."""


@dataclass(kw_only=True)
class PostgresServer:
    """A server on 127.0.0.1 that keeps its databases while it is stopped."""

    programs: Path
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "100",
            "shared_buffers": "32MB",
        }
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self.process = _popen(command, log.fileno(), self.folder)
        wait_until(self._answers, f"PostgreSQL's start ({self.folder / 'log'})")

    def stop(self) -> None:
        """Stop it at once: connections break, as when its host is gone."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes for the length of a block: nobody answers any more."""
        if self.process is None:
            raise RuntimeError("it does not run")
        main = psutil.Process(self.process.pid)
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

    def url(self, database: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """Where it keeps everything."""
        return self.folder / "data"

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise NotReadyError(f"PostgreSQL has ended: {(self.folder / 'log').read_text()}")
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            return True
        return False


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a new, empty server for the length of a ``with`` block.

    Raises:
        NoPostgresError: there is none on this machine.
        NotReadyError: it does not start.
    """
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(folder, user.pw_uid, user.pw_gid)
        server = PostgresServer(programs=programs, folder=folder, port=free_port())
        command = [str(programs / "initdb"), "-D", str(server.data), "-U", ROLE]
        command += ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        with (folder / "log").open("wb") as log:
            if _popen(command, log.fileno(), folder).wait(60) != 0:
                raise NotReadyError(f"initdb has failed: {(folder / 'log').read_text()}")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _popen(command: list[str], output: int, folder: Path) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL, which refuses to run as root, as nobody."""
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=folder,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL of this machine."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    if found := sorted(versions, key=lambda path: float(path.parents[1].name)):
        return found[-1].parent
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    raise NoPostgresError(f"no PostgreSQL on this machine: apt-get install {PACKAGE}")
