"""When a project is built."""

import os
import shutil
from pathlib import Path

import pytest

from demo.build_steps import steps_of
from demo.built_project import BuiltProject
from demo.interrupts import Interrupts
from demo.languages import BUNDLE, GO, JAVA, NODE, OTHER
from demo.not_servable import MissingError, NotServableError

BUILD = "#!/bin/sh\nset -e\nmkdir -p target\ncp main.rs target/\n! grep wrong main.rs\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose build copies its source, and fails when that is wrong."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "build").write_text(BUILD)
    (folder / "build").chmod(0o755)
    (folder / "main.rs").write_text("first")
    return folder


def prepare(folder: Path) -> list[str]:
    """Prepare a project as each run does; return what is said."""
    said: list[str] = []
    project = BuiltProject(
        root=folder.parent,
        folder=folder,
        language=OTHER,
        env=os.environ,
        interrupts=Interrupts(),
    )
    project.prepare(said.append)
    return said


def test_a_project_is_built_once_for_each_content(folder: Path) -> None:
    """Not again when only the time of a file has changed, or a file that is no source."""
    assert prepare(folder) == ["building the function: ./build"]
    (folder / "main.rs").touch()
    (folder / "data.json").touch()
    assert prepare(folder) == []

    (folder / "main.rs").write_text("second")
    assert prepare(folder) == ["building the function: ./build"]
    assert (folder / "target" / "main.rs").read_text() == "second"
    assert prepare(folder) == []


def test_a_project_whose_result_is_gone_is_built_again(folder: Path) -> None:
    """As after ``mvn clean``, or ``rm -r node_modules``."""
    prepare(folder)
    shutil.rmtree(folder / "target")

    assert prepare(folder) == ["building the function: ./build"]
    assert (folder / "target" / "main.rs").exists()


def test_what_failed_is_built_again(folder: Path) -> None:
    """Also when the sources are as they were before: a half result may be there."""
    prepare(folder)
    (folder / "main.rs").write_text("wrong")
    for _ in range(2):
        with pytest.raises(NotServableError, match=r"`./build` failed in .*my project:\n\nwrong"):
            prepare(folder)
    (folder / "main.rs").write_text("first")

    assert prepare(folder) == ["building the function: ./build"]
    assert (folder / "target" / "main.rs").read_text() == "first"


def test_node_installs_what_is_locked_and_then_builds(tmp_path: Path) -> None:
    """Scripts of packages are not run; without a lock none is made."""
    install, build = steps_of(NODE, tmp_path)
    (tmp_path / "package-lock.json").touch()
    locked, _ = steps_of(NODE, tmp_path)

    options = "--ignore-scripts --no-audit --no-fund"
    assert install.command == f"npm install {options} --no-package-lock"
    assert locked.command == f"npm ci {options}"
    assert build.command == "npm run build --if-present"
    assert "package.json" in install.inputs
    assert build.inputs == ()


def test_what_has_no_build_is_served_as_it_is(tmp_path: Path) -> None:
    """A bundle, and what needs none; Java needs what makes a bundle, or has one."""
    assert [steps_of(language, tmp_path) for language in (BUNDLE, GO, OTHER)] == [(), (), ()]
    with pytest.raises(MissingError, match=r"no .*/build to make .* examples/javafunction"):
        steps_of(JAVA, tmp_path)
    (tmp_path / "target" / "bundle").mkdir(parents=True)
    assert steps_of(JAVA, tmp_path) == ()


def test_a_node_project_without_the_runtime_is_said(tmp_path: Path) -> None:
    """What to run is said, before anything starts."""
    (tmp_path / "package.json").write_text("{}")
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("node", "npm"):
        (programs / name).write_text("#!/bin/sh\necho v20.1.0\n")
        (programs / name).chmod(0o755)
    env = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    project = BuiltProject(
        root=tmp_path, folder=tmp_path, language=NODE, env=env, interrupts=Interrupts()
    )

    with pytest.raises(NotServableError, match="npm install --save-exact @heroku/sf-fx-runtime-n"):
        project.prepare(lambda _: None)
