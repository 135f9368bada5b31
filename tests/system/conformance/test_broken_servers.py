"""The conformance tests find what is wrong with a server, and say what to change."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
BROKEN: Final = Path(__file__).with_name("broken_server.py")
LIMIT_S: Final = 120


def conformance(*arguments: str, faults: str = "") -> subprocess.CompletedProcess[str]:
    """Run the conformance tests over a server with some faults, to their end."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "FUNCTION_COMMAND": f"exec {sys.executable} {BROKEN} {faults}",
        },
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def faults_of(printed: str) -> dict[str, str]:
    """Return the faults that were printed: the check's name, and what it says."""
    lines = [line[6:] for line in printed.splitlines() if line.startswith("FAULT ")]
    return {line[:12].strip(): line.split(" s  ", 1)[1] for line in lines}


def test_a_good_server_passes() -> None:
    """A server without a fault has none, and each check is one line."""
    done = conformance("--slow-s", "1")

    assert faults_of(done.stdout) == {}
    assert done.stdout.endswith("18 checks, no faults\n")
    assert len(done.stdout.splitlines()) == 19
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("fault", "check", "words"),
    [
        ("ends", "start", "exit code 1 (no such module): let it run"),
        ("elsewhere", "start", "nothing listens on"),
        ("picky-health", "health", "answered with 503: answer 200 to a POST with x-health-check"),
        ("public", "loopback", "listen on 127.0.0.1 alone"),
        ("anonymous", "context", "read ce-id"),
        ("html", "echo", "content type 'text/html': send application/json"),
        ("latin", "echo", "write it as JSON, in UTF-8"),
        ("characters", "echo", "a result is"),
        ("error-200", "error", "which Apex takes for a result: answer 500"),
        ("error-503", "error", "which means that it never ran: answer 500"),
        ("mute", "error", "let it hold the function's own message"),
        ("modest", "error", "send {'isFunctionError': True}"),
        ("again", "error", "Retry-After, for which Apex calls the function again"),
        ("raw", "error text", "became a header: percent-encode X-Extra-Info"),
        ("drops", "bad payload", "answer each request with a whole response"),
        ("lenient", "bad payload", "answer it with 400"),
        ("raw", "extra info", "percent-encoded as UTF-8"),
        ("uninformative", "extra info", "there is no X-Extra-Info: send it"),
        ("surplus", "keep-alive", "send as many bytes as Content-Length says"),
        ("impatient", "idle", "keep idle connections for 5 s or longer"),
        ("short-headers", "headers", "refused with 431: take 128 KiB of headers"),
        ("small-bodies", "12 MB", "refused with 413"),
        ("hurries", "slow call", "is answered after 1."),
        ("single", "busy", "serve each call on a thread of its own, or asynchronously"),
        ("single", "concurrent", "20 calls of 1 s at once took 2"),
        ("remembers", "concurrent", "keep nothing of a call in a global variable"),
        ("mortal", "stop", "SIGTERM cuts off the call that runs"),
    ],
)
def test_a_fault_is_named(fault: str, check: str, words: str) -> None:
    """What a broken server does wrong is one line, with what to change."""
    done = conformance("--only", check, "--slow-s", "3", "--start-s", "5", faults=fault)

    found = faults_of(done.stdout)
    assert list(found) == [check]
    assert words in found[check]
    assert done.returncode == 1


def test_all_faults_of_a_server_are_named_in_one_run() -> None:
    """One fault does not hide the others."""
    faults = "picky-health public error-200 uninformative small-bodies mortal"
    done = conformance("--slow-s", "1", faults=faults)

    named = {"health", "loopback", "error", "error text", "extra info", "12 MB", "busy", "stop"}
    assert named <= set(faults_of(done.stdout))
    assert done.returncode == 1


@pytest.mark.parametrize(("fault", "check"), [("closes", "keep-alive"), ("immortal", "stop")])
def test_what_only_costs_time_is_no_fault(fault: str, check: str) -> None:
    """A server that closes its connections, or has to be killed, is told so and passes."""
    done = conformance("--only", check, faults=fault)

    assert done.returncode == 0
    assert "closes its connections" in done.stdout or "it goes on, and is killed" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["--url", "https://x.example"], ["--folder", "/nowhere"], ["--only", "nothing"]]
)
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    """A misspelt command line is no passed test."""
    assert conformance(*arguments).returncode == 2
