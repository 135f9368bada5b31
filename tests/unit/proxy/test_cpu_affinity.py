"""A process that keeps to one core takes its threads along, and leaves others to its siblings."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from localstack import ROOT
from proxy.cpu_affinity import freer_core

CODE = """
import os, sys, threading
from proxy.cpu_affinity import keep_to_one_core
core = keep_to_one_core(sys.argv[1])
assert os.sched_getaffinity(0) == {core}
seen = []
thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
thread.start(); thread.join()
assert seen == [{core}]
print(core)
"""
MOVES = """
import os, pathlib, sys, threading, time
from proxy.cpu_affinity import keep_to_a_free_core
cores, stat, began = sorted(os.sched_getaffinity(0)), pathlib.Path(sys.argv[1]), time.monotonic()
def write(busy):
    lines = [f"cpu{core} {int(100 * (time.monotonic() - began)) if core == busy else 0} 0 0 0"
             for core in cores]
    new = stat.with_suffix(".new")
    new.write_text("cpu 0 0 0 0\\n" + "\\n".join(lines) + "\\n")
    new.rename(stat)
write(None)
keep_to_a_free_core("proxy_01", stat=stat)
first, = os.sched_getaffinity(0)
threads = [threading.Thread(target=threading.Event().wait, daemon=True) for _ in range(5)]
for thread in threads: thread.start()
while os.sched_getaffinity(0) == {first}:
    assert time.monotonic() < began + 100
    write(first)
    time.sleep(0.05)
time.sleep(0.5)
then, = {frozenset(os.sched_getaffinity(thread.native_id)) for thread in threads}
assert len(then) == 1 and then != {first}, then
"""
CORES = sorted(os.sched_getaffinity(threading.get_native_id()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "place"),
    [("proxy_01", -1), ("proxy_02", -2), ("proxy_17", -17), ("", -1), ("by-hand", -1)],
)
def test_each_process_has_a_core_of_its_own(name: str, place: int) -> None:
    """The last one first, since other programs begin at the first; then round again."""
    command = [sys.executable, "-c", CODE, name]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert int(told) == CORES[place % len(CORES)]


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        pytest.param({0: 0.0, 1: 0.2}, None, id="a little busy is no reason"),
        pytest.param({0: 0.0, 1: 0.31}, 0, id="others take a third"),
        pytest.param({0: 0.5, 1: 0.7}, None, id="the other one is hardly freer"),
        pytest.param({0: 0.9, 1: 0.9}, None, id="all are busy"),
        pytest.param({0: 0.5, 1: 0.9, 2: 0.1}, 2, id="the freest is taken"),
        pytest.param({0: 0.0, 1: -0.01}, None, id="clocks are coarse"),
    ],
)
def test_a_core_that_others_need_is_left_for_a_freer_one(
    busy: dict[int, float], expected: int | None
) -> None:
    """Only if that one is clearly freer: each move costs, and its sibling looks for one too."""
    assert freer_core(1, busy) == expected


@pytest.mark.slow
@pytest.mark.skipif(len(CORES) < 2, reason="there is one core")
def test_all_threads_move_together(tmp_path: Path) -> None:
    """Once others have kept the core busy for some looks, as the system tells."""
    command = [sys.executable, "-c", MOVES, str(tmp_path / "stat")]

    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
