"""The log of proxy, relay and watchdog: whole lines of JSON, whatever becomes of stdout."""

import contextlib
import fcntl
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from invocation.log_lines import LONGEST_LINE, PATIENCE_S, LineWriter
from localstack import ROOT

pytestmark = pytest.mark.slow

LIMIT_S = 60
START = """
import logging, sys, threading, warnings
import structlog
from invocation.logs import configure_logging
configure_logging("INFO")
log = structlog.get_logger("proxy")
"""
FLOOD = 200
"""Lines of half a page: more than a pipe of 64 KiB holds."""


def start(code: str, stdout: int = PIPE) -> "subprocess.Popen[bytes]":
    """Run code in a process that logs as our programs do."""
    command = [sys.executable, "-c", START + code]
    return subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=stdout, stderr=PIPE)


def logged(code: str) -> list[dict[str, Any]]:
    """Return the lines that such a process writes."""
    with start(code) as process:
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, b"")
    return [json.loads(line) for line in out.splitlines()]


@contextlib.contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """Make a pipe; give its ends."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            with contextlib.suppress(OSError):
                os.close(end)


def read_all(descriptor: int) -> bytes:
    """Return what is in a pipe now."""
    got = b""
    while select.select([descriptor], [], [], 0)[0] and (part := os.read(descriptor, 1 << 17)):
        got += part
    return got


def test_lines_of_many_threads_are_whole_and_all_there() -> None:
    """However long they are; whoever copies the pipe, as supervisord does, gets no half of one."""
    code = """
def write(writer):
    for number in range(100):
        log.info("x" * (number * 61 % 9000), writer=writer, number=number)
threads = [threading.Thread(target=write, args=[writer]) for writer in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    got = []
    with start(code) as process:
        assert process.stdout
        while part := os.read(process.stdout.fileno(), 1 << 17):
            assert part.endswith(b"\n")
            got += [json.loads(line) for line in part.splitlines()]

    assert process.returncode == 0
    seen = [(line["writer"], line["number"]) for line in got]
    assert sorted(seen) == [(writer, number) for writer in range(16) for number in range(100)]


def test_a_full_pipe_stops_nobody_and_the_loss_is_told() -> None:
    """Who logs waits a second at most, also if it is many; what was lost is counted in the log."""
    code = f"""
def write(writer):
    for number in range({FLOOD}):
        log.info("x" * 2000, writer=writer)
threads = [threading.Thread(target=write, args=[writer]) for writer in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
sys.stderr.write("went on\\n"); sys.stderr.flush()
sys.stdin.readline()
log.info("there is room again")
"""
    with start(code) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline() == b"went on\n"
        before = read_all(process.stdout.fileno())
        rest, err = process.communicate(b"\n", timeout=LIMIT_S)

    written = [json.loads(line) for line in before.splitlines()]
    told = [json.loads(line) for line in rest.splitlines()]
    assert err == b""
    assert 0 < len(written) < 8 * FLOOD
    assert [line["message"] for line in told] == ["log lines were lost", "there is room again"]
    assert told[0]["lines"] + len(written) == 8 * FLOOD
    assert (told[0]["level"], told[0]["logger"]) == ("warning", "log")


def test_a_loss_is_told_at_the_end_too() -> None:
    """A process that logs nothing more says it when it ends, if somebody reads by then."""
    code = f"""
for number in range({FLOOD}): log.info("x" * 2000)
sys.stderr.write("went on\\n"); sys.stderr.flush()
sys.stdin.readline()
logging.shutdown()
"""
    with start(code) as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline() == b"went on\n"
        written = len(read_all(process.stdout.fileno()).splitlines())
        rest, _ = process.communicate(b"\n", timeout=LIMIT_S)

    assert json.loads(rest)["lines"] == FLOOD - written


def test_a_pipe_stays_as_it_is_for_others() -> None:
    """Who shares it, such as a child or a shell, would fail if its writes no longer waited."""
    with pipe() as (_, end):
        writer = LineWriter(end, lambda count: b"%d\n" % count)
        writer.write(b"x\n")

        assert not fcntl.fcntl(end, fcntl.F_GETFL) & os.O_NONBLOCK


def test_a_pipe_that_nobody_reads_any_more_stops_nobody() -> None:
    """The work goes on without a log, and without a traceback for each line."""
    code = """
sys.stdin.readline()
for _ in range(9): log.info("x")
print("ok", file=sys.stderr)
"""
    with start(code) as process:
        assert process.stdout
        process.stdout.close()
        process.stdout = None
        _, err = process.communicate(b"\n", timeout=LIMIT_S)

    assert (process.returncode, err) == (0, b"ok\n")


def test_no_stdout_at_all_stops_nobody() -> None:
    """As with ``>&-``."""
    code = 'import os\nos.close(1)\nconfigure_logging("INFO")\nlog.info("x")\n'

    assert logged(code) == []


def test_lines_of_two_processes_follow_each_other_in_a_file(tmp_path: Path) -> None:
    """Redirected into one file, nothing is overwritten."""
    path = tmp_path / "log"
    with path.open("ab") as file:
        processes = [
            start(f'for n in range(300): log.info("x" * n, writer={writer})', file.fileno())
            for writer in range(2)
        ]
    for process in processes:
        process.communicate(timeout=LIMIT_S)

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert sorted(line["writer"] for line in lines) == [0] * 300 + [1] * 300


def test_a_full_socket_stops_nobody_either() -> None:
    """What can't be opened anew is asked for room first."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        writer = LineWriter(ours.fileno(), lambda count: b"lost %d\n" % count)
        began = time.monotonic()

        def write() -> None:
            for _ in range(2000):
                writer.write(b"x" * 4000)

        done = threading.Thread(target=write, daemon=True)
        done.start()
        done.join(LIMIT_S)

        assert not done.is_alive()
        assert time.monotonic() - began >= PATIENCE_S
        theirs.settimeout(PATIENCE_S)
        got = 0
        with contextlib.suppress(TimeoutError):
            while True:
                got += len(theirs.recv(1 << 16))
        writer.write(b"again\n")
        assert theirs.recv(100) == b"lost %d\nagain\n" % (2000 - got // 4000)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("'a' + 'x' * 100_000 + 'z'", id="text"),
        pytest.param("'a' + chr(0x1F600) * 5000 + 'z'", id="every-character-is-twelve"),
        pytest.param("'a' + chr(0) * 5000 + 'z'", id="control-characters"),
        pytest.param("'a' + chr(0xD800) * 5000 + 'z'", id="surrogates"),
    ],
)
def test_a_long_value_loses_its_middle(value: str) -> None:
    """A line fits into one write, and is JSON still; the beginning and the end are kept."""
    (line,) = logged(f"log.info('event', id='an-id', value={value})")

    assert len(json.dumps(line)) < LONGEST_LINE
    assert (line["message"], line["id"], line["level"]) == ("event", "an-id", "info")
    assert line["value"][0] + line["value"][-1] == "az"
    assert " characters] " in line["value"]


def test_of_a_long_list_the_end_is_kept() -> None:
    """Of a stack of frames the innermost is the one that matters."""
    (line,) = logged("log.info('bug', frames=[f'/a/file.py:{n} name' for n in range(1000)])")

    assert len(json.dumps(line)) < LONGEST_LINE
    assert line["frames"][-1] == "/a/file.py:999 name"
    assert line["frames"][0].startswith("[cut: ")


def test_of_too_many_values_those_that_say_what_it_was_are_kept() -> None:
    """Nothing that is logged makes a longer line."""
    (line,) = logged("log.info('e' * 9000, id='an-id', **{f'n{n}': 'x' * 50 for n in range(500)})")

    assert len(json.dumps(line)) < LONGEST_LINE
    assert (line["id"], line["level"], line["logger"]) == ("an-id", "info", "proxy")
    assert line["message"].startswith("eee")


def test_a_value_that_can_not_be_shown_fails_nobody() -> None:
    """A line says whose it was."""
    code = """
class Odd:
    def __repr__(self): raise RuntimeError("secret")
log.info("event", value=Odd())
log.info("event", value=b"bytes")
"""
    first, second = logged(code)

    assert first["message"] == "a log line could not be made"
    assert (first["of"], first["error"]) == ("proxy", "RuntimeError")
    assert second["value"] == "b'bytes'"


LIBRARIES = {
    "logging": 'logging.getLogger("other").warning("%s %d", "told", 7)',
    "dbos": """
from dbos import DBOS
from dbos._logger import dbos_logger, init_logger
init_logger()
dbos_logger.warning("told 7")
""",
    "warnings": 'warnings.warn("told 7")',
}


@pytest.mark.parametrize("code", LIBRARIES.values(), ids=list(LIBRARIES))
def test_libraries_log_in_the_same_form(code: str) -> None:
    """One line of JSON each, on stdout."""
    (line,) = logged(code)

    assert "told 7" in line["message"]
    assert line.keys() >= {"level", "logger", "timestamp", "message"}


ERRORS = {
    "library": """
try: fail()
except ValueError: logging.getLogger("other").exception("event")
""",
    "ours": """
try: fail()
except ValueError: log.exception("event")
""",
    "thread": "thread = threading.Thread(target=fail); thread.start(); thread.join()",
}


@pytest.mark.parametrize("code", ERRORS.values(), ids=list(ERRORS))
def test_of_an_error_its_class_and_place_are_told(code: str) -> None:
    """In one line; its text may hold a token."""
    (line,) = logged(f'def fail(): raise ValueError("secret")\n{code}')

    assert line["error"] == "ValueError"
    assert line["frames"][-1].endswith(" fail")
    assert "secret" not in json.dumps(line)


def test_an_end_by_a_bug_is_one_line() -> None:
    """What nobody caught is told like any other bug, and the process fails as it would have."""
    with start('raise ValueError("secret")') as process:
        out, err = process.communicate(timeout=LIMIT_S)

    assert (process.returncode, err) == (1, b"")
    line = json.loads(out)
    assert (line["message"], line["error"], line["level"]) == ("bug", "ValueError", "error")
    assert "secret" not in out.decode()
