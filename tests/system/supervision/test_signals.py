"""Signals to supervisord: none is lost, and nobody outlives it."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from chaos.faults.early_stop import SUPERVISORD, stop_early
from localstack import ROOT
from localstack.container import wait_until_ready
from localstack.families import left_of, session
from localstack.stack import started

STOP_LIMIT_S = 15.0
"""For a busy machine. A program that missed its signal is killed after 24 s."""
SIGNAL_EACH_CHILD = """
import os, signal, sys, time
from supervision.dual_stack import HeldPort
from supervision.options import ContainerOptions
from supervision.programs import Programs

options = ContainerOptions(HeldPort(0), programs=Programs({}, hidden=False), password="none")
options.setsignals()
for _ in range(300):
    child = options.fork()
    if not child:
        time.sleep(20)  # as long as it likes until its exec
        os._exit(3)
    os.killpg(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
"""


def test_signal_right_after_the_fork_ends_the_child() -> None:
    """Between fork and exec a child is supervisord's copy, which would take the signal for it."""
    subprocess.run([sys.executable, "-c", SIGNAL_EACH_CHILD], cwd=ROOT, check=True, timeout=60)


@pytest.mark.timeout(300)
def test_stop_while_the_programs_start_kills_nobody(tmp_path: Path) -> None:
    """Whenever it comes. Every 50 ms of three seconds: ``make faults ARGS=early-stop``."""
    moments_s = [0.0, 0.02, 0.05, 0.1, 0.3, 0.6, 1.1, 1.6]

    report = stop_early(
        tmp_path, lambda _: None, since=SUPERVISORD, moments_s=moments_s, limit_s=STOP_LIMIT_S
    )

    assert report.problems == [], report


@pytest.mark.parametrize("everybody", [False, True], ids=["supervisord", "every-process"])
def test_hangup_is_a_stop(tmp_path: Path, *, everybody: bool) -> None:
    """A terminal that was closed: everything ends in good order, with exit code 0."""
    with started(tmp_path) as stage:
        wait_until_ready(stage.container)
        process = stage.container.process
        for pid in session(process.pid) if everybody else [process.pid]:
            with contextlib.suppress(ProcessLookupError):  # it has heard of it from another one
                os.kill(pid, signal.SIGHUP)

        assert process.wait(timeout=STOP_LIMIT_S) == 0
        assert left_of(process.pid, limit_s=STOP_LIMIT_S) == []


def test_hangup_is_nothing_to_who_was_started_by_nohup(tmp_path: Path) -> None:
    """As for any program; SIGTERM ends it as ever."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with started(tmp_path) as stage:
            signal.signal(signal.SIGHUP, before)
            wait_until_ready(stage.container)
            process = stage.container.process
            everybody = [psutil.Process(pid) for pid in session(process.pid)]
            function = stage.pid()
            for each in everybody:
                each.send_signal(signal.SIGHUP)

            assert stage.invoke().status_code == 200
            assert stage.pid() == function
            process.terminate()
            assert process.wait(timeout=STOP_LIMIT_S) == 0
            assert "SIGHUP" not in stage.log()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_nobody_outlives_a_supervisord_that_is_killed(tmp_path: Path) -> None:
    """Outside a container nothing else ends them: they would keep ports, and work on the jobs."""
    with started(tmp_path) as stage:
        wait_until_ready(stage.container)
        process = stage.container.process
        process.kill()

        assert process.wait(timeout=STOP_LIMIT_S) == -signal.SIGKILL
        assert left_of(process.pid, limit_s=2 * STOP_LIMIT_S) == []
