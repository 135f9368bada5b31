"""Jobs of a customer that invoke functions and go on with a job of their own."""

from pathlib import Path
from typing import Final

import pytest

from apex.emulator.embedding import EmbeddedOrg
from apex.emulator.platform.org import NamedCredential, Org
from apex.emulator.runner import Project
from tests.apex.checked_copy import REPOSITORY, require_programs
from tests.apex.jobs_org import FunctionSide, accept, drain, requests

FOLDERS: Final = (
    REPOSITORY / "force-app",
    REPOSITORY / "org-configuration",
    Path(__file__).parent / "jobs",
)


@pytest.fixture
def side() -> FunctionSide:
    """A function that accepts everything."""
    return FunctionSide(accept)


@pytest.fixture
def org(side: FunctionSide) -> EmbeddedOrg:
    """An org that reaches it by a named credential."""
    require_programs()
    project = Project(FOLDERS)
    org = EmbeddedOrg(project, Org(project.program, transport=side))
    org.org.named_credentials["Hello"] = NamedCredential(url="https://function.test")
    org.change_metadata(
        "FunctionReference__mdt",
        "sfhxhello_pythonfunction",
        NamedCredential__c="Hello",
        PermissionSetOrGroup__c=None,
    )
    return org


def test_a_job_that_invokes_may_enqueue_the_next_one(org: EmbeddedOrg, side: FunctionSide) -> None:
    """An asynchronous transaction may enqueue one Queueable, and that is the job's, not ours."""
    org.run("System.enqueueJob(new JobsChain(3));")
    drain(org)

    assert sorted(call.body for call in side.calls) == [b"1", b"2", b"3"]
    assert {row["StatusCode__c"] for row in requests(org)} == {201}
