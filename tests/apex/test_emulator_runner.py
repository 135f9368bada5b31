from pathlib import Path

import pytest

from apex.__main__ import main
from apex.emulator.coverage_report import coverage_of, result_text
from apex.emulator.errors import IllegalApex
from apex.emulator.runner import Project, TestResult
from tests.apex.fixtures.org import PROJECT, fixture_project, needs_parser

pytestmark = needs_parser


def results() -> dict[str, TestResult]:
    """Run the fixture's Apex tests; their results by name."""
    project = fixture_project()
    return {test.name: project.run(test) for test in project.tests()}


def test_every_test_method_runs_in_an_org_of_its_own() -> None:
    """Setup data is there, data of other tests is not; jobs, mocks and users do as they should."""
    found = results()

    passed = {name for name, result in found.items() if result.failure is None}
    assert passed == {
        "ParcelTests.passes",
        "ParcelTests.seesNothingOfOthers",
        "ParcelTests.mocksACallout",
        "ParcelJobTests.jobRunsAtStopTest",
        "ParcelJobTests.chainIsRefusedInATest",
        "ParcelJobTests.failedJobComesOutOfStopTest",
        "ParcelJobTests.limitsAreFreshBetweenStartAndStop",
        "ParcelJobTests.scheduleAndFutureRunAtStopTest",
        "ParcelJobTests.otherUserIsSeenByUserInfo",
        "ParcelJobTests.calloutWithoutAMockIsRefused",
        "ParcelJobTests.calloutAfterDmlIsRefused",
        "ParcelJobTests.staticFieldsOfTheTestAreSeenByItsJobs",
        "ParcelRightsTests.groupIsOutdatedUntilItIsCalculated",
        "ParcelRightsTests.runAsSwitchesTheRights",
    }


def test_batch_in_a_test_has_one_chunk() -> None:
    """A test may run one chunk of a batch; the platform refuses more."""
    failure = results()["ParcelJobTests.batchOfTwoChunksIsRefused"].failure

    assert failure is not None
    assert failure.startswith("System.UnexpectedException: No more than one executeBatch")


def test_statics_of_jobs_can_be_fresh() -> None:
    """With fresh statics a job at stopTest does not see the static fields of its test."""
    project = Project([PROJECT], fresh_statics=True)
    name = "ParcelJobTests.staticFieldsOfTheTestAreSeenByItsJobs"

    result = next(project.run(test) for test in project.tests() if test.name == name)

    assert result.failure is not None
    assert "Expected: seen by a, Actual: by the test" in result.failure


def test_failed_assertion_cannot_be_caught() -> None:
    """An assertion fails the test even inside ``try``, with message, values and line."""
    failure = results()["ParcelTests.failsByAssertion"].failure

    assert failure == (
        "System.AssertException: Assertion Failed: case counts: Expected: a, Actual: A"
        " (ParcelTests.cls:24)"
    )


def test_exception_is_told_with_its_cause() -> None:
    """What a test throws is told with its causes, each with its place."""
    failure = results()["ParcelTests.failsByException"].failure

    assert failure is not None
    assert failure.startswith("ParcelException: told (ParcelTests.cls:")
    assert "caused by ParcelException: the cause" in failure


def test_coverage_counts_statement_lines() -> None:
    """Lines with statements count, those that ran are covered, tests count for nothing."""
    found = results()

    coverage = {each.name: each for each in coverage_of(fixture_project().program, found.values())}

    assert "ParcelTests" not in coverage
    assert coverage["ParcelTriggerLog"].percent == 100
    assert coverage["ParcelException"].percent == 100
    assert coverage["Animals"].percent < 10
    trigger = coverage["ParcelTrigger"]
    lines = (PROJECT / "triggers" / "ParcelTrigger.trigger").read_text("utf-8").splitlines()
    assert lines[trigger.uncovered[0] - 1].strip() == (
        "parcel.Note__c = parcel.Note__c.toUpperCase();"
    )


def test_report_reads_like_salesforces() -> None:
    """The tables name each test, each class with its percentage, and the totals."""
    found = list(results().values())
    text = result_text(found, coverage_of(fixture_project().program, found))

    for part in (
        "=== Test Results",
        "=== Apex Code Coverage by Class",
        "UNCOVERED LINES",
        "Pass Rate",
    ):
        assert part in text


def test_command_fails_when_a_test_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """The command's exit code is 1 for a failed test or low coverage, and 0 when all is well."""
    folder = ["--folder", str(PROJECT)]

    assert main(["test", *folder]) == 1
    assert main(["test", *folder, "ParcelTests.passes"]) == 0
    assert main(["test", *folder, "no.such.test"]) == 1
    capsys.readouterr()
    assert main(["test", *folder, "--coverage-at-least", "100"]) == 1
    assert "Animals.cls: only" in capsys.readouterr().out


def test_source_that_does_not_parse_is_told(tmp_path: Path) -> None:
    """A syntax error stops the load with the file's name and line."""
    (tmp_path / "Broken.cls").write_text("public class Broken {\n  void f( {}\n}\n", "utf-8")

    with pytest.raises(IllegalApex, match=r"Broken\.cls does not parse: line 2"):
        Project([tmp_path])
