"""An emulated org in which Apex calls functions as a customer's does."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from apex.emulator.embedding import EmbeddedOrg
from apex.emulator.platform.org import Org
from apex.emulator.runner import Project
from tests.apex.checked_copy import FOLDERS

CALLER: Final = Path(__file__).parent / "caller"
"""The class ``FunctionCaller``, whose methods tell outcomes as JSON."""
REQUEST: Final = "AsyncFunctionInvocationRequest__c"


@cache
def project() -> Project:
    """Return force-app and the caller, parsed once."""
    return Project([*FOLDERS, CALLER])


class LiveOrg(EmbeddedOrg):
    """An org without records.

    Attributes:
        failures: what jobs, and writes from outside, ended with that did not end well.
    """

    def __init__(self, org: Org) -> None:
        super().__init__(project(), org)
        self.failures: list[str] = []

    def tell(self, method: str, *arguments: str) -> Any:  # noqa: ANN401 - it is JSON
        """Run a method of ``FunctionCaller`` and return what it tells."""
        return json.loads(str(self.call(f"FunctionCaller.{method}", *arguments)))

    def finish_jobs(self) -> None:
        """Run what is enqueued, and what that enqueues, without any delay."""
        self.failures.extend(job.failure for job in self.run_jobs() if job.failure)

    def request(self, record_id: str) -> dict[str, Any]:
        """Return all fields of an invocation's record, by their names as they are written.

        Raises:
            KeyError: there is none.
        """
        row = self.org.database.rows(REQUEST)[record_id]
        fields = self.org.program.schema.objects[REQUEST.lower()].fields
        return {field.name: row.get(name) for name, field in fields.items()}

    def called_back(self) -> list[Any]:
        """Return what the callbacks were given, one for each call."""
        tasks = self.query("SELECT Description FROM Task ORDER BY CreatedDate, Id")
        return [json.loads(task["Description"]) for task in tasks]
