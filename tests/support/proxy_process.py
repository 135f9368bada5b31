"""Start the proxy as a real process, against an org and a function on this machine."""

import base64
import contextlib
import functools
import itertools
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from orgsim import SimulatedOrg

ROOT: Final = Path(__file__).resolve().parents[2]
ORG_ID: Final = "00Dxx0000006IYJEA2"
CONSUMER_KEY: Final = "3MVG9.test.consumer.key"
START_LIMIT_S: Final = 90.0
"""Also on a machine with ten other programs at work; nothing is measured by it."""
_MODULE: Final = ("-m", "proxy")
_FEW_FILES: Final = (
    "import resource, runpy, sys; files = int(sys.argv.pop());"
    " resource.setrlimit(resource.RLIMIT_NOFILE, (files, files));"
    " runpy.run_module('proxy', run_name='__main__')"
)


@functools.cache
def private_key() -> rsa.RSAPrivateKey:
    """Return the one key of the connected app; making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem() -> bytes:
    """Return the key as the proxy is given it."""
    return private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem() -> str:
    """Return the key as the org knows it."""
    public = private_key().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def new_org() -> SimulatedOrg:
    """Return an org with admin and joe, two permission sets of admin's, and our connected app."""
    org = SimulatedOrg.built_in()
    users = ["admin@example.com", "joe@example.com"]
    org.add_permission_set("PermissionSetA", assigned_to=users)
    org.add_permission_set("PermissionSetB", assigned_to=users)
    org.add_app(CONSUMER_KEY, public_pem(), approved_users=users)
    return org


_ports = itertools.cycle(random.sample(range(20_000, 32_000), 12_000))


def free_port() -> int:
    """Return a port that nobody listens on.

    Tests run in several processes: each takes its own way through ports that no kernel gives to an
    outgoing connection, so nobody else takes one before it is used.
    """
    while True:
        port = next(_ports)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def wait_until(condition: Callable[[], bool], what: str, *, limit_s: float = START_LIMIT_S) -> None:
    """Wait for a condition.

    Raises:
        AssertionError: it did not come true in time.
    """
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {limit_s} s"
        time.sleep(0.02)


def settings(*, org_url: str, port: int, function_port: int, **more: str) -> dict[str, str]:
    """Return the environment of a proxy that talks to ``org_url``; nothing of ours leaks in."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "PORT": str(port),
        "FUNCTION_PORT": str(function_port),
        "ORG_ID_18": ORG_ID,
        "ORG_DOMAIN_URL": org_url,
        "CONSUMER_KEY": CONSUMER_KEY,
        "ENCODED_PRIVATE_KEY": base64.b64encode(private_pem()).decode(),
        "FUNCTION_HOLD_S": "0",  # what waits for a function that is down says so itself
        **more,
    }


@dataclass(frozen=True, kw_only=True)
class ProxyProcess:
    """A running proxy and the client to talk to it."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log_path: Path
    http: urllib3.PoolManager

    def post(
        self, path: str, headers: dict[str, str], body: bytes = b"{}", *, limit_s: float = 30
    ) -> urllib3.BaseHTTPResponse:
        """Send one request, as Apex does, without repeating it."""
        return self.http.request(
            "POST", self.url + path, headers=headers, body=body, retries=False, timeout=limit_s
        )

    def get(self, path: str, headers: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        """Ask for one of the health routes."""
        return self.http.request("GET", self.url + path, headers=headers, retries=False, timeout=10)

    def log(self) -> str:
        """Return everything that it printed."""
        return self.log_path.read_text()


@contextlib.contextmanager
def running_proxy(
    folder: Path,
    env: dict[str, str],
    *,
    listener: socket.socket | None = None,
    most_files: int | None = None,
) -> Iterator[ProxyProcess]:
    """Run ``python -m proxy`` for the length of a ``with`` block.

    Args:
        folder: where its output goes.
        env: its whole environment, see `settings`.
        listener: what it accepts connections from, as supervisord would give it; else its own.
        most_files: how many files it may have open; else as many as we may.
    """
    log_path = folder / f"proxy-{env['PORT']}.log"
    with log_path.open("wb") as log, urllib3.PoolManager(maxsize=120) as http:
        process = subprocess.Popen(
            [sys.executable, *(["-c", _FEW_FILES, str(most_files)] if most_files else _MODULE)],
            cwd=ROOT,
            env=env,
            stdin=listener.fileno() if listener else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        proxy = ProxyProcess(
            url=f"http://127.0.0.1:{env['PORT']}",
            port=int(env["PORT"]),
            process=process,
            log_path=log_path,
            http=http,
        )
        try:
            wait_until(lambda: _answers(proxy), f"the proxy's start ({log_path})")
            yield proxy
        finally:
            http.clear()  # it waits a moment for idle connections
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(proxy: ProxyProcess) -> bool:
    assert proxy.process.poll() is None, proxy.log()
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        return proxy.get("/livez").status == 200
    return False
