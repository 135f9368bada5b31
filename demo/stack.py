"""Starts the simulated org and the container's programs, and stops every one of them."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import requests

from demo.keys import load_key_pair

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from rich.console import Console

ORG_ID: Final = "00Dxx0000006IYJEA2"
CONSUMER_KEY: Final = "3MVG9.demo.connected.app"
ADMIN: Final = ("admin@example.com", "005xx000001X8UzAAK")
JOE: Final = ("joe@example.com", "005xx000001X8V0AAK")
PERMISSION_SET: Final = "MyPermissionSet"
START_LIMIT_S: Final = 30.0
STOP_LIMIT_S: Final = 30.0


class NotReadyError(Exception):
    """A program did not come up; the text says which and shows the end of its log."""


class Program:
    """One started program, its output kept in a file."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._following = threading.Event()
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop it in order.
        self.process = subprocess.Popen(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self.process.stdout is not None  # noqa: S101 - for the type checker: PIPE was asked for
        log.touch()
        self._copier = threading.Thread(target=self._copy, args=(self.process.stdout,), daemon=True)
        self._copier.start()

    def _copy(self, output: IO[bytes]) -> None:
        with self.log.open("wb", buffering=0) as file, output:
            for line in output:
                file.write(line)
                if self._following.is_set():
                    sys.stdout.buffer.write(line)
                    sys.stdout.flush()

    def follow(self) -> None:
        """Show its further output until it ends."""
        self._following.set()
        self.process.wait()

    def tail(self) -> str:
        """Return the last lines of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def stop(self) -> None:
        """Ask it to end, and make it end."""
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._copier.join(STOP_LIMIT_S)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stack:
    """Everything that runs."""

    org_url: str
    proxy_url: str
    function_port: int
    container: Program

    def follow_log(self) -> None:
        """Show what the container prints until it ends."""
        self.container.follow()


@contextmanager
def running_stack(root: Path, console: Console) -> Iterator[Stack]:
    """Start the org, then supervisord with proxy and function; stop both at the end.

    Raises:
        NotReadyError: one of them did not come up in time.
    """
    local = root / ".local"
    keys = load_key_pair(local)
    logs = local / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    org_port, port, function_port = _free_ports(8765, 3000, 8080)
    org_url, proxy_url = f"http://127.0.0.1:{org_port}", f"http://127.0.0.1:{port}"
    seed = local / "org.json"
    seed.write_text(json.dumps(org_seed(keys.public_pem.decode()), indent=2))
    run_dir = tempfile.mkdtemp(prefix="functions-")
    settings = {
        "PORT": str(port),
        "FUNCTION_PORT": str(function_port),
        "ORG_ID_18": ORG_ID,
        "ORG_DOMAIN_URL": org_url,
        "CONSUMER_KEY": CONSUMER_KEY,
        "ENCODED_PRIVATE_KEY": base64.b64encode(keys.private_pem).decode(),
        "RUN_DIR": run_dir,
    }
    env = {name: value for name, value in os.environ.items() if name != "DYNO"} | settings
    with ExitStack() as cleanup:
        cleanup.callback(shutil.rmtree, run_dir, ignore_errors=True)
        with console.status("starting the simulated org"):
            org = Program(
                "the simulated org",
                [sys.executable, "-m", "orgsim", "--port", str(org_port), "--seed", str(seed)],
                env | {"PYTHONPATH": str(root)},
                logs / "orgsim.log",
            )
            cleanup.callback(org.stop)
            _wait(org, f"{org_url}/_orgsim/counters")
        with console.status("starting supervisord: proxy, function and relay"):
            container = Program(
                "the container", [str(root / "bin" / "start")], env, logs / "container.log"
            )
            cleanup.callback(container.stop)
            _wait(container, f"{proxy_url}/readyz")
            _wait_for_line(container, "running jobs")
        yield Stack(
            org_url=org_url, proxy_url=proxy_url, function_port=function_port, container=container
        )


def _wait(program: Program, url: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and program.process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(0.05)
    raise NotReadyError(f"{program.name} did not come up; its log ends:\n{program.tail()}")


def _wait_for_line(program: Program, line: str) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and program.process.poll() is None:
        if line in program.log.read_text(errors="replace"):
            return
        time.sleep(0.05)
    raise NotReadyError(f"{program.name} never said {line!r}; its log ends:\n{program.tail()}")


def _free_ports(*wished: int) -> list[int]:
    """Return the wished ports where they are free, other free ones where not."""
    with ExitStack() as held:
        ports = []
        for wish in wished:
            sock = held.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", wish))
            except OSError:
                sock.bind(("127.0.0.1", 0))
            ports.append(sock.getsockname()[1])
        return ports


def org_seed(public_key_pem: str) -> dict[str, object]:
    """Return the seed of an org that lets the demo's users use the demo's app."""
    return {
        "org": {"id": ORG_ID, "name": "Acme (simulated)"},
        "users": [{"username": name, "id": user_id} for name, user_id in (ADMIN, JOE)],
        "permission_sets": [{"name": PERMISSION_SET, "assigned_to": [ADMIN[0]]}],
        "connected_apps": [
            {
                "consumer_key": CONSUMER_KEY,
                "public_key_pem": public_key_pem,
                "approved_users": [ADMIN[0], JOE[0]],
            }
        ],
    }
