"""Governor limits of one transaction: the ones that shape this project's code.

CPU time and heap are not among them: this machine's clock says nothing about Salesforce's.
Source: https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_gov_limits.htm
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from apex.emulator.errors import Uncatchable

CALLOUT_TIME_MS: Final = 120_000
"""All callouts of a transaction together, in milliseconds."""

_SYNC: Final = {
    "callouts": 100,
    "queries": 100,
    "query rows": 50_000,
    "dml statements": 150,
    "dml rows": 10_000,
    "queueable jobs": 50,
    "future calls": 50,
    "aggregate queries": 300,
}
_ASYNC: Final = {**_SYNC, "queries": 200, "queueable jobs": 1, "future calls": 0}
_QUEUEABLE: Final = {**_ASYNC, "future calls": _SYNC["future calls"]}
_TOLD: Final = {
    "callouts": "Too many callouts: {}",
    "queries": "Too many SOQL queries: {}",
    "query rows": "Too many query rows: {}",
    "dml statements": "Too many DML statements: {}",
    "dml rows": "Too many DML rows: {}",
    "queueable jobs": "Too many queueable jobs added to the queue: {}",
    "future calls": "Too many future calls: {}",
    "aggregate queries": "Too many aggregate queries: {}",
}


@dataclass(slots=True)
class Limits:
    """What a transaction has used, and may use."""

    asynchronous: bool = False
    queueable: bool = False
    """Asynchronous, and may call future methods all the same."""
    used: dict[str, int] = field(default_factory=dict)
    callout_ms: float = 0.0
    """How long callouts have taken, in milliseconds."""

    def allowed(self, what: str) -> int:
        """Return the limit of one kind."""
        asynchronous = _QUEUEABLE if self.queueable else _ASYNC
        return (asynchronous if self.asynchronous else _SYNC)[what]

    def count(self, what: str, by: int = 1) -> None:
        """Use some of a limit.

        Raises:
            Uncatchable: it is exceeded, as ``System.LimitException`` says.
        """
        total = self.used.get(what, 0) + by
        self.used[what] = total
        if total > self.allowed(what):
            raise Uncatchable(f"System.LimitException: {_TOLD[what].format(total)}")
