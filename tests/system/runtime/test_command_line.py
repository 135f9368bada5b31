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
        pytest.param(["new"], id="no-path-of-the-new"),
        pytest.param(["requirements"], id="no-path-of-requirements"),
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
    assert "{check,new,requirements,serve,version}" in result.stdout


def test_requirements_are_printed_without_the_runtime(tmp_path: Path) -> None:
    """For pip on stdout, for people on stderr; pip accepts what is printed."""
    project = write_project(tmp_path)
    for name, text in (
        ("requirements", "-r base.txt\nstructlog>=20 # é\n"),
        ("base", "Salesforce_Functions==0.6.0 \\\n  --hash=sha256:00\norjson\n"),
    ):
        project.joinpath(f"{name}.txt").write_text(text, encoding="utf-8")

    result = run("requirements", str(project), LC_ALL="C")
    printed = tmp_path / "printed.txt"
    printed.write_text(result.stdout, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--no-index",
        "-r",
        str(printed),
    ]
    pip = subprocess.run(command, capture_output=True, timeout=DEADLINE_S, check=False)

    assert (result.returncode, result.stdout) == (0, "orjson\nstructlog>=20 # é\n")
    assert result.stderr == (
        f"Warning: {tmp_path}/base.txt:1: left out 'Salesforce_Functions==0.6.0',"
        " whatever version it asks for: the runtime is 0.7.0\n"
    )
    assert (pip.returncode, b"orjson in" in pip.stdout) == (0, True), pip.stdout + pip.stderr


def test_requirements_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    """Exit code 1 and nothing on stdout: a build stops."""
    tmp_path.joinpath("requirements.txt").write_text("requests\n-r nowhere.txt")

    result = run("requirements", str(tmp_path))

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {tmp_path}/requirements.txt:2: there is no file ")


def test_the_console_script_is_the_same_command() -> None:
    """What `pip install` puts on the path."""
    script = Path(sys.executable).with_name("sf-functions-python")
    result = subprocess.run(
        [script, "version"], capture_output=True, timeout=DEADLINE_S, check=True
    )

    assert result.stdout == b"0.7.0\n"
