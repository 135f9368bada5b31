"""How ``bin/function`` starts a function: where it runs, and what it can see."""

import subprocess
from pathlib import Path

import pytest

from tests.support.function_start import (
    environment,
    install,
    started_function,
    write_wheel,
)
from tests.support.proxy_process import ROOT
from tests.support.runtime_process import DEADLINE_S
from tests.support.runtime_project import write_project

READS_BESIDE_IT = """
from pathlib import Path

async def function(event, context):
    return [Path("beside.txt").read_text(), str(Path.cwd())]
"""


def test_function_runs_in_its_own_folder(tmp_path: Path) -> None:
    """A file beside main.py is found by its name, as where functions were run before."""
    project = write_project(tmp_path / "project", main=READS_BESIDE_IT)
    project.joinpath("beside.txt").write_text("here")
    with started_function(tmp_path / "run", FUNCTION_DIR=str(project)) as function:
        answer = function.invoke()

    assert (answer.status, answer.json) == (200, ["here", str(project)])


@pytest.mark.parametrize(
    ("settings", "folder"),
    [({}, "function"), ({"FUNCTION_DIR": "tests/faults/function"}, "tests/faults/function")],
    ids=["default", "in-the-root"],
)
def test_function_command_runs_in_the_functions_folder(
    settings: dict[str, str], folder: str
) -> None:
    """In whatever language; a folder that is not absolute lies in the app's root."""
    done = _run_function(FUNCTION_COMMAND='echo "$PWD $PORT"', **settings)

    assert (done.returncode, done.stdout) == (0, f"{ROOT / folder} 1234\n")


def test_missing_folder_is_one_sentence() -> None:
    """And exit code 2, as of any wrong setting."""
    done = _run_function(FUNCTION_DIR="no where")

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("function: there is no folder no where: set FUNCTION_DIR to ")


def test_folder_to_install_for_must_be_there(tmp_path: Path) -> None:
    """A typing error in a build must not install nothing."""
    done = install(tmp_path / "nowhere", tmp_path / "packages")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"install-function: there is no folder {tmp_path}/nowhere\n"


OWN_PACKAGES = """
import importlib
import sys

NAMES = {names}
found = {{name: getattr(importlib.import_module(name), "owner", None) for name in NAMES}}

async def function(event, context):
    return [found, sys.path]
"""


def test_functions_packages_are_found_whatever_ours_are_called(tmp_path: Path) -> None:
    """Nothing of the app's root but the runtime is visible: at the build as at run time."""
    names = {path.stem for path in ROOT.iterdir() if path.stem.isidentifier()} - {
        "salesforce_functions"
    }
    assert names >= {"proxy", "relay", "watchdog", "tests", "bin", "function"}
    project = write_project(tmp_path / "project", main=OWN_PACKAGES.format(names=sorted(names)))
    for name in names:
        write_wheel(project / "wheels", name, {f"{name}/__init__.py": "owner = 'the function'"})
    lines = ["--find-links wheels", "salesforce-functions", *sorted(names)]
    project.joinpath("requirements.txt").write_text("\n".join(lines))
    packages = tmp_path / "packages"

    installed = install(project, packages)
    assert installed.returncode == 0, installed.stderr
    with started_function(
        tmp_path / "run",
        FUNCTION_DIR=str(project),
        FUNCTION_PACKAGES=str(packages),
        PYTHONPATH=f"{ROOT}/:/somewhere",
    ) as function:
        found, path = function.invoke().json

    assert found == dict.fromkeys(names, "the function")
    assert str(ROOT) not in [entry.rstrip("/") for entry in path]
    assert "/somewhere" in path


@pytest.mark.parametrize("name", ["salesforce_functions", "uvicorn"])
def test_runtime_is_served_by_its_own_modules(tmp_path: Path, name: str) -> None:
    """A file beside main.py, or a package that brings the runtime's name, replaces none of them."""
    project = write_project(tmp_path / "project", uvicorn="raise AssertionError")
    broken = {"salesforce_functions/__init__.py": "raise AssertionError"}
    write_wheel(project, "imposter", broken if name == "salesforce_functions" else {"x.py": ""})
    project.joinpath("requirements.txt").write_text("./imposter-1.0-py3-none-any.whl")
    packages = tmp_path / "packages"

    installed = install(project, packages)
    assert installed.returncode == 0, installed.stderr
    with started_function(
        tmp_path / "run", FUNCTION_DIR=str(project), FUNCTION_PACKAGES=str(packages)
    ) as function:
        assert function.invoke(5).json == 5


SECRETS = [
    "ENCODED_PRIVATE_KEY",
    "PRIVATE_KEY_FILEPATH",
    "CONSUMER_KEY",
    "CONSUMER_KEY_OLD",
    "METRICS_TOKEN",
    "ASYNC_KEYS",
    "DATABASE_URL",
    "DATABASE_CONNECTION_POOL_URL",
    "RUN_DIR",
    "SUPERVISOR_SERVER_URL",
]
DATABASES = ["HEROKU_POSTGRESQL_PURPLE_URL", "HEROKU_POSTGRESQL_RED_URL"]


def test_secrets_never_reach_the_function(tmp_path: Path) -> None:
    """Not even when FUNCTION_ENV lists them, which the start refuses."""
    settings = {name: str(tmp_path) for name in SECRETS} | {"REDIS_URL": "redis:"}
    found = _environment_of_function(**settings, FUNCTION_ENV=",".join(SECRETS))

    assert found["REDIS_URL"] == "redis:"
    assert [name for name in SECRETS if name in found] == []


@pytest.mark.parametrize(
    "listed", ["HEROKU_POSTGRESQL_RED_URL", " X,\tHEROKU_POSTGRESQL_RED_URL ,"]
)
def test_listed_databases_reach_the_function(listed: str) -> None:
    """The others are withheld: one of them may be the job store."""
    settings = dict.fromkeys(DATABASES, "postgres:")
    found = _environment_of_function(**settings, FUNCTION_ENV=listed)

    assert [name for name in DATABASES if name in found] == ["HEROKU_POSTGRESQL_RED_URL"]


def test_functions_own_database_is_its_database_url() -> None:
    """Functions in the wild read that name; the job store's URL stays with us."""
    found = _environment_of_function(DATABASE_URL="ours", FUNCTION_DATABASE_URL="its own")

    assert (found["DATABASE_URL"], found["FUNCTION_DATABASE_URL"]) == ("its own", "its own")


def _environment_of_function(**settings: str) -> dict[str, str]:
    printed = _run_function(FUNCTION_COMMAND="exec env -0", **settings).stdout
    return dict(entry.split("=", 1) for entry in printed.split("\0") if entry)


def _run_function(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bin" / "function"],
        env=environment(FUNCTION_PORT="1234", **settings),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
