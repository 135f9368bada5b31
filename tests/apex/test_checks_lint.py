"""What PMD and the formatting step must find, and how the command tells it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from apex.checks.formatting import check_formatting
from apex.checks.lint import RULES, check_lint
from apex.checks.project import Project
from tests.apex.checked_copy import MAIN, REPOSITORY, Copy, require_programs

LINT: Final = {
    "ApexSOQLInjection": (
        "public with sharing class {} {{\n    List<Account> a(String name) {{\n"
        "        return Database.query('SELECT Id FROM Account WHERE Name = ' + name);\n"
        "    }}\n}}\n"
    ),
    "ApexSharingViolations": (
        "public class {} {{\n    List<Account> a() {{\n"
        "        return [SELECT Id FROM Account WITH USER_MODE LIMIT 1];\n    }}\n}}\n"
    ),
    "ApexCRUDViolation": (
        "public with sharing class {} {{\n    void a(Account b) {{\n        insert b;\n    }}\n}}\n"
    ),
    "EmptyCatchBlock": (
        "public class {} {{\n    void a() {{\n        try {{\n            a();\n"
        "        }} catch (Exception e) {{\n        }}\n    }}\n}}\n"
    ),
    "DebugsShouldUseLoggingLevel": (
        "public class {} {{\n    void a() {{\n        System.debug('a');\n    }}\n}}\n"
    ),
    "OperationWithLimitsInLoop": (
        "public class {} {{\n    void a(List<Account> all) {{\n"
        "        for (Account each : all) {{\n            update as user each;\n        }}\n"
        "    }}\n}}\n"
    ),
}
"""Rules, each with a class that breaks it."""
TRIGGER: Final = """trigger BreaksAvoidLogicInTrigger on Account (after update) {
    for (Account each : Trigger.new) {
        each.addError('a');
    }
}
"""
PAGE: Final = '<apex:page controller="Function" action="{!save}">\n</apex:page>\n'
FORMATTING: Final = {
    "tab": ("public class Seed {\n\tInteger n;\n}\n", "Seed.cls:2: indent by 4 blanks"),
    "odd indent": ("public class Seed {\n   Integer n;\n}\n", "Seed.cls:2: indented by 3"),
    "blank at the end": ("public class Seed { \n}\n", "Seed.cls:1: remove the blanks"),
    "long line": (f"public class Seed {{\n    // {'a' * 120}\n}}\n", "Seed.cls:2: 127 characters"),
    "no line end": ("public class Seed {\n}", "end the file with one line end"),
    "two line ends": ("public class Seed {\n}\n\n", "end the file with one line end"),
    "brace alone": ("public class Seed\n{\n}\n", "Seed.cls:2: put { at the end"),
    "not ASCII": ("public class Seed {\n    // \u00fc\n}\n", "Seed.cls:2: write ASCII only"),
    "Windows line ends": ("public class Seed {\r\n}\r\n", "end lines with LF alone"),
}
"""Classes, each with what must be said about it."""


@pytest.fixture(scope="module")
def violations(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what PMD says about one class for each rule."""
    require_programs()
    copy = Copy.into(tmp_path_factory.mktemp("lint"))
    for rule, text in LINT.items():
        copy.write_class(f"Breaks{rule}", text.format(f"Breaks{rule}"))
    copy.write("triggers/BreaksAvoidLogicInTrigger.trigger", TRIGGER)
    copy.write("pages/BreaksVfCsrf.page", PAGE)
    return [each.told(copy.root / MAIN) for each in check_lint(Project(copy.root))]


@pytest.mark.parametrize("rule", [*LINT, "AvoidLogicInTrigger", "VfCsrf"])
def test_lint_reports_a_broken_rule(rule: str, violations: list[str]) -> None:
    """PMD's rules are in force, each told with its name and place."""
    assert [each for each in violations if f"Breaks{rule}." in each and f"({rule})" in each]


def test_lint_reports_nothing_else(violations: list[str]) -> None:
    """The repository's own Apex breaks no rule that it does not name as an exception."""
    assert [each for each in violations if "/Breaks" not in each] == []


def test_formatting_reports_nothing_in_the_repository() -> None:
    """force-app is written by its own rules."""
    found = check_formatting(Project(REPOSITORY))

    assert [each.told(REPOSITORY) for each in found] == []


@pytest.mark.parametrize("mistake", FORMATTING)
def test_formatting_reports_a_line(tmp_path: Path, mistake: str) -> None:
    """A line that is not written as the others is reported, with what to do."""
    text, wanted = FORMATTING[mistake]
    copy = Copy.into(tmp_path)
    copy.path("classes/Seed.cls").write_bytes(text.encode())

    assert any(wanted in each.told(tmp_path) for each in check_formatting(Project(tmp_path)))


def test_formatting_leaves_comments_alone(tmp_path: Path) -> None:
    """The text of a comment is indented as its author likes."""
    copy = Copy.into(tmp_path)
    copy.write("classes/Seed.cls", "/**\n * A class.\n */\npublic class Seed {\n}\n")

    assert not [each for each in check_formatting(Project(tmp_path)) if each.path.stem == "Seed"]


def run(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "apex", "check", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **({} if path is None else {"PATH": path})},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_command_tells_each_step_with_its_time(tmp_path: Path) -> None:
    """A step that found something says where and fails the command; the next one runs anyway."""
    require_programs()
    copy = Copy.into(tmp_path)
    copy.write("classes/Seed.cls", "public class Seed {\n\tInteger n;\n}\n")

    done = run("formatting", "consistency", "--project", str(tmp_path))

    assert done.returncode == 1
    assert "force-app/main/default/classes/Seed.cls:2: indent by 4 blanks" in done.stdout
    assert "Seed.cls:1: add Seed.cls-meta.xml" in done.stdout
    steps = [line.split() for line in done.stdout.splitlines() if line.endswith("failed")]
    assert [(step[0], step[-1]) for step in steps] == [
        ("formatting", "failed"),
        ("consistency", "failed"),
    ]


@pytest.mark.parametrize(("expected", "code"), [(2, 0), (3, 1)], ids=["passes", "fails"])
def test_command_runs_the_apex_tests(tmp_path: Path, expected: int, code: int) -> None:
    """An Apex test that fails, fails the command and is told by its name."""
    require_programs()
    shutil.copy(REPOSITORY / "sfdx-project.json", tmp_path)
    copy = Copy(tmp_path)
    copy.write_class(
        "SumTest",
        "@IsTest\nprivate class SumTest {\n    @IsTest\n    static void adds() {\n"
        f"        Assert.areEqual({expected}, 1 + 1);\n    }}\n}}\n",
    )

    done = run("tests", "--project", str(tmp_path))

    assert done.returncode == code, done.stdout + done.stderr
    assert "SumTest.adds" in done.stdout


def test_command_says_what_to_install(tmp_path: Path) -> None:
    """Where Java is missing the command ends with 2, says how to get it, and checks nothing."""
    done = run("formatting", path=str(tmp_path))

    assert done.returncode == 2
    assert "apt-get install -y openjdk-17-jdk-headless" in done.stderr
    assert done.stdout == ""


def test_command_says_that_there_is_no_project(tmp_path: Path) -> None:
    """A folder without sfdx-project.json is not a project without mistakes."""
    require_programs()

    done = run("formatting", "--project", str(tmp_path))

    assert done.returncode == 1
    assert "sfdx-project.json" in done.stderr


def test_excluded_rules_have_reasons() -> None:
    """Whoever turns a rule off says why, in a comment above it."""
    lines = RULES.read_text("utf-8").splitlines()
    excluded = [number for number, line in enumerate(lines) if "<exclude " in line]

    assert excluded
    assert all(lines[number - 1].endswith("-->") for number in excluded)
