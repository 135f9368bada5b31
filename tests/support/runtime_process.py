"""Start the runtime as users do, and talk to it over sockets."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localstack import ROOT
from localstack.waiting import wait_until
from tests.support.runtime import Answer, headers

COMMAND: Final = [sys.executable, "-m", "salesforce_functions"]
"""The command line, by the module's name."""

DEADLINE_S: Final = 30
"""How long anything may take before a test gives up, in seconds."""

_LEFT_OUT: Final = {
    "PYTHONUNBUFFERED",
    "LOG_FORMAT",
    "FUNCTION_TIMEOUT_S",
    "ASYNC_FUNCTION_TIMEOUT_S",
    "BLOCKED_WARNING_S",
}


def run(*arguments: str, cwd: Path = ROOT, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with some environment variables set."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A running ``serve``."""

    process: subprocess.Popen[bytes]
    """The process that was started."""

    stdout: Path
    """The file its standard output goes to, through a pipe."""

    stderr: Path
    """The file its standard error goes to."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        match = re.search(
            r"^Listening on \S+ port ([0-9]+)$", self.stderr.read_text(), re.MULTILINE
        )
        assert match is not None
        return int(match[1])

    def has_started(self, workers: int) -> bool:
        """Tell whether so many processes serve, or it has failed to."""
        started = self.stderr.read_text().count("Started server process")
        return started >= workers or self.process.poll() is not None

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)

    def invoke(self, data: object = None, **changes: str | None) -> Answer:
        """Invoke the function over a connection of its own."""
        with contextlib.closing(self.connect()) as connection:
            return send(connection, headers(**changes), json.dumps(data).encode())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)


def send(
    connection: http.client.HTTPConnection,
    request_headers: Mapping[str, str],
    body: bytes = b"",
    *,
    method: str = "POST",
    path: str = "/",
) -> Answer:
    """Send one request over a connection and read its answer."""
    encoded = {name: text.encode("latin-1") for name, text in request_headers.items()}
    connection.request(method, path, body=body, headers=encoded)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    return Answer(status=response.status, headers=found, body=response.read())


@contextlib.contextmanager
def serving(project: Path, logs: Path, *, workers: int = 1, **settings: str) -> Iterator[Server]:
    """Serve a project on a free port; on leaving, make sure that nothing is left behind.

    Args:
        project: What is served.
        logs: Where the files with its output are put.
        workers: How many processes serve it.
        settings: Environment variables.
    """
    stdout, stderr = logs / "stdout", logs / "stderr"
    command = [*COMMAND, "serve", str(project), "--host", "127.0.0.1", "-p", "0"]
    # How a server behaves must not depend on how these tests were started.
    env = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    env |= settings
    with (
        stdout.open("wb") as out,
        stderr.open("wb") as err,
        # `cat` makes stdout a pipe, which Python buffers unless told otherwise.
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=out) as cat,
    ):
        process = subprocess.Popen(
            [*command, "-w", str(workers)], stdout=cat.stdin, stderr=err, cwd=ROOT, env=env
        )
        assert cat.stdin is not None
        cat.stdin.close()
        server = Server(process=process, stdout=stdout, stderr=stderr)
        try:
            wait_until(lambda: server.has_started(workers), "the server starts")
            yield server
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
