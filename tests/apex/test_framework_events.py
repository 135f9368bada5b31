"""What Apex hears that listens to outcomes instead of being called back."""

from pathlib import Path

import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg
from apex.emulator.platform.org import Org
from apex.emulator.runner import Project
from tests.apex.checked_copy import REPOSITORY, require_programs
from tests.apex.jobs_org import FunctionSide, accept, drain, requests

HERE = Path(__file__).parent
FINISH = (
    "update new AsyncFunctionInvocationRequest__c("
    "Id = '{}', Status__c = 'SUCCESS', StatusCode__c = 200, Response__c = 'private');"
)


@pytest.fixture(scope="module")
def project() -> Project:
    """Our classes, a customer's that invokes, and one that listens."""
    require_programs()
    return Project([REPOSITORY / "force-app", HERE / "jobs", HERE / "listener"])


@pytest.fixture
def org(project: Project) -> EmbeddedOrg:
    """An org whose function accepts everything."""
    return EmbeddedOrg(project, Org(project.program, transport=FunctionSide(accept)))


def test_acceptance_and_end_are_heard_of_once_each(org: EmbeddedOrg) -> None:
    """With the record and its user, so that a listener can read the answer if it may."""
    org.run("JobsCaller.invokeAll(1);")
    drain(org)
    (request,) = requests(org)
    org.run(FINISH.format(request["Id"]))
    drain(org)

    who = f"{request['Id']} {org.org.identity.user_id}"
    heard = [line for line in org.org.log if line.startswith(("project_function", request["Id"]))]
    assert heard == ["project_function PENDING 201", who, "project_function SUCCESS 200", who]
    assert not any("private" in line for line in org.org.log)


def test_an_outcome_that_is_not_committed_is_not_told(org: EmbeddedOrg) -> None:
    """A listener would find another state on the record."""
    org.run("JobsCaller.invokeAll(1);")
    drain(org)
    (request,) = requests(org)
    with pytest.raises(ApexFailed):
        org.run(FINISH.format(request["Id"]) + "throw new IllegalArgumentException('undone');")
    drain(org)

    assert not any("SUCCESS" in line for line in org.org.log)
