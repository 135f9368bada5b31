"""The benches run and say what they measured; how fast anything is, is not asked here."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from signal import SIGINT, SIGTERM
from subprocess import DEVNULL, PIPE

import psutil
import pytest

from bench.load import Load, send
from bench.rounds import Candidate, Rounds, WrongAnswersError, values_of
from bench.timed import percentile
from localstack import ROOT
from localstack.waiting import wait_until
from tests.support.fake_function import FakeFunction, fake_function

LIMIT_S = 90
PROGRAMS = 6
"""Of `bench sync`: the load's process with its helper, the org, a function, and two more."""
TINY = ("--rounds", "1", "--seconds", "0.1")
REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def function() -> Iterator[FakeFunction]:
    """Something that answers."""
    with fake_function() as function:
        yield function


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one bench to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (
            ("sync",),
            ("/sync, warm, 16 at once", "64 at once", "proxy, then function", "static app", "RSS"),
        ),
        (("runtime",), ("its first 200", "calls, 16 at once", "salesforce_functions", "aim: ")),
        (
            ("jobs", "--store", "sqlite", "--count", "8"),
            ("sqlite: jobs accepted, 8 at once", "201 to PATCH", "bare insert", "fsync"),
        ),
    ],
    ids=lambda value: value[0],
)
def test_bench_prints_its_table(arguments: tuple[str, ...], shown: tuple[str, ...]) -> None:
    """Each bench measures against its floor, exits 0 and prints a table, and nothing else."""
    done = bench(*arguments, *TINY)

    assert (done.returncode, done.stderr) == (0, "")
    for text in (*shown, "floor", "p99, ms"):
        assert text in done.stdout


def test_bench_measures_on_postgres_too() -> None:
    """The same table comes from a PostgreSQL of its own; as JSON it has every round."""
    done = bench("jobs", "--store", "postgres", "--count", "8", *TINY, "--json")
    if done.returncode == 2 and "apt-get install" in done.stderr:
        pytest.skip(done.stderr)

    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [each["floor"] for each in told["comparisons"]] == ["bare insert"] * 3
    for comparison in told["comparisons"]:
        assert comparison["title"].startswith("postgres: ")
        for values in comparison["measured"].values():
            assert values
            assert all(len(rounds) == 1 and rounds[0] > 0 for rounds in values.values())


@pytest.mark.parametrize(
    ("stop", "after"),
    [
        pytest.param(SIGINT, PROGRAMS, id="ctrl-c"),
        pytest.param(SIGINT, 1, id="ctrl-c-at-the-start"),
        pytest.param(SIGTERM, PROGRAMS, id="sigterm"),
    ],
)
def test_stopped_bench_leaves_nothing_running(stop: int, after: int) -> None:
    """Ctrl-C, which every process of the terminal gets, or SIGTERM: all that was started ends.

    Args:
        stop: the signal.
        after: so many programs are running.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", "sync"],
        cwd=ROOT,
        stdout=DEVNULL,
        stderr=PIPE,
        text=True,
        start_new_session=True,
    )
    started: list[psutil.Process] = []
    try:
        bench = psutil.Process(process.pid)
        wait_until(
            lambda: len(bench.children()) >= after or process.poll() is not None,
            "the bench's programs",
            limit_s=LIMIT_S,
        )
        started = bench.children(recursive=True)
        (os.killpg if stop == SIGINT else os.kill)(process.pid, stop)
        _, told = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
        process.wait()

    assert (process.returncode, told) == (1, "bench: stopped; no process is left\n")
    wait_until(lambda: not any(_runs(each) for each in started), "the end of every program")


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("arguments", [(), ("nothing",), ("sync", "--rounds", "0")])
def test_bench_refuses_what_it_does_not_know(arguments: tuple[str, ...]) -> None:
    """A wrong command line ends with exit code 2 and says how it goes."""
    done = bench(*arguments)

    assert done.returncode == 2
    assert "usage: python -m bench" in done.stderr


def test_load_is_sent_once_each_and_timed(function: FakeFunction) -> None:
    """Without a length of time each request goes out exactly once, over that many connections."""
    requests = [REQUEST.replace(b"Host", b"Number: %d\r\nHost" % n) for n in range(40)]

    timed = send(Load(requests=requests, concurrency=4, port=function.port))

    assert sorted(int(got.header("number") or "") for got in function.received) == list(range(40))
    assert sorted(timed.ended_at_s) == list(range(40))
    assert len(timed.latencies_s) == 40
    assert timed.wrong == []
    assert 0 < timed.percentile_ms(0.5) <= timed.percentile_ms(0.99)


def test_numbers_of_wrong_answers_are_refused(function: FakeFunction) -> None:
    """A server that fails quickly is not a fast one: nothing is told of it."""
    function.status = 503
    timed = send(Load(requests=[REQUEST], concurrency=2, port=function.port, seconds=0.05))

    assert set(timed.wrong) == {"503"}
    for measured in (timed, replace(timed, latencies_s=[0.001] * 1000, wrong=["503"])):
        with pytest.raises(WrongAnswersError, match="failed: 503"):
            values_of(measured)


def test_broken_connections_are_wrong_answers(function: FakeFunction) -> None:
    """A connection that ends before its answer counts as wrong, and the load still ends."""
    function.half = True

    timed = send(Load(requests=[REQUEST] * 4, concurrency=2, port=function.port))

    assert (timed.wrong, timed.latencies_s) == (["no whole answer"] * 2, [])


def test_candidates_take_turns_and_are_compared_in_each_round() -> None:
    """Who begins changes from round to round, one round warms up, and ratios are taken by round."""
    turns: list[str] = []
    values = {"quick": iter([9.0, 2.0, 4.0, 8.0]), "slow": iter([9.0, 1.0, 1.0, 4.0])}

    def measure(name: str) -> Mapping[str, float]:
        turns.append(name)
        return {"per_second": next(values[name])}

    with ThreadPoolExecutor(1) as generator:
        compared = Rounds(count=3, generator=generator, step=lambda _: None).compare(
            "both",
            [
                Candidate(name="slow", measure=lambda: measure("slow")),
                Candidate(name="quick", measure=lambda: measure("quick")),
            ],
            floor="quick",
            compared=("per_second",),
        )

    assert turns == ["quick", "slow", "slow", "quick", "quick", "slow", "slow", "quick"]
    assert compared.ratios("slow", "per_second") == [0.5, 0.25, 0.5]
    assert compared.ratio("slow", "per_second") == 0.5


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.001, 1.0)]
)
def test_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    """p99 of 1 to 100 is 99: so many are not above it."""
    assert percentile([float(n) for n in range(100, 0, -1)], share) == expected
