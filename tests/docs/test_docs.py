"""The documents say what is true."""

import re
import tomllib
from pathlib import Path

import pytest

from invocation import errors
from localstack import ROOT
from proxy.http import failures

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("conformance/*.md"),
        *ROOT.glob("examples/*/*.md"),
    ]
)
DECISIONS = sorted(
    set((ROOT / "docs" / "decisions").glob("*.md")) - {ROOT / "docs/decisions/README.md"}
)
FOLDERS = (
    "bench|bin|demo|docs|function|invocation|orgsim|proxy|relay|salesforce_functions|supervision"
    "|tests|tools"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of ours names one that exists."""
    text = re.sub(r"`[^`]*`", "", page.read_text())
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    """A path of ours in backticks is one, since files move; CHANGELOG.md tells of the past."""
    named = re.findall(rf"`((?:{FOLDERS})/[A-Za-z0-9_./-]+)`", page.read_text())

    if page.name != "CHANGELOG.md":
        assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_is_short_and_says_its_price(page: Path) -> None:
    """Four parts, under 40 lines, and the index has it."""
    text = page.read_text()

    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "What was given up",
        "When to look again",
    ]
    assert len(text.splitlines()) < 40
    assert f"]({page.name})" in (page.parent / "README.md").read_text()


def test_readme_gives_the_two_commands() -> None:
    """``make run`` and ``make test`` are all that a newcomer types, and both are targets."""
    commands = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    assert [command.strip() for command in commands] == ["make run", "make test"]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test", "demo", "check", "setup"} <= set(targets)


def test_ci_runs_the_second_command() -> None:
    """CI proves what the README promises."""
    assert "  make test ||" in (ROOT / ".ci" / "run").read_text()


def test_every_expected_failure_has_a_status() -> None:
    """A new error class can't be added without deciding what Apex sees."""
    assert set(failures.STATUS_OF) == set(errors.ProxyError.__subclasses__())


def test_every_status_is_explained() -> None:
    """docs/answers.md has a row for each status that the proxy gives by itself."""
    page = (ROOT / "docs" / "answers.md").read_text()
    explained = set(re.findall(r"^\| ([0-9]{3})", page, re.MULTILINE))

    assert {str(status) for status in failures.STATUS_OF.values()} <= explained


def test_contributing_says_when_to_run_what() -> None:
    """Each size of test run is a target that the table of CONTRIBUTING.md names."""
    page = (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`make ([a-z-]+)", page))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert {"unit", "system", "test", "check"} <= named
    assert named <= targets


def test_every_folder_that_is_measured_has_a_floor() -> None:
    """Coverage that nobody looks at falls."""
    floors = re.findall(r"^FLOORS := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]

    folders = [floor.partition("=")[0] for floor in floors[0].split()]
    assert folders == tools["coverage"]["run"]["source"]
    assert tools["coverage"]["report"]["fail_under"] > 50
