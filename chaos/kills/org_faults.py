"""What the org throws at whoever calls it, by a throw of the dice for each request."""

import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from orgsim import Fault
from orgsim.faults import Faults

_REFUSAL: Final = '[{"errorCode":"%s","message":"not now"}]'


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """One kind of failure, and how often it happens."""

    name: str
    share: float
    """Of the requests to its endpoints."""
    endpoints: frozenset[str]
    fault: dict[str, Any]


_EVERYWHERE: Final = frozenset({"token", "userinfo", "activate", "sobjects"})
_RECORDS: Final = frozenset({"sobjects"})
TROUBLES: Final = (
    Trouble(
        name="503",
        share=0.05,
        endpoints=_EVERYWHERE,
        fault={"kind": "status", "status": 503},
    ),
    Trouble(
        name="reset before it took effect",
        share=0.02,
        endpoints=_EVERYWHERE,
        fault={"kind": "reset"},
    ),
    Trouble(
        name="reset after it took effect",
        share=0.02,
        endpoints=_EVERYWHERE,
        fault={"kind": "reset", "applied": True},
    ),
    Trouble(
        name="row locked",
        share=0.02,
        endpoints=_RECORDS,
        fault={"kind": "status", "status": 400, "body": _REFUSAL % "UNABLE_TO_LOCK_ROW"},
    ),
    Trouble(
        name="session expired",
        share=0.02,
        endpoints=_RECORDS | {"activate"},
        fault={"kind": "status", "status": 401, "body": _REFUSAL % "INVALID_SESSION_ID"},
    ),
)


class OrgFaults(Faults):
    """Takes the place of an org's planned faults. Safe to use from many threads."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._dice = random.Random(seed)  # noqa: S311 - the same in every run
        self._counting = threading.Lock()
        self._calm = False
        self.thrown: Counter[str] = Counter()

    def take(self, endpoint: str) -> Fault | None:
        """Return what spoils this request; mostly nothing."""
        with self._counting:
            left = 1.0 if self._calm else self._dice.random()
            for trouble in TROUBLES:
                if endpoint not in trouble.endpoints:
                    continue
                if (left := left - trouble.share) < 0:
                    self.thrown[trouble.name] += 1
                    return Fault(endpoint=endpoint, **trouble.fault)
        return None

    def calm_down(self) -> None:
        """Spoil nothing from now on."""
        with self._counting:
            self._calm = True
