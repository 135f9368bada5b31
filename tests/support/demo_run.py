"""Runs ``python -m demo`` in a copy of what it needs, as after a clone."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from localstack import ROOT
from localstack.ports import free_port
from localstack.waiting import wait_until

LIMIT_S: Final = 400
_PARTS: Final = (
    *("bin", "demo", "function", "invocation", "localstack", "orgsim", "proxy", "relay"),
    *("requirements", "salesforce_functions", "supervision"),
)
OTHER_SERVER: Final = """
import http.server, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b'{"other":true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
"""A function without a runtime."""
PROJECT: Final = '[com.salesforce]\nsalesforce-api-version = "56.0"\n'


def copy_of_ours(folder: Path) -> Path:
    """Copy what the demo needs into a folder, without ``.local/``, as after a clone.

    Compiled modules come along: to compile all of ours for each test would only cost time.
    """
    for part in _PARTS:
        shutil.copytree(ROOT / part, folder / part)
    for name in ("supervisord.conf", "Makefile"):
        shutil.copy(ROOT / name, folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def write_function(folder: Path, main: str) -> Path:
    """Write a function's project."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.py").write_text(main)
    (folder / "project.toml").write_text(PROJECT)
    return folder


def returning(expression: str) -> str:
    """Return the source of a function that returns the value of an expression."""
    return f"async def function(event, context):\n    return {expression}\n"


@dataclass(frozen=True, kw_only=True)
class DemoRun:
    """A running demo.

    Attributes:
        ours: the copy that it runs in.
        ports: that it was told to use.
    """

    ours: Path
    process: subprocess.Popen[bytes]
    output_path: Path
    ports: dict[str, int] = field(default_factory=dict)

    def output(self) -> str:
        """Return everything that it printed."""
        return self.output_path.read_text(errors="replace")

    def wait_for(self, text: str, *, times: int = 1) -> None:
        """Wait until it has printed a text."""

        def was_printed() -> bool:
            assert self.process.poll() is None or self.output().count(text) >= times, self.output()
            return self.output().count(text) >= times

        wait_until(was_printed, f"{text!r}", limit_s=LIMIT_S)

    def line(self, beginning: str) -> str:
        """Return the first line that it printed with a beginning."""
        return next(line for line in self.output().splitlines() if line.startswith(beginning))

    def answer(self) -> object:
        """Call the function by the line of curl that it printed; return what it answers."""
        done = subprocess.run(
            ["bash", "-c", self.line("curl -i ").replace("curl -i", "curl -s")],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=True,
        )
        return json.loads(done.stdout)

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)


def own_ports() -> dict[str, int]:
    """Return ports that nobody has."""
    return {name: free_port() for name in ("PORT", "FUNCTION_PORT", "ORG_PORT")}


def environment(ports: dict[str, int], **more: str) -> dict[str, str]:
    """Return what a demo is started with."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return inherited | {name: str(port) for name, port in ports.items()} | more


def check(ours: Path, what: str = "check", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a demo that ends by itself."""
    try:
        return subprocess.run(
            [ours / ".venv/bin/python", "-m", "demo", what],
            cwd=ours,
            env=environment(own_ports()) | env,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        end_all_in(ours.parent)
        raise


@contextlib.contextmanager
def running_demo(ours: Path, ports: dict[str, int] | None = None, **env: str) -> Iterator[DemoRun]:
    """Run a demo for the length of a ``with`` block; afterwards nothing of it is left."""
    ports = own_ports() if ports is None else ports
    output = ours.parent / f"output-{ports.get('PORT')}-{len(list(ours.parent.iterdir()))}"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [ours / ".venv/bin/python", "-m", "demo", "run"],
            cwd=ours,
            env=environment(ports, **env),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    run = DemoRun(ours=ours, process=process, output_path=output, ports=ports)
    try:
        yield run
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LIMIT_S)
        process.kill()
        process.wait()
        end_all_in(ours.parent)


def end_all_in(folder: Path) -> None:
    """Leave nothing behind when a test has failed."""
    for left in processes_in(folder):
        with contextlib.suppress(psutil.Error):
            left.kill()


def processes_in(folder: Path) -> list[psutil.Process]:
    """Return the processes that run in a folder or below, which ours and functions do."""
    found = []
    for process in psutil.process_iter(["cwd", "status"]):
        cwd = process.info["cwd"]
        if cwd and Path(cwd).is_relative_to(folder) and process.pid != os.getpid():
            found.append(process)
    return found


def described(processes: list[psutil.Process]) -> list[str]:
    """Return their command lines, for a message."""
    lines = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            lines.append(" ".join(process.cmdline()))
    return lines
