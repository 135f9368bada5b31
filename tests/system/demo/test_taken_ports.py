"""``make run`` beside somebody else who has its ports."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from demo.choices import PORTS
from demo.ports import choose_ports
from localstack.ports import free_port
from localstack.waiting import wait_until
from tests.support.demo_run import (
    LIMIT_S,
    check,
    copy_of_ours,
    described,
    own_ports,
    processes_in,
    running_demo,
)

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """What the demo needs, as after a clone."""
    return copy_of_ours(tmp_path / "clone")


@pytest.mark.parametrize("name", ["PORT", "FUNCTION_PORT", "ORG_PORT"])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_a_port_that_is_taken_is_said(ours: Path, name: str, address: str) -> None:
    """One sentence: which port, who has it, what to do; nothing was started."""
    with socket.create_server((address, 0)) as taken:
        port = taken.getsockname()[1]
        done = check(ours, "run", **{name: str(port)})

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"make run: port {port} is taken by ")
    assert f"(process {os.getpid()}, in {Path.cwd()})" in done.stderr
    assert done.stderr.endswith(f": end it, or choose another port with {name}\n")
    assert done.stderr.count("\n") == 1
    assert not (ours / ".local" / "logs").exists()


def test_a_default_that_is_taken_is_replaced_and_said() -> None:
    """Two terminals, two runs: the second says which ports it uses instead."""
    said: list[str] = []
    taken = []
    for port in PORTS.values():
        try:
            taken.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue  # somebody else has it: the same
    try:
        ports = choose_ports({}, said.append)
    finally:
        for each in taken:
            each.close()

    assert len(said) == 3
    for text, (name, default) in zip(said, PORTS.items(), strict=True):
        assert text.startswith(f"port {default} is taken by ")
        assert text.endswith(f": using {ports[name]} ({name})")
    assert len(set(ports.values())) == 3
    assert not set(ports.values()) & set(PORTS.values())


def test_of_two_at_once_one_serves_and_the_other_says_why_not(tmp_path: Path) -> None:
    """Both find the ports free and start; the later one ends with what it had started."""
    first_folder, second_folder = tmp_path / "first", tmp_path / "second"
    first, second = (copy_of_ours(folder / "clone") for folder in (first_folder, second_folder))
    ports = own_ports()
    with running_demo(first, ports) as one, running_demo(second, ports) as other:
        wait_until(
            lambda: (
                None not in (one.process.poll(), other.process.poll())
                or any("Serving." in run.output() for run in (one, other))
            ),
            "one that serves",
            limit_s=LIMIT_S,
        )
        winner, loser = (one, other) if "Serving." in one.output() else (other, one)
        assert loser.process.wait(LIMIT_S) == 2, loser.output()
        assert described(processes_in(loser.ours)) == []
        assert "Serving." in winner.output()
        assert winner.process.poll() is None

    last = loser.output().strip().splitlines()[-1]
    assert last.startswith("make run: port ")
    assert " is taken by python" in last
    assert f"in {winner.ours})" in last


def test_a_stranger_on_the_functions_port_is_no_function(ours: Path, tmp_path: Path) -> None:
    """Somebody who takes it while everything starts is named, and is called by nobody."""
    ports = own_ports()
    waits = f"while ! test -e {tmp_path}/never; do sleep 0.1; done"
    with running_demo(ours, ports, FUNCTION_COMMAND=waits) as run:
        wait_until(
            lambda: any("never" in line for line in described(processes_in(ours))),
            "the function's start",
            limit_s=LIMIT_S,
        )
        with socket.create_server(("127.0.0.1", ports["FUNCTION_PORT"])) as stranger:
            assert run.process.wait(LIMIT_S) == 2
            stranger.settimeout(0)
            received = _received(stranger)

    assert f"port {ports['FUNCTION_PORT']} is taken by " in run.output()
    assert f"(process {os.getpid()}, " in run.output()
    assert b"Authorization" not in received
    assert b"ce-id" not in received
    assert described(processes_in(ours)) == []


def test_make_invoke_says_that_nothing_runs(ours: Path) -> None:
    """One line with what to do, in seconds."""
    done = subprocess.run(
        ["make", "-o", "setup", "invoke", f"PORT={(port := free_port())}"],
        cwd=ours,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        f"make invoke: nothing listens at http://127.0.0.1:{port}: start it with make up, or with"
        " make run in another terminal (PORT and ORG_PORT name other ports)"
    )


@pytest.mark.parametrize("target", ["up", "down"])
def test_make_up_says_that_there_is_no_docker(ours: Path, tmp_path: Path, target: str) -> None:
    """One line with what to do."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("make", "bash", "sh"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(
        ["/usr/bin/make", target],
        cwd=ours,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "make: there is no Docker Compose here: install Docker with its Compose plugin, or say"
        " make run, which needs neither"
    )


def _received(server: socket.socket) -> bytes:
    received = b""
    while True:
        try:
            connection, _ = server.accept()
        except BlockingIOError:
            return received
        with connection:
            connection.settimeout(0.1)
            try:
                received += connection.recv(65_536)
            except OSError:
                continue
