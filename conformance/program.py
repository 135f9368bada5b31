"""Starts the server as the container does, and ends all of it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST: Final = "127.0.0.1"
_WORDS: Final = 300
"""How many characters of its last words are shown."""


class Program:
    """A running server, with all processes that it has started.

    Args:
        process: the first of them, which leads a group of its own.
        output: the file that they write to.
    """

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self._process = process
        self._output = output

    @property
    def exit_code(self) -> int | None:
        """Its exit code once it has ended."""
        return self._process.poll()

    def signal_all(self, number: int) -> None:
        """Signal every process, as a dyno does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def wait(self, limit_s: float) -> int | None:
        """Wait for its end; return its exit code, or nothing when it goes on."""
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None

    def last_words(self) -> str:
        """Return the end of what it has written, as one line."""
        text = self._output.read_text(errors="replace")
        return " ".join(text.split())[-_WORDS:] or "it wrote nothing"


@contextlib.contextmanager
def running(command: str, folder: Path, port: int) -> Iterator[Program]:
    """Run a shell command in a folder for the length of a ``with`` block, with ``PORT`` set."""
    with tempfile.NamedTemporaryFile() as output:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder,
            env=os.environ | {"PORT": str(port), "FUNCTION_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        program = Program(process, Path(output.name))
        try:
            yield program
        finally:
            program.signal_all(signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port
