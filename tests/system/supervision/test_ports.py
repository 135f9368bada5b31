"""Ports that somebody else has: at the start, right after it, and while everything runs."""

import errno
import os
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from localstack import ROOT
from localstack.container import wait_until_ready
from localstack.families import left_of
from localstack.ports import free_port
from localstack.settings import settings
from localstack.stack import started
from localstack.waiting import wait_until
from tests.support.fake_function import fake_function

WAIT_S = 60.0
ANY = "0.0.0.0"  # noqa: S104 - as another server would
GROUP = 'python -m salesforce_functions serve . --host 127.0.0.1 --port "$PORT"'


@pytest.mark.parametrize("setting", ["PORT", "FUNCTION_PORT"])
@pytest.mark.parametrize("host", ["127.0.0.1", ANY])
def test_port_that_is_taken_ends_the_start_in_one_sentence(
    tmp_path: Path, setting: str, host: str
) -> None:
    """Which port, who has it, what to do; exit code 2, and nothing of us is left."""
    ports = {"PORT": free_port(), "FUNCTION_PORT": free_port()}
    with socket.create_server((host, ports[setting])):
        process = subprocess.Popen(
            [ROOT / "bin" / "start"],
            env=settings(
                org_url="http://127.0.0.1:1",
                port=ports["PORT"],
                function_port=ports["FUNCTION_PORT"],
                RUN_DIR=str(tmp_path / "run"),
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        said, _ = process.communicate(timeout=WAIT_S)

    assert process.returncode == 2
    name = Path("/proc/self/comm").read_text().strip()
    assert said == (
        f"start: port {ports[setting]} is taken by {name} (process {os.getpid()}):"
        f" end it, or set {setting} to another port\n"
    )
    assert left_of(process.pid, limit_s=WAIT_S) == []


def test_port_is_ours_before_anything_is_started(tmp_path: Path) -> None:
    """Nobody can take it in the moment before the first proxy, with function and relay running."""
    with started(tmp_path) as stage:
        wait_until(lambda: "supervisord started" in stage.log(), "the start", limit_s=WAIT_S)

        with pytest.raises(OSError) as refused:  # noqa: PT011 - its number is looked at
            socket.create_server((ANY, stage.container.port))
        assert refused.value.errno == errno.EADDRINUSE
        wait_until_ready(stage.container)


def test_stranger_on_the_functions_port_gets_no_call(tmp_path: Path) -> None:
    """It may answer as well as it likes: it is not what we started, and a call holds a token."""
    with started(tmp_path, FUNCTION_COMMAND="exec sleep infinity") as stage:
        wait_until(stage.is_alive, "the proxy", limit_s=WAIT_S)
        with fake_function(stage.container.function_port) as stranger:
            store_ready = stage.container.run_dir / "store.ready"
            wait_until(store_ready.exists, "the store", limit_s=WAIT_S)
            answers = [stage.invoke().status_code for _ in range(3)]
            ready = [stage.container.is_ready() for _ in range(3)]

            assert answers == [503] * 3
            assert ready == [False] * 3
            assert stranger.received == []
            wait_until(lambda: _told(stage.log()) > 0, "the line about it", limit_s=WAIT_S)
            assert _told(stage.log()) == 1


def test_function_that_is_a_process_of_its_command_is_believed(tmp_path: Path) -> None:
    """The command may be a shell, or a runtime that starts workers."""
    with started(tmp_path, FUNCTION_COMMAND=f"{GROUP} & wait") as stage:
        wait_until_ready(stage.container)

        assert stage.invoke().status_code == 200
        answer = requests.get(f"{stage.container.url}/readyz", timeout=WAIT_S)
        assert answer.status_code == 200


def _told(log: str) -> int:
    return sum(
        "the function's port is taken" in line and f"(process {os.getpid()})" in line
        for line in log.splitlines()
    )
