"""``make run`` with a function of one's own."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support.demo_run import (
    LIMIT_S,
    OTHER_SERVER,
    check,
    copy_of_ours,
    described,
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


def test_any_function_is_served(ours: Path) -> None:
    """What is in ``function/`` is served whatever it answers, and the calls can be repeated.

    Nothing is cut that a person has to copy, however narrow the terminal; and no real org or store
    is reached, whatever is set.
    """
    write_function(ours / "function", returning("None"))
    store = "postgres://real@127.0.0.1:1/real"
    with running_demo(ours, COLUMNS="40", DATABASE_URL=store, SF_AUDIENCE="https://real") as run:
        run.wait_for("Serving.")
        output = run.output()
        answered = subprocess.run(
            ["bash", "-c", run.line("curl -i ")],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=True,
        )
        invoked = subprocess.run(
            ["bash", "-c", run.line("PORT=").replace("make invoke", _INVOKE)],
            cwd=ours,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    assert "not as it should be" not in output
    assert output.count("200 null") == 2
    assert "…" not in output
    for name in ("PORT", "FUNCTION_PORT", "ORG_PORT"):
        assert f"127.0.0.1:{run.ports[name]}" in output
    assert answered.stdout.endswith("\n\nnull")
    assert invoked.stdout.splitlines() == ["sync   200 null", "async  201", "record SUCCESS null"]


def test_a_function_that_fails_is_served_and_shows_where(ours: Path) -> None:
    """A payload that a function refuses is no reason to stop; the answer says what it did."""
    write_function(
        ours / "function",
        "async def function(event, context):\n    return {'total': 2 * event.data['amount']}\n",
    )
    with running_demo(ours) as run:
        run.wait_for("Serving.")
        assert "the first call answered 500, not 200" in run.output()
        assert "KeyError: 'amount'" in run.output()
        assert ", line 2, in function" in run.output()

    assert check(ours, PAYLOAD='{"amount": 4}').returncode == 0


def test_a_project_anywhere_is_served_with_its_packages(ours: Path, tmp_path: Path) -> None:
    """``FUNCTION`` names any folder; what its requirements name is there, once it is installed."""
    folder = write_function(
        tmp_path / "my fünction",
        "import greeting\n" + returning("greeting.TEXT + open('name.txt').read()"),
    )
    (folder / "name.txt").write_text("you")
    wheel = folder / "greeting-1.0-py3-none-any.whl"
    _write_wheel(wheel)
    (folder / "requirements.txt").write_text(f"salesforce-functions\n./{wheel.name}\n")
    target = ["make", "-o", "setup", "demo", f"FUNCTION={folder}"]

    for expected in (True, False):
        done = subprocess.run(
            target,
            cwd=ours,
            env=environment(own_ports()),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert '200 "Hello, you"' in done.stdout
        assert ("installing what" in done.stdout) is expected


def test_a_new_project_is_served(ours: Path, tmp_path: Path) -> None:
    """What ``sf-functions-python new`` makes runs as README says."""
    new = [str(ours / ".venv/bin/sf-functions-python"), "new", str(tmp_path / "my-function")]
    subprocess.run(new, check=True, capture_output=True, timeout=LIMIT_S)
    done = check(ours, FUNCTION=str(tmp_path / "my-function"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert '200 {"youSent":{"name":"Ada","company":"Acme"},"accounts":[]}' in done.stdout


@pytest.mark.parametrize(
    ("main", "shown"),
    [
        pytest.param("x(\n", "SyntaxError: '(' was never closed", id="syntax"),
        pytest.param("import nosuchpackage\n", "No module named 'nosuchpackage'", id="package"),
        pytest.param("import nosuchpackage\n", "requirements.txt names it", id="advice"),
        pytest.param("x = 1\n", "Didn't find a function named 'function'", id="no-function"),
    ],
)
def test_what_can_not_be_loaded_is_said_before_anything_starts(
    ours: Path, main: str, shown: str
) -> None:
    """The reason is all that is printed, and comes before the first program."""
    write_function(ours / "function", main)
    done = check(ours, "run")

    assert done.returncode == 1
    assert shown in done.stderr
    assert done.stdout == ""
    assert not (ours / ".local" / "logs").exists()


def test_a_changed_function_is_loaded_anew(ours: Path, tmp_path: Path) -> None:
    """A saved file is served; one that can't be loaded is refused, and the old one goes on."""
    folder = write_function(tmp_path / "changes", returning("'first'"))
    with running_demo(ours, FUNCTION=str(folder)) as run:
        run.wait_for("Serving.")
        (folder / "main.py").write_text("broken(\n")
        run.wait_for("Not loaded: the function as it was before goes on serving.")
        assert "SyntaxError" in run.output()
        assert run.answer() == "first"

        (folder / "greeting.py").write_text("TEXT = 'second'\n")
        (folder / "main.py").write_text("import greeting\n" + returning("greeting.TEXT"))
        run.wait_for("Loaded anew")
        assert run.answer() == "second"

        (folder / "greeting.py").write_text("TEXT = 'third'\n")
        run.wait_for("Loaded anew", times=2)
        assert run.answer() == "third"
        assert run.end() == 0

    assert described(processes_in(tmp_path)) == []


def test_a_function_in_another_language_is_started_by_its_command(
    ours: Path, tmp_path: Path
) -> None:
    """``FUNCTION_COMMAND`` runs in the function's folder; one that ends at once is shown."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "server.py").write_text(OTHER_SERVER)
    done = check(ours, FUNCTION=str(folder), FUNCTION_COMMAND="exec python server.py")
    failed = check(ours, FUNCTION=str(folder), FUNCTION_COMMAND="noed server.py")

    assert done.returncode == 0, done.stdout + done.stderr
    assert '200 {"other":true}' in done.stdout
    assert failed.returncode == 1
    assert "the function ended right after its start" in failed.stderr
    assert "noed: command not found" in failed.stderr
    assert described(processes_in(tmp_path)) == []


def test_a_program_that_can_not_start_is_said(ours: Path) -> None:
    """It is named with the end of its log, not after a time limit."""
    (ours / "relay" / "__main__.py").write_text("broken(\n")
    done = check(ours, "run")

    assert done.returncode == 1
    assert "the relay ended right after its start; its log, " in done.stderr
    assert "SyntaxError: '(' was never closed" in done.stderr
    assert described(processes_in(ours)) == []


def _write_wheel(path: Path) -> None:
    """Make a package by hand: no build, no network."""
    info = "greeting-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("greeting.py", "TEXT = 'Hello, '\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        wheel.writestr(f"{info}/RECORD", "")


_INVOKE = "env PAYLOAD=1 .venv/bin/python -m demo.invoke; true"
