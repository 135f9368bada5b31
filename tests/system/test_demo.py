"""README's first command, as a person and as a script run it."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.support.proxy_process import ROOT, wait_until

LIMIT_S = 90


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the demo needs, in a folder without ``.local/``, as after a clone."""
    folder = tmp_path / "clone"
    parts = ["bin", "demo", "function", "orgsim", "proxy", "relay", "salesforce_functions"]
    for part in parts:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "supervisord.conf", folder)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def test_demo_shows_every_step_and_leaves_nothing_running(copy: Path) -> None:
    """``make demo`` exits 0 only if the calls, their cost and the refusal are as they should."""
    done = subprocess.run(
        [copy / ".venv/bin/python", "-m", "demo", "check"],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    for shown in (
        "admin@example.com",
        "MyPermissionSet",
        "Hello, Ada!",
        "3 (activate, token, userinfo)",
        "0 (none)",
        "403",
        "201, stored",
        "PENDING, then SUCCESS after",
        "curl -i http://127.0.0.1:",
    ):
        assert shown in done.stdout
    assert _processes_in(copy) == []


def test_demo_fails_when_the_function_does(copy: Path) -> None:
    """A demo that always succeeds would prove nothing."""
    (copy / "function" / "main.py").write_text(
        "async def function(event, context):\n    raise ValueError('broken')\n"
    )
    done = subprocess.run(
        [copy / ".venv/bin/python", "-m", "demo", "check"],
        cwd=copy,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert done.returncode == 1
    assert "the first call answered 500, not 200" in done.stdout
    assert _processes_in(copy) == []


def test_private_key_is_made_once_for_its_owner_alone(copy: Path) -> None:
    """The key pair is made at the first run, kept under ``.local/``, and never committed."""
    key = copy / ".local" / "private_key.pem"
    found = []
    for _ in range(2):
        subprocess.run(
            [copy / ".venv/bin/python", "-c", _LOAD_KEY], cwd=copy, timeout=LIMIT_S, check=True
        )
        found.append(key.read_bytes())

    assert key.stat().st_mode & 0o777 == 0o600
    assert found[0] == found[1]
    assert "/.local/" in (ROOT / ".gitignore").read_text().splitlines()


def test_control_c_stops_every_process(copy: Path) -> None:
    """``make run`` keeps serving; Ctrl-C ends it and all that it started, with exit code 0."""
    output = copy / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [copy / ".venv/bin/python", "-m", "demo", "run"],
            cwd=copy,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: "Serving." in output.read_text(), "the demo's story", limit_s=LIMIT_S)
        assert len(_processes_in(copy)) >= 5
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()

    assert "Stopped: no process is left." in output.read_text()
    assert _processes_in(copy) == []


_LOAD_KEY = "import pathlib, demo.keys; demo.keys.load_key_pair(pathlib.Path('.local'))"


def _processes_in(folder: Path) -> list[str]:
    """Return the command lines of the processes that run in ``folder``."""
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cwd", "cmdline", "pid"])
        if process.info["cwd"] == str(folder) and process.info["pid"] != os.getpid()
    ]
