import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "orgsim"]
LINE = re.compile(r"orgsim: listening on (http://127\.0\.0\.1:[0-9]+)\n")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_at_a_signal(number: signal.Signals) -> None:
    """One line on standard output, then service, then a quick end with 0 and nothing more."""
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        match = LINE.fullmatch(process.stdout.readline())
        assert match
        users = requests.get(f"{match.group(1)}/_orgsim/state", timeout=10).json()["users"]
        process.send_signal(number)
        rest = process.communicate(timeout=5)

    assert [user["username"] for user in users] == ["admin@example.com", "joe@example.com"]
    assert (process.returncode, rest) == (0, ("", ""))


def test_a_bad_seed_ends_it_with_every_problem(tmp_path: Path) -> None:
    """Exit code 2, one line per problem, nothing on standard output."""
    seed = tmp_path / "org.json"
    seed.write_text('{"users": [{}, {"username": 1}]}')
    done = _run("--port", "0", "--seed", str(seed))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"orgsim: {seed}: users[0].username must be text",
        f"orgsim: {seed}: users[1].username must be text",
    ]


def test_a_missing_seed_is_a_problem_too(tmp_path: Path) -> None:
    """A file that cannot be read is said so without a traceback."""
    done = _run("--seed", str(tmp_path / "none.json"))

    assert done.returncode == 2
    assert done.stderr == f"orgsim: {tmp_path / 'none.json'}: No such file or directory\n"


def test_a_taken_port_is_a_problem_too() -> None:
    """A port that belongs to somebody else is said so without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = _run("--port", port)

    assert done.returncode == 2
    assert done.stderr.startswith(f"orgsim: cannot listen on 127.0.0.1:{port}: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_an_impossible_port_is_refused(port: str) -> None:
    """A port is a number from 0 to 65535."""
    assert _run("--port", port).returncode == 2


def test_help_warns() -> None:
    """``--help`` names every option and says what it must not be used for."""
    done = _run("--help")

    assert done.returncode == 0
    assert "For development only" in " ".join(done.stdout.split())
    assert all(option in done.stdout for option in ("--host", "--port", "--seed"))
