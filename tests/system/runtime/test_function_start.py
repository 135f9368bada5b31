"""How ``bin/function`` starts a function: where it runs, and what it can see."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack import ROOT
from tests.support.function_start import (
    StartedFunction,
    install,
    run_function,
    started_function,
    write_wheel,
)
from tests.support.runtime_project import write_project

BOUNDS = dict(
    line.partition(" ")[0].split("==")
    for line in (ROOT / "requirements" / "function.txt").read_text().splitlines()
    if "==" in line
)
"""What the runtime needs."""

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
    [({}, "function"), ({"FUNCTION_DIR": "chaos/faults/function"}, "chaos/faults/function")],
    ids=["default", "in-the-root"],
)
def test_function_command_runs_in_the_functions_folder(
    settings: dict[str, str], folder: str
) -> None:
    """In whatever language; a folder that is not absolute lies in the app's root."""
    done = run_function(FUNCTION_COMMAND='echo "$PWD $PORT"', **settings)

    assert (done.returncode, done.stdout) == (0, f"{ROOT / folder} 1234\n")


def test_missing_folder_is_one_sentence() -> None:
    """And exit code 2, as of any wrong setting."""
    done = run_function(FUNCTION_DIR="no where")

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("function: there is no folder no where: set FUNCTION_DIR to ")


def test_folder_to_install_for_must_be_there(tmp_path: Path) -> None:
    """A typing error in a build must not install nothing."""
    done = install(tmp_path / "nowhere", tmp_path / "packages")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"install-function: there is no folder {tmp_path}/nowhere\n"


def test_function_in_another_language_needs_no_python_file(tmp_path: Path) -> None:
    """Neither main.py nor requirements.txt: there is nothing to install then, and all is well."""
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "start").touch()
    done = install(tmp_path / "project", tmp_path / "packages")

    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "packages").iterdir()) == []


WRITES = """
import tempfile
from pathlib import Path

async def function(event, context):
    match event.data:
        case "new":
            Path("out.pdf").write_text("")
        case "old":
            Path("main.py").write_text("")
        case "folder":
            Path("out").mkdir()
        case "wrapped":
            try:
                Path("out.pdf").write_text("")
            except PermissionError as error:
                raise RuntimeError("no report") from error
        case _:
            Path(tempfile.mkdtemp(), "out.pdf").write_text("")
"""
HINT = " (nothing can be written there: write to /tmp, which Python's tempfile does)"


@pytest.fixture(scope="module")
def locked() -> Iterator[StartedFunction]:
    """A function whose user may read its folder and write to /tmp, as in the image."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        project = write_project(Path(folder) / "project", main=WRITES)
        with started_function(
            Path(folder) / "run", user=12345, FUNCTION_DIR=str(project)
        ) as function:
            yield function


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start a function as another user")
@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("new", "PermissionError: [Errno 13] Permission denied: 'out.pdf'"),
        ("old", "PermissionError: [Errno 13] Permission denied: 'main.py'"),
        ("folder", "PermissionError: [Errno 13] Permission denied: 'out'"),
        ("wrapped", "RuntimeError: no report"),
    ],
)
def test_who_cannot_write_is_told_where_they_can(
    locked: StartedFunction, data: str, text: str
) -> None:
    """After the message that was always there."""
    answer = locked.invoke(data)

    message = f"Exception occurred while executing function: {text}{HINT}"
    assert (answer.status, answer.json) == (500, message)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can start a function as another user")
def test_tmp_can_be_written(locked: StartedFunction) -> None:
    """As the hint says."""
    assert locked.invoke().status == 200


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
    assert names >= {"proxy", "relay", "supervision", "tests", "bin", "function"}
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


BACKEND = """
import zipfile

def build_wheel(directory, settings=None, metadata=None):
    info = "mylib-1.0.dist-info"
    with zipfile.ZipFile(f"{directory}/mylib-1.0-py3-none-any.whl", "w") as wheel:
        wheel.write("mylib.py")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: mylib\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return "mylib-1.0-py3-none-any.whl"
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
IMPORTS = """
from {name} import owner

async def function(event, context):
    return owner
"""


def project_with_libraries(path: Path, name: str, requirements: str) -> Path:
    """Write a function that imports ``name``, and what its requirements may be found in."""
    project = write_project(path, main=IMPORTS.format(name=name))
    project.joinpath("requirements.txt").write_text(requirements)
    files = {"mylib.py": "owner = 'mylib'", "backend.py": BACKEND, "pyproject.toml": PYPROJECT}
    for file, text in files.items():
        project.joinpath("mylib").mkdir(exist_ok=True)
        project.joinpath("mylib", file).write_text(text)
    write_wheel(project / "wheels", "boxed", {"boxed.py": "owner = 'boxed 1'"})
    write_wheel(project / "wheels", "boxed", {"boxed.py": "owner = 'boxed 2'"}, version="2.0")
    project.joinpath("more").mkdir()
    project.joinpath("more", "more.txt").write_text("--find-links ../wheels\nboxed\n-c limits.txt")
    project.joinpath("more", "limits.txt").write_text("boxed<2")
    return project


@pytest.mark.parametrize(
    ("requirements", "name", "owner"),
    [
        pytest.param("./mylib", "mylib", "mylib", id="folder"),
        pytest.param("-e ./mylib", "mylib", "mylib", id="editable"),
        pytest.param("-e mylib", "mylib", "mylib", id="editable-by-name"),
        pytest.param("mylib @ file:mylib", "mylib", "mylib", id="named-file"),
        pytest.param("./wheels/boxed-2.0-py3-none-any.whl", "boxed", "boxed 2", id="wheel"),
        pytest.param("--find-links ./wheels\nboxed==1.0", "boxed", "boxed 1", id="find-links"),
        pytest.param("-r more/more.txt", "boxed", "boxed 1", id="included"),
        pytest.param("-f wheels\n-c more/limits.txt\nboxed", "boxed", "boxed 1", id="limits"),
    ],
)
def test_local_requirements_are_taken_from_the_functions_folder(
    tmp_path: Path, requirements: str, name: str, owner: str
) -> None:
    """Wherever the build was started; an editable one is found as well, since it is copied."""
    project = project_with_libraries(tmp_path / "a project", name, requirements)
    packages = tmp_path / "packages"

    installed = install(project, packages)
    assert installed.returncode == 0, installed.stderr
    assert ("is installed as it is now" in installed.stderr) == requirements.startswith("-e")
    assert project.joinpath("mylib") not in packages.iterdir()
    with started_function(
        tmp_path / "run", FUNCTION_DIR=str(project), FUNCTION_PACKAGES=str(packages)
    ) as function:
        assert function.invoke().json == owner


def test_versions_that_the_runtime_needs_are_decided_for_it(tmp_path: Path) -> None:
    """As `pip freeze` wrote them in 2023: a warning for each, not pip's ResolutionImpossible."""
    project = write_project(tmp_path / "project")
    wheels = project / "wheels"
    for name, version in BOUNDS.items():
        write_wheel(wheels, name, {f"own_{name}.py": ""}, version=version)
    project.joinpath("requirements.txt").write_text(
        "--find-links wheels\naiohttp==3.8.5\norjson==3.9.0\n"
    )

    installed = install(project, tmp_path / "packages")

    assert installed.returncode == 0, installed.stderr
    warnings = [line for line in installed.stderr.splitlines() if " gives way to " in line]
    assert [line.split("requirements.txt:")[1] for line in warnings] == [
        f"{number}: '{name}=={old}' gives way to {name} {BOUNDS[name]}, which the runtime needs:"
        " take the version out of this line"
        for number, name, old in ((2, "aiohttp", "3.8.5"), (3, "orjson", "3.9.0"))
    ]


def test_a_conflict_within_is_explained(tmp_path: Path) -> None:
    """A package that needs an old version itself: after pip's words it is said what stays."""
    project = write_project(tmp_path / "project")
    for name, version in BOUNDS.items():
        write_wheel(project / "wheels", name, {f"own_{name}.py": ""}, version=version)
    write_wheel(project / "wheels", "old", {"old.py": ""}, needs="aiohttp<3.9")
    project.joinpath("requirements.txt").write_text("--find-links wheels\nold\n")

    installed = install(project, tmp_path / "packages")

    assert installed.returncode == 1
    assert "old 1.0 depends on aiohttp<3.9" in installed.stdout
    last = installed.stderr.splitlines()[-1]
    assert last.startswith(f"install-function: pip can't install what {project}/requirements.txt")
    assert "what it calls a constraint is needed by the runtime and stays" in last


SECRETS = [
    "ENCODED_PRIVATE_KEY",
    "PRIVATE_KEY_FILEPATH",
    "CONSUMER_KEY",
    "CONSUMER_KEY_OLD",
    "CONSUMER_SECRET",
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
    printed = run_function(FUNCTION_COMMAND="exec env -0", **settings).stdout
    return dict(entry.split("=", 1) for entry in printed.split("\0") if entry)
