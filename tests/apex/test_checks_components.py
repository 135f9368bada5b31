"""What the consistency step must find in Lightning web components."""

from pathlib import Path
from typing import Final

import pytest

from apex.checks.consistency import check_metadata
from apex.checks.project import Project
from tests.apex.checked_copy import Copy, require_programs

BUNDLE: Final = "lwc/functionRunner"
SCRIPT: Final = f"{BUNDLE}/functionRunner.js"
META: Final = f"{SCRIPT}-meta.xml"
CONTROLLER: Final = "classes/functions/operations/FunctionRunnerController.cls"
EDITS: Final = {
    "unknown element": (META, "<masterLabel>", "<label>a</label><masterLabel>", "no element"),
    "not exposed, or exposed": (META, "<isExposed>true", "<isExposed>yes", "cannot be 'yes'"),
    "other API version": (META, r"65\.0", "64.0", "<apiVersion> is 64.0"),
    "unknown target": (META, "<target>lightning__App", "<target>lightning__Ap", "write one of"),
    "exposed nowhere": (META, "<targets>.*</targets>", "", "exposed to its targets"),
    "settings of another target": (
        META,
        "lightning__FlowScreen</target>",
        "lightning__Tab</target>",
        "lightning__FlowScreen is not among the <targets>",
    ),
    "property that is none": (META, 'name="payload"', 'name="payLoad"', "has no @api payLoad"),
    "method that is none": (SCRIPT, "Controller.cancel", "Controller.halt", "there is no method"),
    "method in another case": (SCRIPT, "Controller.start", "Controller.Start", "no method"),
    "no method at all": (SCRIPT, "Controller.start", "Controller", "write @salesforce/apex/Class"),
    "method that is private": (
        CONTROLLER,
        "public static Id start",
        "private static Id start",
        "must be public and static",
    ),
    "method for Apex only": (
        CONTROLLER,
        r"@AuraEnabled\n    public static Id",
        "public static Id",
        "start is not @AuraEnabled",
    ),
    "module that is none": (SCRIPT, r"\./outcomeWatch", "./outcomesWatch", "not in this bundle"),
}
FILES: Final = {
    "file of an unknown type": (f"{BUNDLE}/notes.txt", "no Salesforce type has files"),
    "file outside of a bundle": ("lwc/functionRunner/more/a.js", "no Salesforce type has files"),
    "bundle without its metadata": ("lwc/seed/seed.js", "add seed.js-meta.xml"),
    "bundle with a capital letter": ("lwc/Seed/Seed.js", "begins with a small letter"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a copy without a mistake of ours."""
    require_programs()
    return Copy.into(tmp_path)


def told(copy: Copy) -> list[str]:
    """Return what is reported about a copy."""
    return [each.told(copy.root) for each in check_metadata(Project(copy.root))]


@pytest.mark.parametrize("mistake", EDITS)
def test_a_mistake_in_a_component_is_reported(copy: Copy, mistake: str) -> None:
    """What an org would refuse is told in words that name it."""
    name, old, new, wanted = EDITS[mistake]
    copy.edit(name, old, new)

    assert any(wanted in line for line in told(copy))


@pytest.mark.parametrize("mistake", FILES)
def test_a_file_that_is_no_part_of_a_component_is_reported(copy: Copy, mistake: str) -> None:
    """A file that would not be deployed is told."""
    name, wanted = FILES[mistake]
    copy.write(name, "// a\n")

    assert any(wanted in line for line in told(copy))


def test_tests_of_components_are_left_alone(copy: Copy) -> None:
    """They are not deployed, so they may be called as they like; nothing else is wrong."""
    copy.write(f"{BUNDLE}/__tests__/data/answer.json", "{}\n")

    assert told(copy) == []
