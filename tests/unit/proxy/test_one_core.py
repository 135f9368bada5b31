"""A process that keeps to one core takes its threads along, and leaves others to its siblings."""

import os
import subprocess
import sys
import threading

import pytest

from tests.support.proxy_process import ROOT

CODE = """
import os, sys, threading
from proxy.one_core import keep_to_one_core
core = keep_to_one_core(sys.argv[1])
assert os.sched_getaffinity(0) == {core}
seen = []
thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
thread.start(); thread.join()
assert seen == [{core}]
print(core)
"""
CORES = sorted(os.sched_getaffinity(threading.get_native_id()))


@pytest.mark.parametrize(
    ("name", "place"),
    [("proxy_01", -1), ("proxy_02", -2), ("proxy_17", -17), ("", -1), ("by-hand", -1)],
)
def test_each_process_has_a_core_of_its_own(name: str, place: int) -> None:
    """The last one first, since other programs begin at the first; then round again."""
    command = [sys.executable, "-c", CODE, name]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert int(told) == CORES[place % len(CORES)]
