"""``bench runtime``: the Python runtime beside the least that a runtime on uvicorn can do."""

from __future__ import annotations

import contextlib
import functools
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.costs import cpu_s
from bench.invocations import function_request
from bench.load import Load
from bench.programs import python, wait_until, wait_until_listening
from bench.rounds import Candidate, Comparison, Rounds, WrongAnswersError
from bench.servers import Server, compare_servers, memory_notes
from localstack import ROOT
from localstack.ports import free_port

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from localstack.programs import Program

CONCURRENCIES: Final = (1, 16)
OURS: Final = "salesforce_functions"
BARE: Final = "bare uvicorn app"
SLOWEST_START: Final = 2.0
LOWEST_THROUGHPUT: Final = 0.8
ANSWER_LIMIT_S: Final = 30.0
ORG_URL: Final = "https://example.my.salesforce.com"
USERS: Final = 50
"""So many call in turn: the runtime remembers what it read about a user."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench can be told."""
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round (%(default)s)")


def run(arguments: argparse.Namespace, rounds: Rounds) -> list[Comparison]:
    """Measure starts, then calls."""
    requests = [function_request(org_url=ORG_URL, user=user) for user in _users()]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        starts = _compare_starts(folder, requests[0], rounds)
        with _servers(folder) as servers:
            calls = [
                compare_servers(
                    f"calls, {concurrency} at once",
                    servers,
                    Load(requests=requests, concurrency=concurrency, seconds=arguments.seconds),
                    rounds,
                    floor=BARE,
                    aim=(OURS, LOWEST_THROUGHPUT),
                )
                for concurrency in CONCURRENCIES
            ]
            calls[-1].notes.extend(memory_notes(servers))
    return [starts, *calls]


def _users() -> Iterator[tuple[str, str]]:
    for number in range(USERS):
        yield f"user{number}@example.com", f"005{number:012d}AAA"


def _start(name: str, port: int, folder: Path) -> Program:
    serve = ("salesforce_functions", "serve", str(ROOT / "bench" / "echo"), "--host", "127.0.0.1")
    commands = {OURS: (*serve, "--port", str(port)), BARE: ("bench.peers.bare_runtime", str(port))}
    return python(name, *commands[name], env={}, folder=folder)


def _compare_starts(folder: Path, request: bytes, rounds: Rounds) -> Comparison:
    candidates = [
        Candidate(name=name, measure=functools.partial(_measure_start, name, folder, request))
        for name in (OURS, BARE)
    ]
    return rounds.compare(
        "from the start of the process to its first 200",
        candidates,
        floor=BARE,
        compared=("start_ms", "start_cpu_ms"),
        aim=(OURS, SLOWEST_START),
    )


def _measure_start(name: str, folder: Path, request: bytes) -> dict[str, float]:
    port = free_port()
    started = time.perf_counter()
    program = _start(name, port, folder)
    with program:
        wait_until(lambda: _is_answered(port, request), program)
        took_s = time.perf_counter() - started
        return {"start_ms": took_s * 1000, "start_cpu_ms": cpu_s(program) * 1000}


def _is_answered(port: int, request: bytes) -> bool:
    """Tell whether a call is answered; False while nobody listens.

    Raises:
        WrongAnswersError: with something else than 200.
    """
    with contextlib.suppress(ConnectionRefusedError):
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_LIMIT_S) as sock:
            sock.sendall(request)
            answer = sock.recv(65_536)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise WrongAnswersError(f"the first call was answered {answer[:80]!r}")
        return True
    return False


@contextlib.contextmanager
def _servers(folder: Path) -> Iterator[list[Server]]:
    ours, bare = free_port(), free_port()
    our_program, bare_program = _start(OURS, ours, folder), _start(BARE, bare, folder)
    with our_program, bare_program:
        wait_until_listening(our_program, ours)
        wait_until_listening(bare_program, bare)
        yield [
            Server(name=OURS, program=our_program, port=ours),
            Server(name=BARE, program=bare_program, port=bare),
        ]
