"""``make run`` with functions in Node, Java and any language: built, served, built anew."""

import shutil
from pathlib import Path

import pytest

from demo.build_notes import BuildNotes
from demo.build_steps import Step, steps_of
from demo.languages import EXAMPLES, JAVA, NODE
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


def with_example(ours: Path, name: str, made: str, step: Step) -> Path:
    """Copy one of the examples into ours, with what a step of its build made in an earlier run."""
    source, folder = built(EXAMPLES[name]), ours / EXAMPLES[name]
    left_out = shutil.ignore_patterns("node_modules", "dist", "target")
    shutil.copytree(ROOT / EXAMPLES[name], folder, ignore=left_out)
    if made == "node_modules":  # large, and only read
        (folder / made).symlink_to(source / made)
    else:
        shutil.copytree(source / made, folder / made)
    assert step.command in BUILDS[EXAMPLES[name]].split(" && ")
    notes = BuildNotes(ours / ".local" / "builds", folder)
    notes.done(step, notes.begin(step) or "")
    return folder


def test_the_node_example_is_built_and_served(ours: Path) -> None:
    """``EXAMPLE=node`` shows what it answers to its own payload; Ctrl-C ends all of it.

    What is installed already is not installed again.
    """
    install, build = steps_of(NODE, ROOT / EXAMPLES["node"])
    folder = with_example(ours, "node", "node_modules", install)
    with running_demo(ours, EXAMPLE="node") as run:
        run.wait_for("Serving.")
        assert f"building the function: {build.command}\n" in run.output()
        assert install.command not in run.output()
        assert f"200 {ADDED}" in run.output()
        assert "not as it should be" not in run.output()
        assert len(processes_in(folder)) >= 2
        assert run.end() == 0

    assert described(processes_in(ours)) == []


def test_the_java_example_is_served_and_built_anew(ours: Path) -> None:
    """``EXAMPLE=java`` likewise; a change is built and served, and its runtime ends in time."""
    (build,) = steps_of(JAVA, ROOT / EXAMPLES["java"])
    folder = with_example(ours, "java", "target", build)
    source = folder / "src/main/java/com/example/AccountsFunction.java"
    with running_demo(ours, EXAMPLE="java") as run:
        run.wait_for("Serving.")
        assert "building the function" not in run.output()
        assert f"200 {ADDED}" in run.output()
        assert "not as it should be" not in run.output()
        assert len(processes_in(folder)) == 1

        source.write_text(source.read_text().replace("new Answer(accounts", "new Answer(List.of()"))
        run.wait_for("Loaded anew")
        assert run.output().count("building the function: ./build -DskipTests\n") == 1
        assert run.answer() == {"accounts": []}
        assert run.end() == 0
        assert "SIGKILL" not in run.output()

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
