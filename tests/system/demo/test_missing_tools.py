"""``make run`` on a machine without the tools of the function's language."""

from pathlib import Path

import pytest

from demo.languages import EXAMPLES
from localstack import ROOT
from tests.support.demo_run import check, copy_of_ours

NODE = "the function needs Node 18 or newer, and {}: install it by `apt-get install nodejs npm` ("
NPM = "the function needs npm, and there is no npm: install it by `apt-get install npm` ("
JDK = "the function needs JDK 17 or newer, and {}: install it by `apt-get install default-jdk-headl"
MAVEN = "the function needs Maven, and there is no mvn: install it by `apt-get install maven` ("
GO = "the function needs Go, and there is no go: install it by `apt-get install golang-go` ("


@pytest.mark.parametrize(
    ("example", "programs", "said"),
    [
        ("node", {}, [NODE.format("there is no node"), NPM]),
        ("node", {"node": "echo v18.19.0"}, [NPM]),
        ("node", {"node": "echo v16.20.2", "npm": ""}, [NODE.format("node is 16.20.2")]),
        ("java", {}, [JDK.format("there is no javac"), MAVEN]),
        ("java", {"javac": "echo Picked up JAVA_TOOL_OPTIONS; echo javac 17.0.1"}, [MAVEN]),
        ("java", {"javac": "echo javac 1.8.0_292", "mvn": ""}, [JDK.format("javac is 1.8.0_292")]),
        ("java", {"javac": "exit 1", "mvn": ""}, [JDK.format("there is no javac")]),
        ("go", {}, [GO]),
    ],
)
def test_a_missing_tool_is_said_before_anything_starts(
    tmp_path: Path, example: str, programs: dict[str, str], said: list[str]
) -> None:
    """One sentence for each, with what installs it on Debian and on macOS; exit code 2."""
    ours = copy_of_ours(tmp_path / "clone")
    (ours / "examples").symlink_to(ROOT / "examples")
    path = tmp_path / "programs"
    path.mkdir()
    for name, does in programs.items():
        (path / name).write_text(f"#!/bin/sh\n{does}\n")
        (path / name).chmod(0o755)
    done = check(ours, "run", EXAMPLE=example, PATH=str(path))

    lines = done.stderr.splitlines()
    assert done.returncode == 2, done.stderr
    assert len(lines) == len(said)
    for line, sentence in zip(lines, said, strict=True):
        assert line.startswith(f"make run: {sentence}")
        assert "(Debian) or `brew install " in line
    assert done.stdout == ""
    assert not (ours / ".local" / "logs").exists()


def test_an_unknown_example_names_those_that_exist(tmp_path: Path) -> None:
    """Each of which is a folder of ours."""
    done = check(copy_of_ours(tmp_path / "clone"), EXAMPLE="cobol")

    assert done.returncode == 2
    assert done.stderr == ("make run: EXAMPLE: there is no 'cobol', but python, node, java, go\n")
    assert [name for name in EXAMPLES.values() if not (ROOT / name).is_dir()] == []
