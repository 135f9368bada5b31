import os
from functools import cache
from pathlib import Path

import pytest

from apex.emulator.coverage_report import coverage_of
from apex.emulator.runner import Project, TestMethod, TestResult
from apex.tools.installed import PARSER

FORCE_APP = Path(__file__).parents[2] / "force-app"
MISSING = "the Apex tests did not run: the parser is missing, npm ci --prefix apex/tools"
LEAST_PERCENT = 95


@cache
def _project() -> Project:
    return Project([FORCE_APP])


def _cases() -> list[TestMethod]:
    return list(_project().tests()) if PARSER.exists() else []


def _has_jobs(test: TestMethod) -> bool:
    """Whether a test is of the classes that send and resend by jobs."""
    return "Queueable" in test.cls.name or "InvokeAsync" in test.cls.name


@cache
def _result(name: str) -> TestResult:
    return next(_project().run(test) for test in _cases() if test.name == name)


@pytest.mark.skipif(not PARSER.exists(), reason=MISSING)
@pytest.mark.parametrize("name", [test.name for test in _cases()])
def test_apex_test_passes(name: str) -> None:
    """Every Apex test of force-app passes in the emulator."""
    assert _result(name).failure is None


@pytest.mark.skipif(not PARSER.exists(), reason=MISSING)
def test_apex_classes_are_covered() -> None:
    """The Apex tests reach at least 95 % of the lines of each class and trigger."""
    results = [_result(test.name) for test in _cases()]

    coverage = coverage_of(_project().program, results)

    low = {each.name: each.uncovered for each in coverage if each.percent < LEAST_PERCENT}
    assert low == {}
    assert len(coverage) > 20


@pytest.mark.skipif(not PARSER.exists(), reason=MISSING)
@pytest.mark.parametrize("name", [test.name for test in _cases() if _has_jobs(test)])
def test_apex_test_passes_with_fresh_statics(name: str) -> None:
    """An asynchronous test holds whether or not its jobs share the static fields of the test."""
    project = _project()
    test = next(test for test in _cases() if test.name == name)
    project.fresh_statics = True
    try:
        assert project.run(test).failure is None
    finally:
        project.fresh_statics = False


def test_apex_tests_are_not_skipped_in_ci() -> None:
    """Where CI runs, the parser is installed: a skipped Apex side must not look green."""
    # A name of its own: a failed assertion must not print the environment.
    in_ci = os.environ.get("CI") == "true"

    assert PARSER.exists() or not in_ci
