"""``make setup`` on machines that lack something: one line says what, and what to do."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, distributions
from pathlib import Path
from typing import Final

import pytest

from localstack.waiting import wait_until
from tests.system.setup.wheels import ROOT, same

LIMIT_S: Final = 500
pytestmark = pytest.mark.timeout(3 * LIMIT_S)  # pip computes a lot, which takes as long as it takes
NEEDED: Final = ("bash", "dirname", "grep", "make", "sed", "tail", "touch")
NO_NETWORK: Final = {
    "PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "1", "PIP_NO_CACHE_DIR": "1",
}  # fmt: skip
ANEW: Final = "setup: .venv is half-made, older than the lock, or was moved: making it anew"


def with_requirements(name: str) -> set[str]:
    """Return a package and what it needs in this environment."""
    required = distribution(name).requires or []
    names = [re.split(r"[^\w.-]", text)[0] for text in required if "extra ==" not in text]
    return {same(name)}.union(*(with_requirements(each) for each in names if _is_here(each)))


def _is_here(name: str) -> bool:
    return any(same(each.name) == same(name) for each in distributions())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with our set-up and nothing to install but what builds it, in an odd folder."""
    folder = tmp_path / "mein Übungsordner"
    (folder / "tools").mkdir(parents=True)
    (folder / "requirements").mkdir()
    for name in ("Makefile", "tools/setup"):
        shutil.copy(ROOT / name, folder / name)
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements/dev.txt").read_text())
    tools = with_requirements("hatchling")
    chosen = [block for block in blocks if same(re.split(r"[=\[]", block)[0]) in tools]
    (folder / "requirements/dev.txt").write_text("\n".join(chosen) + "\n")
    (folder / "sample.py").write_text("def main():\n    return 0\n")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "sample"\nversion = "1"\n[project.scripts]\nsample = "sample:main"\n'
        '[tool.hatch.build]\ndev-mode-dirs = ["."]\n'
    )
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with what the set-up needs, and no Python."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in NEEDED:
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def make_setup(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Type ``make setup`` with this interpreter; ``env`` adds to the environment."""
    return subprocess.run(
        ["make", "setup", *(arguments or [f"PYTHON={base_python()}"])],
        cwd=folder, env=os.environ | env,
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip


def base_python() -> str:
    """Return the interpreter from which the one of this environment was made."""
    return str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that is not make's own."""
    assert done.returncode == 2
    (line,) = [each for each in done.stderr.splitlines() if not each.startswith("make: ***")]
    return line


def test_what_a_link_points_to_is_left_alone(project: Path, tmp_path: Path) -> None:
    """An environment of somebody else's that .venv leads to is neither used nor emptied."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "kept").touch()
    (project / ".venv").symlink_to(theirs)

    done = make_setup(project)

    assert complaint(done) == (
        f"setup: .venv is a link to {theirs}, which would be emptied: "
        "rm .venv, then run make setup again"
    )
    assert [each.name for each in theirs.iterdir()] == ["kept"]


def test_without_network_the_index_is_named_as_the_cause(project: Path) -> None:
    """Not what pip concludes from it: that there are no versions of the package."""
    done = make_setup(project, **NO_NETWORK)

    assert complaint(done) == (
        "setup: the package index can't be reached: check network, proxy and `pip config list`, "
        "then run make setup again (all that pip said: .venv/setup.log)"
    )
    assert "Connection refused" in (project / ".venv/setup.log").read_text()


def test_without_venv_the_package_is_named(project: Path, tmp_path: Path) -> None:
    """As on Debian, where the module's other half is a package of its own."""
    (tmp_path / "absent").mkdir()
    absent = "raise ModuleNotFoundError(\"No module named 'ensurepip'\")\n"
    (tmp_path / "absent/ensurepip.py").write_text(absent)
    done = make_setup(project, PYTHONPATH=str(tmp_path / "absent"))

    assert complaint(done) == (
        f"setup: {base_python()} has no venv module: install it (Debian and Ubuntu: "
        "apt install python3-venv), or say make PYTHON=/path/to/another"
    )
    assert not (project / ".venv").exists()


def old_python() -> tuple[str, str]:
    """Return an interpreter of this machine that is too old, and its version."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in ("3.10", "3.9", "3.8", "3.7", "3.6"):
        for path in root.glob(f"{version}.*/bin/python{version}"):
            return str(path), path.parent.parent.name
    pytest.skip("no Python older than 3.11 is here")


def test_an_old_python_is_refused_by_its_version(project: Path) -> None:
    """The one that was asked for; no other is taken in its place."""
    path, version = old_python()

    assert complaint(make_setup(project, f"PYTHON={path}")) == (
        f"setup: {path} is Python {version}, but 3.11 or newer is needed: "
        "say make PYTHON=/path/to/python3.11"
    )


def test_a_python_that_is_not_there_is_named(project: Path) -> None:
    """A slip of the pen in PYTHON."""
    assert complaint(make_setup(project, "PYTHON=/no/python")) == (
        "setup: /no/python does not run: say make PYTHON=/path/to/python3.11 (or newer)"
    )


@pytest.mark.parametrize("there", ["old", "none"])
def test_a_machine_without_a_new_python_is_told(project: Path, tools: Path, there: str) -> None:
    """What python3 is, and how to name another."""
    version = "missing"
    if there == "old":
        path, version = old_python()
        (tools / "python3").symlink_to(path)

    assert complaint(make_setup(project, "PYTHON=", PATH=str(tools))) == (
        f"setup: Python 3.11 or newer is needed, and python3 is {version}: "
        "install one, or say make PYTHON=/path/to/python3.11"
    )


def test_the_first_python_that_is_new_enough_is_taken(project: Path, tools: Path) -> None:
    """An old python3 is in nobody's way when there is a newer one beside it."""
    (tools / "python3").symlink_to(old_python()[0])
    name = f"python3.{sys.version_info.minor}"
    (tools / name).symlink_to(base_python())
    make_setup(project, "PYTHON=", PATH=str(tools), **NO_NETWORK)

    assert (project / ".venv/bin" / name).exists()


@pytest.fixture
def silent_index() -> Iterator[str]:
    """An index that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


def test_an_interrupted_setup_is_begun_anew(project: Path, silent_index: str) -> None:
    """By the next make, which says so."""
    env = {"PIP_INDEX_URL": silent_index, "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1"}
    process = subprocess.Popen(
        ["make", "setup", f"PYTHON={base_python()}"],
        cwd=project, env=os.environ | env, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until((project / ".venv/setup.log").exists, "pip's start", limit_s=LIMIT_S)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=LIMIT_S) != 0

    done = make_setup(project)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == ANEW
    assert (project / ".venv/bin/sample").exists()


def test_a_setup_that_is_right_is_left_alone_until_it_is_moved(project: Path) -> None:
    """Twice is once; its programs name their folder, so a moved one is made anew."""
    first = make_setup(project)
    assert first.returncode == 0, first.stderr
    again = make_setup(project)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")

    moved = project.rename(project.with_name("moved"))
    done = make_setup(moved)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == ANEW
    assert subprocess.run([moved / ".venv/bin/sample"], check=False).returncode == 0
