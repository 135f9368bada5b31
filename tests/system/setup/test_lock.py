"""The locks can be installed on any day: also when each package has a newer release."""

import json
import os
import re
import subprocess
import sys
import venv
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Final

import pytest

from tests.system.setup.wheels import (
    NEWER,
    ROOT,
    locked_release,
    newer_release,
    required_with_extras,
    same,
    sha256,
)

LIMIT_S: Final = 500
pytestmark = pytest.mark.timeout(2 * LIMIT_S)  # pip computes a lot, which takes as long as it takes
LOCKS: Final = ("requirements.txt", "requirements/dev.txt")
OLDEST_PIP: Final = {11: "23.2.1", 12: "23.2.1", 13: "24.2", 14: "25.2"}
"""What came with the first releases of a Python that are still in use."""
PIPS: Final = (f"pip=={OLDEST_PIP[sys.version_info.minor]}", "pip")


def in_force(lock: str) -> dict[str, str]:
    """Return by name the requirement of each package that the lock brings into this environment."""
    lines = (ROOT / lock).read_text().splitlines()
    pins = [line.partition("\\")[0].strip() for line in lines if re.match(r"[a-z0-9]", line)]
    return {same(re.split(r"[=\[]", pin)[0]): pin for pin in pins}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the locked releases, and newer ones of what is asked for with an extra.

    The releases say what the real ones say and hold nothing else: the hash of each real file is
    checked by every `make setup`, and downloading them again would take longer than the tests.
    """
    folder = tmp_path_factory.mktemp("index")
    names = in_force(LOCKS[1])
    for name in names:
        try:
            locked_release(name, folder)
        except PackageNotFoundError:  # of another platform
            assert ";" in names[name], name
    for name, extras in required_with_extras().items():
        if name in names:
            newer_release(name, extras, folder)
    return folder


@pytest.fixture(scope="module", params=PIPS)
def pip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds a pip, which is no part of the environment that it fills."""
    folder = tmp_path_factory.mktemp("pip")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "-t", folder, request.param],
        cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no package index: {done.stderr[-1000:]}")
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an empty environment."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, symlinks=True)
    return folder / "bin" / "python"


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("options", [[], ["--no-deps"]], ids=["as on Heroku", "as we do"])
def test_the_lock_is_what_gets_installed(
    index: Path, pip: Path, python: Path, tmp_path: Path, lock: str, options: list[str]
) -> None:
    """The same packages with pip's resolver as without it, none of a newer release."""
    pins = in_force(lock)
    real = [path for path in index.iterdir() if NEWER not in path.name]
    releases = {same(path.name.partition("-")[0]): path for path in real}
    hashed = [f"{pins[name]} --hash={sha256(releases[name])}" for name in pins if name in releases]
    (tmp_path / "lock.txt").write_text("\n".join(hashed))
    report = tmp_path / "report.json"
    done = subprocess.run(
        [python, "-m", "pip", "--isolated", "--no-cache-dir", "install", "--dry-run", "--no-index",
         "--find-links", index, "--require-hashes", "-r", tmp_path / "lock.txt",
         "--report", report, *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(pip), "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    metadata = [each["metadata"] for each in json.loads(report.read_text())["install"]]
    installed = {f"{same(each['name'])}=={each['version']}" for each in metadata}
    wanted = {re.sub(r"\[.*?\]| ;.*", "", pins[name]) for name in releases if name in pins}
    assert len(installed) > 30
    assert installed == wanted


def test_something_newer_is_there(index: Path) -> None:
    """Else the other tests would prove nothing."""
    invented = {path.name.partition("-")[0] for path in index.glob(f"*-{NEWER}-*.whl")}

    assert invented >= {"coverage", "psycopg", "pyjwt", "sqlalchemy"}


def test_every_install_of_a_whole_lock_is_of_the_lock_alone() -> None:
    """With hashes and without dependencies; what is missing then is found by pip check."""
    places = [ROOT / "Makefile", ROOT / "Dockerfile", ROOT / "tools/setup"]
    places += [*(ROOT / ".ci").iterdir(), *(ROOT / "bin").iterdir()]
    found = []
    for place in places:
        text = place.read_text().replace("\\\n", " ")
        for line in re.findall(r"(?m)^.*pip.* install .*-r (?:requirements|\$lock).*$", text):
            found.append(place.name)
            assert "--no-deps" in line, place
            assert "--require-hashes" in line, place
            assert re.search(r"pip\b.* check|^pip check", text, re.MULTILINE), place

    assert found == ["Dockerfile", "setup"]
