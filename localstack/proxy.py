"""Start the proxy as a real process, against an org and a function on this machine."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3

from localstack.programs import Program

_MODULE: Final = ("-m", "proxy")
_FEW_FILES: Final = (
    "import resource, runpy, sys; files = int(sys.argv.pop());"
    " resource.setrlimit(resource.RLIMIT_NOFILE, (files, files));"
    " runpy.run_module('proxy', run_name='__main__')"
)


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
        env: its whole environment, see `localstack.settings`.
        listener: what it accepts connections from, as supervisord would give it; else its own.
        most_files: how many files it may have open; else as many as we may.
    """
    program = Program(
        name="the proxy",
        command=[sys.executable, *(["-c", _FEW_FILES, str(most_files)] if most_files else _MODULE)],
        env=env,
        log_path=folder / f"proxy-{env['PORT']}.log",
        stdin=listener.fileno() if listener else subprocess.DEVNULL,
    )
    with urllib3.PoolManager(maxsize=120) as http, program as process:
        proxy = ProxyProcess(
            url=f"http://127.0.0.1:{env['PORT']}",
            port=int(env["PORT"]),
            process=process,
            log_path=program.log_path,
            http=http,
        )
        try:
            program.wait_until(lambda: _answers(proxy))
            yield proxy
        finally:
            http.clear()  # it waits a moment for idle connections


def _answers(proxy: ProxyProcess) -> bool:
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        return proxy.get("/livez").status == 200
    return False
