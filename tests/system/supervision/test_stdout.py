"""The programs start, and their lines arrive, whatever kind of file stdout is, for any uid."""

import contextlib
import os
import pty
import select
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localstack.container import running_container, wait_until_ready
from localstack.org import new_org
from localstack.waiting import wait_until
from orgsim import running

FOREIGN_UID = 54321

Reader = Callable[[], bytes]


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, Reader]]:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb"):
        yield write_end, lambda: _available(read_end)


@contextlib.contextmanager
def _file() -> Iterator[tuple[int, Reader]]:
    with tempfile.TemporaryFile() as file:
        position = 0

        def read() -> bytes:
            nonlocal position
            data = os.pread(file.fileno(), 65536, position)
            position += len(data)
            return data

        yield file.fileno(), read


@contextlib.contextmanager
def _socketpair() -> Iterator[tuple[int, Reader]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield theirs.fileno(), lambda: _available(ours.fileno())


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[int, Reader]]:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0), os.fdopen(theirs, "wb", buffering=0):
        yield theirs, lambda: _available(ours)


@contextlib.contextmanager
def _nowhere() -> Iterator[tuple[int, Reader]]:
    with Path("/dev/null").open("wb") as file:
        yield file.fileno(), lambda: b"listening"


def _available(descriptor: int) -> bytes:
    readable, _, _ = select.select([descriptor], [], [], 0)
    return os.read(descriptor, 65536) if readable else b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start programs as somebody else")
@pytest.mark.parametrize(
    "stdout",
    [
        pytest.param(_pipe, id="pipe"),
        pytest.param(_file, id="file"),
        pytest.param(_socketpair, id="socket"),
        pytest.param(_terminal, id="terminal"),
        pytest.param(_nowhere, id="dev-null"),
    ],
)
def test_programs_start_with_any_stdout_of_another_user(
    stdout: Callable[[], contextlib.AbstractContextManager[tuple[int, Reader]]],
) -> None:
    """A dyno's uid is random and its stdout may belong to root: opening it again would fail."""
    seen = b""
    with (
        running(new_org()) as org_url,
        stdout() as (descriptor, read),
        running_container(org_url, stdout=descriptor, uid=FOREIGN_UID) as container,
    ):
        wait_until_ready(container)

        def told() -> bool:
            nonlocal seen
            seen += read()
            return b"listening" in seen

        wait_until(told, "the proxy's log line on stdout")
