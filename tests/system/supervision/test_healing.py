"""Functions that hang, crash and start slowly, under the real supervisord."""

import contextlib
import http.client
import os
import signal
import time
import xmlrpc.client
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests

from chaos.faults.function_trouble import function_hangs
from chaos.faults.limits import BUSY
from invocation.function.calls_under_way import work_of
from localstack import ROOT
from localstack.container import wait_until_ready
from localstack.stack import Stage, started
from localstack.waiting import wait_until

SERVE = 'exec python -m salesforce_functions serve . --host 127.0.0.1 --port "$PORT"'

TWO_THREADS = ROOT / "tests" / "support" / "two_threads.py"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything, with a watchdog that waits for three misses."""
    folder = tmp_path_factory.mktemp("container")
    with started(folder, WATCHDOG_FAILURES="3", FUNCTION_START_S="1") as stage:
        yield stage


@pytest.fixture
def stage(shared: Stage) -> Stage:
    """The shared one, whole again."""
    wait_until_ready(shared.container)
    return shared


def freeze_function(stage: Stage) -> int:
    """Stop the function's process where it is; return its id."""
    pid = stage.pid()
    os.kill(pid, signal.SIGSTOP)
    return pid


def test_healthcheck_restarts_a_function_that_hangs(stage: Stage) -> None:
    """Many ask at once: one restart, never two functions, and who waited learns that it is well."""
    hung = freeze_function(stage)
    restarts = stage.log().count('"function restarted"')
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stage.healthcheck().status_code, range(8)))

    assert set(answers) <= {200, 503}
    assert 200 in answers
    assert stage.pid() not in {0, hung}
    assert not psutil.pid_exists(hung)
    assert stage.log().count('"function restarted"') == restarts + 1
    assert stage.healthcheck().text == '"OK"'


def test_watchdog_restarts_a_function_that_hangs(stage: Stage) -> None:
    """Nobody has to ask: some missed checks, and the end of a process that hears nothing."""
    hung = freeze_function(stage)

    wait_until(lambda: stage.pid() not in {0, hung}, "a new function", limit_s=50)

    wait_until_ready(stage.container)
    assert not psutil.pid_exists(hung)
    assert '"function hangs"' in stage.log()


def test_function_that_hangs_under_load_is_restarted(tmp_path: Path) -> None:
    """Calls go on coming: the first ones are a reason to be silent, the later ones are none."""
    report = function_hangs(
        tmp_path, lambda _: None, per_second=10, timeout_s=5, failures=2, limits=BUSY
    )

    assert report.problems == [], report


def test_function_whose_threads_all_work_is_left_alone(tmp_path: Path) -> None:
    """It answers no health check for longer than one that hangs may, and no call is lost."""
    command = f'exec python {TWO_THREADS} "$PORT"'
    with started(tmp_path, FUNCTION_COMMAND=command, WATCHDOG_FAILURES="2") as stage:
        wait_until_ready(stage.container)
        pid = stage.pid()
        with ThreadPoolExecutor(2) as pool:
            calls = [pool.submit(stage.invoke, b"14") for _ in range(2)]
            wait_until(lambda: work_of(stage.container.run_dir).calls == 2, "both calls")
            assert requests.get(f"{stage.container.url}/readyz", timeout=10).status_code == 200
            assert stage.healthcheck().status_code == 200
            answers = [call.result().status_code for call in calls]

        assert answers == [200, 200]
        assert stage.pid() == pid
        assert '"function hangs"' not in stage.log()


def test_function_that_keeps_ending_is_given_a_pause(tmp_path: Path) -> None:
    """The proxy stays up and says why; the function is tried again, ever more rarely."""
    with started(tmp_path, FUNCTION_COMMAND="exit 3", FUNCTION_HOLD_S="0") as stage:
        wait_until(stage.is_alive, "the proxy")
        assert requests.get(f"{stage.container.url}/readyz", timeout=5).status_code == 503

        wait_until(lambda: "function keeps ending" in stage.log(), "the pause", limit_s=60)
        wait_until(lambda: stage.state() == "STOPPED", "the stop")
        answer = stage.invoke()

        assert answer.status_code == 503
        assert answer.headers["Retry-After"].isdigit()
        assert "The function does not run (STOPPED): its log says why" in answer.text
        starts = stage.log().count("spawned: 'function'")
        wait_until(
            lambda: stage.log().count("spawned: 'function'") > starts, "another try", limit_s=40
        )


def test_function_that_starts_slowly_is_waited_for(tmp_path: Path) -> None:
    """It is not taken for a hung one, and a call that came early runs."""
    with started(
        tmp_path,
        FUNCTION_COMMAND=f"sleep 12; {SERVE}",
        FUNCTION_HOLD_S="40",
        WATCHDOG_FAILURES="1",
    ) as stage:
        wait_until(stage.is_alive, "the proxy")
        first = stage.pid()

        assert stage.invoke().status_code == 200
        assert stage.healthcheck().status_code == 200

        assert stage.pid() == first


def test_container_ends_when_the_proxy_can_not_run(tmp_path: Path) -> None:
    """With an error, so that a platform that looks at it starts the container anew."""
    with started(tmp_path) as stage:
        wait_until_ready(stage.container)
        deadline = time.monotonic() + 90
        while stage.container.process.poll() is None:
            assert time.monotonic() < deadline, "the container goes on without a proxy"
            with contextlib.suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
                if pid := stage.pid("proxy_01"):
                    os.kill(pid, signal.SIGKILL)

        assert stage.container.process.returncode == 1
        assert "ending the container" in stage.log()
