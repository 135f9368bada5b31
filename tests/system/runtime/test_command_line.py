"""What the command says, where, and with which exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.runtime_process import DEADLINE_S, run
from tests.support.runtime_project import write_project


def test_version_is_three_numbers() -> None:
    """Build tools parse it."""
    result = run("version")

    assert (result.returncode, result.stdout, result.stderr) == (0, "0.7.0\n", "")


def test_a_good_function_passes(tmp_path: Path) -> None:
    """One line on stdout, nothing on stderr."""
    result = run("check", str(write_project(tmp_path)))

    assert result.stderr == ""
    assert (result.returncode, result.stdout) == (0, "Function passed validation.\n")


def test_the_sample_function_passes() -> None:
    """What a new user sees first works."""
    assert run("check", "function").returncode == 0


@pytest.mark.parametrize(
    ("main", "toml", "reason"),
    [
        (None, None, "Didn't find a project.toml file at {path}/project.toml."),
        (None, "[com.salesforce]\nsalesforce-api-version = '56.0'", "Didn't find a main.py file"),
        ("", "[com.salesforce]\nsalesforce-api-version = '56.0'", "Didn't find a function named"),
    ],
    ids=["no-project.toml", "no-main.py", "no-function"],
)
def test_a_bad_function_fails(
    tmp_path: Path, main: str | None, toml: str | None, reason: str
) -> None:
    """One line on stderr, nothing on stdout; project.toml comes first."""
    result = run("check", str(write_project(tmp_path, main=main, toml=toml)))

    expected = f"Function failed validation: {reason.format(path=tmp_path)}"
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(expected)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["unknown"], id="unknown"),
        pytest.param(["check"], id="no-path"),
        pytest.param(["serve"], id="no-path-to-serve"),
        pytest.param(["serve", ".", "--por", "8080"], id="abbreviation"),
        pytest.param(["serve", ".", "-p", "x"], id="port-is-text"),
        pytest.param(["serve", ".", "-p", "65536"], id="port-too-high"),
        pytest.param(["serve", ".", "-p", "-1"], id="port-negative"),
        pytest.param(["serve", ".", "-w", "0"], id="no-workers"),
        pytest.param(["serv", "."], id="abbreviated-command"),
    ],
)
def test_bad_usage_is_exit_code_2(arguments: list[str]) -> None:
    """Told apart from a bad function."""
    result = run(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("usage: sf-functions-python")


def test_help_lists_the_commands() -> None:
    """And is no failure."""
    result = run("-h")

    assert result.returncode == 0
    assert "{check,serve,version}" in result.stdout


def test_the_console_script_is_the_same_command() -> None:
    """What `pip install` puts on the path."""
    script = Path(sys.executable).with_name("sf-functions-python")
    result = subprocess.run(
        [script, "version"], capture_output=True, timeout=DEADLINE_S, check=True
    )

    assert result.stdout == b"0.7.0\n"
