"""Restarts: only those that help, one at a time in the container, and not too often."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from structlog.testing import capture_logs

from supervision.restart import HUNG_S, MOST_PER_MINUTE, FunctionRestart, needs_restart
from supervision.supervisor import Program, SupervisorUnavailable

if TYPE_CHECKING:
    from supervision.supervisor import Supervisor

START_S = 60.0


def program(state: str = "RUNNING", *, age_s: float = 1000) -> Program:
    """Return what supervisord says."""
    return Program(state=state, age_s=age_s, pid=7)


class Supervised:
    """In place of supervisord: notes what it is told."""

    def __init__(self, state: str = "RUNNING") -> None:
        self.state = state
        self.done: list[str] = []

    def program(self) -> Program:
        """Tell."""
        return program(self.state)

    def stop(self) -> None:
        """Refuse to stop what does not run, as supervisord does."""
        self.done.append("stop")
        if self.state == "BACKOFF":
            raise SupervisorUnavailable("stopProcess: NOT_RUNNING")

    def start(self) -> None:
        """Start it."""
        self.done.append("start")


def restart_of(supervised: Supervised, folder: Path) -> FunctionRestart:
    """Return a process's restarts."""
    return FunctionRestart(cast("Supervisor", supervised), folder)


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Be the process whose turn it is."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield
    os.close(descriptor)


@pytest.mark.parametrize(
    ("seen", "silent_s", "needed"),
    [
        (program("STOPPED"), 0, True),
        (program("EXITED"), 0, True),
        (program("FATAL"), 0, True),
        (program("STARTING"), 100, False),
        (program("BACKOFF"), 100, False),
        (program("STOPPING"), 100, False),
        (program(), HUNG_S, True),
        (program(), HUNG_S - 0.1, False),
        (program(age_s=START_S - 1), HUNG_S, False),
        (program(age_s=START_S), HUNG_S, True),
    ],
)
def test_restart_is_needed_when_it_helps(seen: Program, silent_s: float, needed: bool) -> None:
    """Not while it starts, not while supervisord is at it, and not for being busy a moment."""
    assert needs_restart(seen, start_s=START_S, silent_s=silent_s) == needed


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ("RUNNING", ["stop", "start"]),
        ("BACKOFF", ["stop", "start"]),
        ("STOPPED", ["start"]),
        ("FATAL", ["start"]),
    ],
)
def test_running_function_is_stopped_first(state: str, done: list[str], tmp_path: Path) -> None:
    """There are never two of them."""
    supervised = Supervised(state)

    assert restart_of(supervised, tmp_path).restart(lambda _: True)
    assert supervised.done == done


def test_who_comes_second_does_nothing(tmp_path: Path) -> None:
    """While another process restarts it, and when that has been done."""
    supervised = Supervised()
    restart = restart_of(supervised, tmp_path)
    with held(tmp_path / "function.restarts"):
        assert not restart.restart(lambda _: True)
    assert not restart.restart(lambda _: False)

    assert supervised.done == []


def test_restarts_are_limited_for_all_processes_together(tmp_path: Path) -> None:
    """Whoever knows the org's id can ask for a restart, and could keep the function from work."""
    supervised = Supervised("STOPPED")
    processes = [restart_of(supervised, tmp_path) for _ in range(3)]

    restarted = [each.restart(lambda _: True) for each in processes * 3]

    assert restarted == [True] * MOST_PER_MINUTE + [False] * (9 - MOST_PER_MINUTE)


@pytest.mark.parametrize(
    "text", ["[1, 2, 3]", "[99999999999.0, 99999999999.0, 99999999999.0]", "[1", "{}", "7"]
)
def test_old_times_and_broken_ones_do_not_count(tmp_path: Path, text: str) -> None:
    """A restart an hour ago, a clock that was set back, a file cut off by a crash."""
    (tmp_path / "function.restarts").write_text(text)

    assert restart_of(Supervised("STOPPED"), tmp_path).restart(lambda _: True)


def test_restarts_that_are_too_many_are_logged_once(tmp_path: Path) -> None:
    """``/healthcheck`` tries again four times a second: what goes on being so is no news."""
    restart = restart_of(Supervised("STOPPED"), tmp_path)

    with capture_logs() as log:
        for _ in range(MOST_PER_MINUTE + 40):
            restart.restart(lambda _: True)
        (tmp_path / "function.restarts").write_text("")  # a minute later
        for _ in range(MOST_PER_MINUTE + 40):
            restart.restart(lambda _: True)

    refused = [line for line in log if line["event"] == "function not restarted: too often"]
    assert len(refused) == 2
