"""What the programs of a container know of each other's calls."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from invocation.function.calls_under_way import FOLDER, CallsUnderWay, Work, work_of

ONE_CALL = """
import sys
from pathlib import Path
from invocation.function.calls_under_way import CallsUnderWay
with CallsUnderWay(Path(sys.argv[1])).one(1.0):
    print("calls", flush=True)
    sys.stdin.read()
"""


def test_calls_of_all_processes_are_counted_together(tmp_path: Path) -> None:
    """Until they end; those of a process that was killed end with it."""
    calls = CallsUnderWay(tmp_path)
    command = [sys.executable, "-c", ONE_CALL, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"calls\n"
        with calls.one(1.0), calls.one(1.0):
            assert work_of(tmp_path).calls == 3
        assert work_of(tmp_path).calls == 1
        other.kill()
    assert work_of(tmp_path).calls == 0
    assert [note.name for note in (tmp_path / FOLDER).iterdir()] == [str(os.getpid())]


def test_bytes_and_deadlines_of_the_calls_are_noted(tmp_path: Path) -> None:
    """One answer that moves shows that the function lives; what is sent shows less."""
    times = iter([10.0, 20.0])
    calls = CallsUnderWay(tmp_path, clock=lambda: next(times))
    with calls.one(130.0), calls.one(120.0):
        calls.moved(came=True)
        assert work_of(tmp_path) == Work(calls=2, moved_s=10.0, heard_s=10.0, deadline_s=130.0)
        calls.moved(came=False)
        assert work_of(tmp_path) == Work(calls=2, moved_s=20.0, heard_s=10.0, deadline_s=130.0)


def test_a_process_without_calls_has_no_deadline(tmp_path: Path) -> None:
    """The relay's last job may have had a quarter of an hour."""
    calls = CallsUnderWay(tmp_path)
    with calls.one(900.0):
        pass

    assert work_of(tmp_path) == Work()


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_note_that_makes_no_sense_counts_nothing(tmp_path: Path, content: bytes) -> None:
    """Whoever shares our user can write there; the watchdog goes on."""
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / str(os.getpid())).write_bytes(content)
    (tmp_path / FOLDER / "name").write_bytes(content)

    assert work_of(tmp_path) == Work()


def test_without_a_container_nothing_is_noted() -> None:
    """As in a debugger."""
    calls = CallsUnderWay(None)
    with calls.one(1.0):
        calls.moved(came=True)
