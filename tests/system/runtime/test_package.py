"""What `pip install .` puts onto another machine, and which interpreters can run it."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack import ROOT
from salesforce_functions._internal.new_project import FILES
from tools.all_pythons import DECLARED, interpreters

LIMIT_S = 100
"""Of a command that hangs: pip computes for seconds, and much longer on a busy machine."""
PACKAGE = ROOT / "salesforce_functions"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that must not fail, far from this project; return its standard output."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built as `pip install .` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    hatchling = [sys.executable, "-m", "hatchling"]
    run(*hatchling, "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.iterdir()
    return built


def test_the_package_holds_the_runtime_and_nothing_else(wheel: Path) -> None:
    """Every file of it, also the template of new projects and the mark for type checkers."""
    names = zipfile.ZipFile(wheel).namelist()

    ours = {f"salesforce_functions/{path}" for path in source_files()}
    assert {name for name in names if ".dist-info/" not in name} == ours
    template = "salesforce_functions/_internal/template"
    assert {f"{template}/{source}" for source in FILES.values()} < ours
    assert "salesforce_functions/py.typed" in ours


def source_files() -> Iterator[Path]:
    """Yield the files of the package as they are in the source."""
    for path in PACKAGE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(PACKAGE)


def test_the_installed_package_works(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own: the command, a new project, and the old import name."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    # Its dependencies are those of this environment: there may be no network.
    site = Path(run(python, "-c", "import site; print(*site.getsitepackages())", cwd=tmp_path)[:-1])
    site.joinpath("dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    command = python.with_name("sf-functions-python")

    assert run(command, "version", cwd=tmp_path) == "0.7.0\n"
    run(command, "new", "mine", cwd=tmp_path)
    assert run(command, "check", "mine", cwd=tmp_path) == "Function passed validation.\n"
    code = "import salesforce_functions as s; print(s.__version__, s.__file__)"
    assert (
        run(python, "-c", code, cwd=tmp_path) == f"0.7.0 {site}/salesforce_functions/__init__.py\n"
    )


COMPILE = """
import pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    compile(path.read_text(encoding="utf-8"), str(path), "exec")
"""


def test_every_interpreter_at_hand_compiles_it(tmp_path: Path) -> None:
    """Syntax only: the dependencies are here for one of them, which runs all other tests."""
    found = interpreters()

    assert set(found) <= set(DECLARED)
    classifiers = (ROOT / "pyproject.toml").read_text()
    assert [version for version in DECLARED if f"Python :: {version}" not in classifiers] == []
    for python in found.values():
        for folder in (PACKAGE, ROOT / "function"):
            run(python, "-W", "error", "-c", COMPILE, folder, cwd=tmp_path)
