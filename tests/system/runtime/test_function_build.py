"""``bin/build-function`` makes of a folder what ``bin/function-command`` starts, or says why not.

It is a copy of ours beside a function, since it changes that; what it installs is here already.
"""

import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from localstack import ROOT
from tests.support.function_start import environment
from tests.system.examples.toolchains import LIMIT_S

pytestmark = pytest.mark.slow

CLI = "node_modules/@heroku/sf-fx-runtime-nodejs/bin/cli.js"
BUILD = "mkdir -p target/bundle target/classes; touch target/runtime.jar; echo build $*"
PLAIN_POM = """
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId><artifactId>plain</artifactId><version>1</version>
</project>
"""
EXAMPLE = ROOT / "examples" / "javafunction"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A copy of our programs, and of a function."""

    root: Path

    @classmethod
    def with_files(cls, root: Path, files: dict[str, str]) -> "Project":
        """Return one whose function has these files."""
        shutil.copytree(ROOT / "bin", root / "bin")
        (root / "function").mkdir()
        for name, text in files.items():
            root.joinpath("function", name).parent.mkdir(parents=True, exist_ok=True)
            root.joinpath("function", name).write_text(text)
        return cls(root=root)

    def build(
        self, target: str, *, instead: tuple[str, ...] = ("apt-get",), platform: str = "amd64"
    ) -> subprocess.CompletedProcess[str]:
        """Build for a target; the programs ``instead`` say their arguments and do nothing."""
        for name in instead:
            self.add_program(name, 'echo "${0##*/} $*"')
        return subprocess.run(
            [self.root / "bin" / "build-function", target, "function"],
            env=environment(BUILD_NOTES=str(self.root), TARGETARCH=platform)
            | {"PATH": f"{self.root / 'programs'}:{environment()['PATH']}"},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def add_program(self, name: str, script: str) -> None:
        """Put a program of bash where it is found first."""
        program = self.root / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/bash\n{script}\n")
        program.chmod(0o755)

    def serves(self) -> str:
        """Return the Debian packages that the image gets."""
        return (self.root / "debian-packages").read_text()


def test_node_function_is_built_without_scripts_of_packages(tmp_path: Path) -> None:
    """By its lock; what only the build needed is taken away."""
    project = Project.with_files(tmp_path, {"package.json": "", CLI: ""})
    done = project.build("node", instead=("apt-get", "npm"))

    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("npm")] == [
        "npm ci --ignore-scripts --no-audit --no-fund",
        "npm run build --if-present",
        "npm prune --omit=dev --ignore-scripts --no-audit --no-fund",
    ]
    assert project.serves() == "nodejs\n"


@pytest.mark.parametrize("own", [{}, {"start": ""}], ids=["none", "own-server"])
def test_node_function_without_the_runtime_is_not_built(
    tmp_path: Path, own: dict[str, str]
) -> None:
    """Salesforce's CLI brought it, so old projects lack it; one with a server of its own may."""
    project = Project.with_files(tmp_path, {"package.json": "", **own})
    done = project.build("node", instead=("apt-get", "npm"))

    assert done.returncode == (0 if own else 2)
    assert ("npm install --save-exact @heroku/sf-fx-runtime-nodejs@" in done.stderr) == (not own)


def test_named_runtime_is_the_one_of_the_example() -> None:
    """With which it is tested."""
    needs = json.loads((ROOT / "examples/typescriptfunction/package.json").read_text())
    runtime = needs["dependencies"]["@heroku/sf-fx-runtime-nodejs"]

    assert f"sf-fx-runtime-nodejs@{runtime}\\`" in (ROOT / "bin" / "build-function").read_text()


def test_java_function_is_built_by_its_own_program(tmp_path: Path) -> None:
    """Only what runs stays: no sources, no tests, no classes beside the bundle."""
    files = {"pom.xml": "", "build": BUILD, "src/Fn.java": "", "target/old": ""}
    project = Project.with_files(tmp_path, files)
    done = project.build("java")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "build -DskipTests"
    kept = {str(path.relative_to(tmp_path / "function")) for path in tmp_path.glob("function/**/*")}
    assert kept == {"build", "pom.xml", "target", "target/bundle", "target/runtime.jar"}
    assert project.serves() == "openjdk-17-jre-headless\n"


def test_java_function_without_a_build_gets_the_known_runtime(tmp_path: Path) -> None:
    """By Maven, all that a function of Salesforce's CLI has; the runtime makes the bundle."""
    maven, java = shutil.which("mvn"), shutil.which("java")
    if not (maven and java):
        pytest.skip("needs mvn")
    project = Project.with_files(tmp_path, {"pom.xml": PLAIN_POM})
    spoken = 'if [[ "$*" == {0}* ]]; then echo "${{0##*/}} $*"; else exec {1} "$@"; fi'
    project.add_program("mvn", spoken.format("*package", maven))
    project.add_program("java", spoken.format("-jar", java))
    done = project.build("java")

    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert "mvn --batch-mode --no-transfer-progress -DskipTests package" in said
    assert said[-1].endswith("java -jar target/runtime.jar bundle . target/bundle")
    (sha256,) = re.findall(r"<runtime.sha256>(\w+)<", (EXAMPLE / "pom.xml").read_text())
    jar = (tmp_path / "function" / "target" / "runtime.jar").read_bytes()
    assert hashlib.sha256(jar).hexdigest() == sha256


def test_another_runtime_than_the_known_one_is_refused(tmp_path: Path) -> None:
    """It would be trusted with every caller's token."""
    project = Project.with_files(tmp_path, {"function-bundle.toml": ""})
    jar = "sf-fx-runtime-java-runtime-1.1.0-jar-with-dependencies.jar"
    project.add_program("mvn", f"mkdir -p target; echo other >target/{jar}")
    done = project.build("java")

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "build-function: the runtime that Maven fetched is not the known one"
    )


WRONG = [
    pytest.param("python", "package.json", "it holds one for the target node", id="node"),
    pytest.param("python", "pom.xml", "it holds one for the target java", id="java"),
    pytest.param("python", "", "it is empty", id="empty"),
    pytest.param("node", "main.py", "it holds one for the target python", id="python-as-node"),
    pytest.param("node", "go.mod", "no package.json, pom.xml or ", id="go-as-node"),
    pytest.param("java", "package.json", "it holds one for the target node", id="node-as-java"),
    pytest.param("java", "", "it is empty", id="empty-as-java"),
]


@pytest.mark.parametrize(("target", "file", "why"), WRONG)
def test_folder_for_another_target_ends_the_build(
    tmp_path: Path, target: str, file: str, why: str
) -> None:
    """With one sentence that says what it is, before anything is installed."""
    project = Project.with_files(tmp_path, {file: ""} if file else {})
    done = project.build(target)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"build-function: function holds no function for the target {target}: ")
    assert why in line


def test_builder_that_builds_every_target_passes_the_others(tmp_path: Path) -> None:
    """Without a platform it is the classic one, which builds all stages: the image says it then."""
    project = Project.with_files(tmp_path, {"main.py": ""})
    done = project.build("node", platform="")

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "wrong-target").read_text() == done.stdout
    assert project.serves() == ""
