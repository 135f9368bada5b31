"""An emulated org with a customer's Apex that invokes, and the framework's jobs one by one."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apex.emulator.embedding import EmbeddedOrg
from apex.emulator.platform.org import CalloutFailed, IncomingAnswer, Org
from apex.emulator.runner import Project
from tests.apex.checked_copy import REPOSITORY, require_programs

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.platform.org import OutgoingCall


@cache
def project() -> Project:
    """Return force-app and a customer's Apex, parsed once."""
    require_programs()
    return Project([REPOSITORY / "force-app", Path(__file__).parent / "jobs"])


class FunctionSide:
    """Answers callouts by a rule, and keeps what was asked."""

    def __init__(self, rule: Callable[[int], IncomingAnswer]) -> None:
        self.calls: list[OutgoingCall] = []
        self._rule = rule

    def __call__(self, call: OutgoingCall) -> IncomingAnswer:
        """Answer one callout."""
        self.calls.append(call)
        return self._rule(len(self.calls))

    def ids(self) -> list[str]:
        """Return the ``ce-id`` of each call."""
        return [call.headers["ce-id"] for call in self.calls]


def answer(status: int, headers: list[tuple[str, str]] | None = None) -> IncomingAnswer:
    """Return an answer without a body."""
    return IncomingAnswer(status=status, reason="", headers=headers or [], body=b"")


def accept(_: int) -> IncomingAnswer:
    """Accept every invocation."""
    return answer(201)


def no_answer(_: int) -> IncomingAnswer:
    """Never answer."""
    raise CalloutFailed("Read timed out")


def org_with(side: FunctionSide) -> EmbeddedOrg:
    """Return an org whose callouts go to ``side``."""
    loaded = project()
    return EmbeddedOrg(loaded, Org(loaded.program, transport=side))


def requests(org: EmbeddedOrg) -> list[dict[str, Any]]:
    """Return all records of invocations."""
    return org.query(
        "SELECT Id, Status__c, StatusCode__c, Attempts__c, CallbackStatus__c, CallbackError__c"
        " FROM AsyncFunctionInvocationRequest__c ORDER BY Name"
    )


def called_back(org: EmbeddedOrg) -> Counter[str]:
    """Return how often a callback was told which status."""
    return Counter(task["Subject"] for task in org.query("SELECT Subject FROM Task"))


def drain(org: EmbeddedOrg) -> int:
    """Run all jobs; return how many ran. None may fail."""
    done = org.run_jobs()
    assert [job.failure for job in done if job.failure] == []
    return len(done)
