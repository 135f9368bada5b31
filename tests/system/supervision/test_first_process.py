"""bin/start as the first process of a container: the kernel gives it no signal by default."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from localstack import ROOT
from localstack.ports import free_port
from localstack.settings import settings
from localstack.waiting import wait_until

WAIT_S = 60.0


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"),
    reason="only root can make a process the first one of its own",
)
def test_stop_right_at_the_start_ends_the_first_process(tmp_path: Path) -> None:
    """Also before Python can have a handler for it."""
    env = settings(
        org_url="http://127.0.0.1:1",
        port=free_port(),
        function_port=free_port(),
        RUN_DIR=str(tmp_path / "run"),
    )
    with subprocess.Popen(
        ["unshare", "--pid", "--fork", "--kill-child", ROOT / "bin" / "start"],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            wait_until(lambda: _python_below(process.pid) > 0, "Python's start", limit_s=WAIT_S)
            os.kill(_python_below(process.pid), signal.SIGTERM)

            assert process.wait(WAIT_S) == 128 + signal.SIGTERM
        finally:
            process.kill()


def _python_below(pid: int) -> int:
    """Return the child if it has begun to execute Python, else 0."""
    for child in psutil.Process(pid).children():
        if child.cmdline()[:1] == ["python"]:
            return child.pid
    return 0
