"""What developers' tools are told is true: CI, editors, dependabot."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from localstack import ROOT

FORMS = sorted((ROOT / ".github").rglob("*.yml"))
EDITORS = [*sorted((ROOT / ".vscode").glob("*.json")), ROOT / ".devcontainer/devcontainer.json"]
LAUNCH: dict[str, Any] = json.loads((ROOT / ".vscode/launch.json").read_text())
PARTS = re.findall(r"^PARTS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()


def run_by(part: str) -> list[Path]:
    """Return the files of tests that ``make test PART=part`` runs."""
    command = ["make", "--dry-run", "test", f"PART={part}"]
    said = subprocess.check_output(command, cwd=ROOT, text=True).split(" --no-loadscope-reorder ")
    named = [ROOT / name for name in said[1].split()]
    return [file for each in named for file in ([each] if each.is_file() else files_of(each))]


def files_of(folder: Path) -> list[Path]:
    """Return the files of tests below a folder."""
    return sorted(folder.rglob("test_*.py"))


def test_parts_of_ci_are_all_tests() -> None:
    """A file that is in none of them would be tested on nobody's machine, in two: twice."""
    parts = [file for part in PARTS for file in run_by(part)]

    assert sorted(parts) == sorted(files_of(ROOT / "tests") + files_of(ROOT / "function/tests"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_github_is_told_in_good_yaml(path: Path) -> None:
    """A file that can't be read is ignored there, without a word."""
    assert isinstance(yaml.safe_load(path.read_text()), dict)


def test_github_runs_what_ci_is() -> None:
    """The workflow calls .ci/run for each of its parts, may only read, and ends."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    job = workflow["jobs"]["check"]

    assert any(step.get("run", "").endswith(" .ci/run ${{ matrix.part }}") for step in job["steps"])
    assert job["strategy"]["matrix"]["part"] == [*PARTS, "pythons"]
    assert workflow["permissions"] == {"contents": "read"}
    assert job["timeout-minutes"] == 30
    assert all(
        re.search(r"@(v[0-9]+|[0-9a-f]{40})$", step.get("uses", "@v1")) for step in job["steps"]
    )


def test_dependabot_looks_where_something_is_locked() -> None:
    """Each of its folders has a file that it reads."""
    read = {"pip": "requirements.txt", "npm": "package.json", "docker": "Dockerfile"}
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    folders = {each["package-ecosystem"]: each["directory"] for each in updates}

    assert folders.keys() - read.keys() == {"github-actions"}
    for ecosystem, name in read.items():
        assert (ROOT / folders[ecosystem].lstrip("/") / name).is_file()


@pytest.mark.parametrize("path", EDITORS, ids=lambda path: path.name)
def test_editors_are_told_in_good_json(path: Path) -> None:
    """Not all of them take comments."""
    assert isinstance(json.loads(path.read_text()), dict)


def test_what_the_editor_starts_is_there() -> None:
    """Its modules are ours or pytest, and what is started before them is a task."""
    tasks = json.loads((ROOT / ".vscode/tasks.json").read_text())["tasks"]
    labels = {task["label"] for task in tasks}
    names = {each["name"] for each in LAUNCH["configurations"]}

    for each in LAUNCH["configurations"]:
        assert each["module"] == "pytest" or (ROOT / each["module"] / "__main__.py").is_file()
        assert each.get("preLaunchTask", "make unit") in labels
    for compound in LAUNCH["compounds"]:
        assert set(compound["configurations"]) <= names
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {label.removeprefix("make ") for label in labels if label.startswith("make ")} <= targets


def test_the_editors_settings_are_settings() -> None:
    """A proxy that is debugged is given what docs/configuration.md knows, and nothing else."""
    page = (ROOT / "docs/configuration.md").read_text()
    given = {name for each in LAUNCH["configurations"] for name in each.get("env", {})}

    assert given
    assert {name for name in given if f"| `{name}` |" not in page} == set()


def test_commits_are_looked_at_by_our_own_tools() -> None:
    """Nothing is downloaded: each hook is a program of .venv, as locked."""
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [hook for repo in repos for hook in repo["hooks"]]

    assert {repo["repo"] for repo in repos} == {"local"}
    assert {hook["id"] for hook in hooks} == {
        "ruff",
        "ruff-format",
        "mypy",
        "lint-imports",
        "codespell",
    }
    lint = (ROOT / "Makefile").read_text()
    for hook in hooks:
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/")
        assert program.replace(".venv/bin", "$(BIN)") in lint
