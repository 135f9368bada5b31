"""``make run`` with functions in Node, Java and any language: built, served, built anew."""

import shutil
from pathlib import Path

import pytest

from demo.build_notes import BuildNotes
from demo.build_steps import steps_of
from demo.languages import EXAMPLES, NODE
from localstack import ROOT
from tests.support.demo_run import (
    OTHER_SERVER,
    check,
    copy_of_ours,
    described,
    processes_in,
    running_demo,
)
from tests.system.examples.toolchains import BUILDS, built

pytestmark = pytest.mark.timeout(1800)

ADDED = '{"accounts":[],"added":{"accountId":"001xx0000000001AAA"'


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """What the demo needs, as after a clone."""
    return copy_of_ours(tmp_path / "clone")


def with_example(ours: Path, name: str, *made: str) -> Path:
    """Copy one of the examples into ours, and link what an earlier build of it has made."""
    source, folder = built(EXAMPLES[name]), ours / EXAMPLES[name]
    left_out = shutil.ignore_patterns("node_modules", "dist", "target")
    shutil.copytree(ROOT / EXAMPLES[name], folder, ignore=left_out)
    for each in made:
        (folder / each).symlink_to(source / each)
    return folder


def test_the_node_example_is_built_and_served(ours: Path) -> None:
    """``EXAMPLE=node`` shows what it answers to its own payload; Ctrl-C ends all of it.

    Its packages are those of an earlier run: they are installed when package.json changes.
    """
    folder = with_example(ours, "node", "node_modules")
    install, build = steps_of(NODE, folder)
    assert [install.command, "npm run build"] == BUILDS[EXAMPLES["node"]].split(" && ")
    notes = BuildNotes(ours / ".local" / "builds", folder)
    notes.done(install, notes.begin(install) or "")

    with running_demo(ours, EXAMPLE="node") as run:
        run.wait_for("Serving.")
        assert f"building the function: {build.command}\n" in run.output()
        assert install.command not in run.output()
        assert f"200 {ADDED}" in run.output()
        assert "not as it should be" not in run.output()
        assert len(processes_in(folder)) >= 2
        assert run.end() == 0

    assert described(processes_in(ours)) == []


def test_a_changed_function_is_built_anew(ours: Path, tmp_path: Path) -> None:
    """One that can't be built is shown, and the old one goes on; one that can is served."""
    folder = write_project(tmp_path / "my project")
    with running_demo(ours, FUNCTION=str(folder)) as run:
        run.wait_for("Serving.")
        assert run.answer() == {"other": True}
        (folder / "server.py").write_text("broken(\n")
        run.wait_for("Not loaded: the function as it was before goes on serving.")
        assert "SyntaxError" in run.output()
        assert run.answer() == {"other": True}

        (folder / "server.py").write_text(OTHER_SERVER.replace("true", "false"))
        run.wait_for("Loaded anew")
        assert run.answer() == {"other": False}
        assert run.end() == 0

    assert described(processes_in(tmp_path)) == []


def test_what_can_not_be_built_is_said_before_anything_starts(ours: Path, tmp_path: Path) -> None:
    """With all that the build has said."""
    folder = write_project(tmp_path / "my project")
    (folder / "server.py").write_text("broken(\n")
    done = check(ours, "run", FUNCTION=str(folder))

    assert done.returncode == 1
    assert done.stdout == "building the function: ./build\n"
    assert done.stderr.startswith(f"make run: `./build` failed in {folder}:\n\n")
    assert "SyntaxError: '(' was never closed" in done.stderr
    assert not (ours / ".local" / "logs").exists()


def write_project(folder: Path) -> Path:
    """Write a project in a language for which there is no runtime."""
    folder.mkdir()
    scripts = {
        "build": "mkdir -p target\npython -m py_compile server.py && cp server.py target/\n",
        "start": "exec python target/server.py\n",
    }
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{script}")
        (folder / name).chmod(0o755)
    (folder / "server.py").write_text(OTHER_SERVER)
    return folder
