"""Words that Apex and Python both write down are the same words."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from apex.checks.project import CustomObject, Project
from apex.checks.request_access import OBJECT as GRANTED_OBJECT
from apex.checks.request_access import OUTCOME
from apex.parser.tree import find
from invocation import extra_info
from invocation.request import ASYNC, SYNC
from orgsim.data.async_requests import OBJECT_NAME, TEXT_LENGTHS
from relay.outcome import LONGEST_EXTRA_INFO, LONGEST_RESPONSE, OBJECT, Outcome
from tests.apex.checked_copy import REPOSITORY, require_programs

WIRE: Final = REPOSITORY / "tests" / "data" / "wire"
FRAMEWORK: Final = Path("classes", "functions")


@pytest.fixture(scope="module")
def project() -> Project:
    """Return force-app."""
    require_programs()
    return Project(REPOSITORY)


@cache
def words(project: Project) -> frozenset[str]:
    """Return the text literals of the framework's own classes, without their tests."""
    return frozenset(
        str(each["literal"]["$"])
        for source in project.sources.values()
        if str(FRAMEWORK) in str(source.path) and source.path.parent.name != "tests"
        for each in find(source.parsed.unit, "Expr$LiteralExpr")
        if each.get("type", {}).get("$") == "STRING"
    )


def enum(project: Project, name: str) -> set[str]:
    """Return the words of an Apex enum."""
    unit = project.sources[name.lower()].parsed.unit
    assert unit is not None
    return {str(each["value"]) for each in unit["body"]["members"]}


def record(project: Project) -> CustomObject:
    """Return the object that an outcome is written to."""
    return project.objects[OBJECT.lower()]


def length(project: Project, name: str) -> int:
    """Return how many characters a field holds; a TextArea has 255 without saying so."""
    return int(record(project).fields[name.lower()].root.value("length", "255"))


def test_the_object_has_one_name(project: Project) -> None:
    """Apex, relay, simulator and checks write to the same object."""
    assert record(project).name == OBJECT == OBJECT_NAME == GRANTED_OBJECT


def test_apex_sends_the_headers_of_the_golden_requests(project: Project) -> None:
    """Every header of the wire's contract is written in Apex, letter for letter."""
    golden = json.loads((WIRE / "apex_sync.json").read_text("utf-8"))

    assert set(golden["headers"]) | set(golden["encoded"]) <= words(project)


def test_apex_asks_the_proxys_routes(project: Project) -> None:
    """Apex calls /sync and /async, and proves its org to /healthcheck."""
    written = {word.lower() for word in words(project)}

    assert {"/sync", "/async", "/healthcheck", "x-org-id-18"} <= written


def test_apex_reads_the_answers_headers(project: Project) -> None:
    """What the proxy tells beside a body is looked for under the names that it is sent with."""
    assert {"x-extra-info", "retry-after"} <= {word.lower() for word in words(project)}


def test_invocation_types_are_the_proxys(project: Project) -> None:
    """ce-type says sync or async in the same words."""
    assert {SYNC, ASYNC} <= words(project)


def test_extra_info_is_read_as_it_is_written(project: Project) -> None:
    """Apex looks for the facts that the proxy tells of a failure."""
    told = extra_info.describe(request_id="a", source="b", status=500, is_function_error=True)

    written = set(re.findall(r"%22(\w+)%22%3A", told))

    assert {"isFunctionError", "stack"} <= written & words(project)


@pytest.mark.parametrize("status", [200, 299, 300, 404, 500])
def test_outcomes_have_apex_words(project: Project, status: int) -> None:
    """The relay writes a status that Apex knows, into fields that the object has."""
    fields = Outcome(status=status, extra_info="", text="").record_fields("")

    assert fields["Status__c"] in enum(project, "FunctionInvocationStatus")
    assert {name.lower() for name in fields} <= set(record(project).fields)
    assert set(fields) == set(OUTCOME)


def test_a_record_waits_with_a_word_of_apex(project: Project) -> None:
    """PENDING, which the simulated org gives a new record, is Apex's word too."""
    assert "PENDING" in enum(project, "FunctionInvocationStatus")


def test_the_relay_cuts_where_the_fields_end(project: Project) -> None:
    """Nothing that the relay writes is too long for its field, and nothing is cut before."""
    assert length(project, "Response__c") == LONGEST_RESPONSE
    assert length(project, "ExtraInfo__c") == LONGEST_EXTRA_INFO == extra_info.LONGEST


@pytest.mark.parametrize("name", TEXT_LENGTHS)
def test_the_simulated_org_has_the_fields_of_force_app(project: Project, name: str) -> None:
    """A text that is too long for the org is too long for the simulated one."""
    assert length(project, name) == TEXT_LENGTHS[name]


def test_namespaces_go_before_fields() -> None:
    """In a package the relay writes the same fields, each with the package's prefix."""
    fields = Outcome(status=200, extra_info="", text="").record_fields("ns")

    assert {name.removeprefix("ns__") for name in fields} == set(OUTCOME)
