"""Was anything lost, run twice, written twice or mixed up? Told from what the org holds. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chaos.kills.callers import Invocation
from orgsim import Record

PENDING: Final = "PENDING"
INTERRUPTED_STATUS: Final = 503
INTERRUPTED: Final = (
    "The function was interrupted; it may have run, and was not run again",
    "The function's connection broke before its whole answer arrived",
)
"""What the org is told of a run that nobody knows the end of."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run, as the function noted it."""

    id: str
    """``ce-id``."""
    payload_sha256: str
    status: int
    answer: str
    extra_info: str


@dataclass(kw_only=True)
class Verdict:
    """What became of all invocations."""

    accepted: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    """Accepted ones whose record holds what the function answered, by the record's status."""
    interrupted: int = 0
    """Accepted ones whose record says that the function may have run."""
    not_even_started: int = 0
    """Those of them whose function had not."""
    lost: list[str] = field(default_factory=list)
    """Accepted ones whose record is still pending. All lists hold ids of invocations."""
    ran_twice: list[str] = field(default_factory=list)
    written_twice: list[str] = field(default_factory=list)
    mixed_up: list[str] = field(default_factory=list)
    """Those whose record, or payload, is not that of their own run."""
    forgotten: list[str] = field(default_factory=list)
    """Those whose answer the relay had stored, but whose record says "interrupted"."""

    def failures(self) -> dict[str, list[str]]:
        """Return what must not be, by name; empty when all held."""
        lists = {name: value for name, value in vars(self).items() if isinstance(value, list)}
        return {name: ids for name, ids in lists.items() if ids}


def is_pending(record: Record) -> bool:
    """Tell whether a record still waits for its outcome."""
    return bool(record.fields["Status__c"] == PENDING)


def judge(
    invocations: Iterable[Invocation],
    records: Mapping[str, Record],
    runs: Iterable[Run],
    *,
    stored: Collection[str],
) -> Verdict:
    """Return what became of ``invocations``.

    Args:
        invocations: all that were sent.
        records: the org's, by id.
        runs: all that the function noted.
        stored: ids of invocations whose answer the relay says it has stored.
    """
    verdict = Verdict()
    runs_of: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        runs_of[run.id].append(run)
    for invocation in invocations:
        verdict.accepted += invocation.accepted
        _judge_one(
            verdict,
            invocation,
            records[invocation.record_id],
            runs_of[invocation.id],
            was_stored=invocation.id in stored,
        )
    return verdict


def _judge_one(
    verdict: Verdict,
    invocation: Invocation,
    record: Record,
    runs: list[Run],
    *,
    was_stored: bool,
) -> None:
    if len(runs) > 1:
        verdict.ran_twice.append(invocation.id)
    if record.patches > 1:
        verdict.written_twice.append(invocation.id)
    if any(run.payload_sha256 != invocation.payload_sha256 for run in runs):
        verdict.mixed_up.append(invocation.id)
    if is_pending(record):
        # Whoever was never told 201 was promised nothing.
        verdict.lost += [invocation.id] if invocation.accepted else []
    elif any(_holds(record, run) for run in runs):
        verdict.answered[record.fields["Status__c"]] += invocation.accepted
    elif not _says_interrupted(record):
        verdict.mixed_up.append(invocation.id)
    else:
        verdict.interrupted += invocation.accepted
        verdict.not_even_started += invocation.accepted and not runs
        verdict.forgotten += [invocation.id] if was_stored else []


def _holds(record: Record, run: Run) -> bool:
    return dict(record.fields) == {
        "Response__c": run.answer,
        "ExtraInfo__c": run.extra_info,
        "StatusCode__c": run.status,
        "Status__c": "SUCCESS" if run.status == 200 else "ERROR",
    }


def _says_interrupted(record: Record) -> bool:
    told = record.fields
    return (told["Status__c"], told["StatusCode__c"]) == ("ERROR", INTERRUPTED_STATUS) and (
        json.loads(told["Response__c"]) in INTERRUPTED
    )
