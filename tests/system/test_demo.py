"""README's first command, as a person and as a script run it."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from localstack import ROOT
from tests.support.demo_run import (
    LIMIT_S,
    check,
    copy_of_ours,
    described,
    end_all_in,
    environment,
    own_ports,
    processes_in,
    returning,
    running_demo,
    write_function,
)

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """What the demo needs, as after a clone."""
    return copy_of_ours(tmp_path / "clone")


def test_demo_shows_every_step_and_leaves_nothing_running(ours: Path) -> None:
    """``make demo`` exits 0 only if the calls, their cost and the refusal are as they should be."""
    done = check(ours)

    assert done.returncode == 0, done.stdout + done.stderr
    for shown in (
        "admin@example.com",
        "MyPermissionSet",
        "Hello, Ada!",
        '"isNew":true',
        '"isNew":false',
        '"calledBy":"admin@example.com"',
        "3 (activate, token, userinfo)",
        "0 (none)",
        "403",
        "201, stored",
        "PENDING, then SUCCESS after",
        "curl -i http://127.0.0.1:",
        f"{ours}/.local/logs/container-",
    ):
        assert shown in done.stdout
    assert described(processes_in(ours)) == []


def test_demo_fails_when_the_function_does(ours: Path) -> None:
    """A demo that always succeeds would prove nothing."""
    write_function(
        ours / "function",
        "async def function(event, context):\n    raise ValueError('broken')\n",
    )
    done = check(ours)

    assert done.returncode == 1
    assert "the first call answered 500, not 200" in done.stdout
    assert "ValueError: broken" in done.stdout
    assert "ended as ERROR" in done.stdout
    assert described(processes_in(ours)) == []


def test_private_key_is_made_once_for_its_owner_alone(ours: Path) -> None:
    """The key pair is made at the first run, kept under ``.local/``, and never committed."""
    key = ours / ".local" / "private_key.pem"
    found = []
    for _ in range(2):
        subprocess.run(
            [ours / ".venv/bin/python", "-c", _LOAD_KEY], cwd=ours, timeout=LIMIT_S, check=True
        )
        found.append(key.read_bytes())

    assert key.stat().st_mode & 0o777 == 0o600
    assert found[0] == found[1]
    assert "/.local/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process(ours: Path, number: signal.Signals) -> None:
    """Ctrl-C, ``kill`` and a closed terminal end ``make run`` and all that it started: code 0."""
    with running_demo(ours) as run:
        run.wait_for("Serving.")
        assert len(processes_in(ours)) >= 5

        assert run.end(number) == 0
        assert described(processes_in(ours)) == []
        assert "Stopped: no process is left." in run.output()
        assert "was killed" not in run.output()


def test_a_closed_terminal_stops_every_process(ours: Path) -> None:
    """Also when nothing can be written any more, while the log is being shown."""
    terminal, end = os.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", "--wait", ".venv/bin/python", "-m", "demo", "run"],
        cwd=ours,
        env=environment(own_ports(), TERM="xterm"),
        stdin=end,
        stdout=end,
        stderr=end,
    ) as process:
        os.close(end)
        try:
            shown = b""
            while b"Serving." not in shown:
                shown += os.read(terminal, 65_536)
            os.close(terminal)
            process.wait(LIMIT_S)
            left = described(processes_in(ours))
        finally:
            end_all_in(ours)

    assert left == []


def test_what_does_not_end_is_ended(ours: Path, tmp_path: Path) -> None:
    """What a function started and let go is no exception; that it had to be killed is said."""
    lingering = "trap '' TERM INT HUP; while :; do sleep 0.1; done"
    folder = write_function(
        tmp_path / "lingers",
        "import subprocess\n"
        f"subprocess.Popen(['setsid', 'bash', '-c', {lingering!r}])\n" + returning("1"),
    )
    with running_demo(ours, FUNCTION=str(folder)) as run:
        run.wait_for("Serving.")
        assert any("trap" in line for line in described(processes_in(folder)))

        assert run.end() == 0
        assert described(processes_in(tmp_path)) == []
        assert "did not end by itself, and was killed: bash" in run.output()


def test_a_second_control_c_waits_no_longer(ours: Path) -> None:
    """Whoever is in a hurry has to wait for nothing, and still nothing is left."""
    with running_demo(ours) as run:
        run.wait_for("Serving.")
        container = next(
            process
            for process in processes_in(ours)
            if "supervision.container" in process.cmdline() and process.name().startswith("python")
        )
        container.suspend()  # it can't do what it is asked for
        run.process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            run.process.wait(2)

        assert run.end() == 0
        assert described(processes_in(ours)) == []


def test_a_run_under_nohup_outlives_its_terminal(ours: Path) -> None:
    """A hang-up that was to be ignored is ignored."""
    command = "trap '' HUP; exec .venv/bin/python -c " + f'"{_WAIT_FOR_SIGNALS}"'
    with subprocess.Popen(
        ["bash", "-c", command], cwd=ours, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        said = process.stdout.read()

    assert said == "1 signal\n"


_LOAD_KEY = "import pathlib, localstack.keys; localstack.keys.load_key_pair(pathlib.Path('.local'))"
_WAIT_FOR_SIGNALS = """
import signal, sys
from demo.interrupts import Interrupts
interrupts = Interrupts()
interrupts.listen()
try:
    print('ready', flush=True)
    signal.pause()
except KeyboardInterrupt:
    print(interrupts.count, 'signal')
"""
