"""Was every answer of a soak explained, every promise kept, and does nothing grow? Pure."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from chaos.faults.calls import Call, told
from chaos.faults.report import Report
from chaos.kills.verdict import INTERRUPTED, is_pending
from chaos.soak.troubles import Trouble
from chaos.soak.vitals import MOST_GROWTH, Vitals, grew, growth
from orgsim import Record

AT_ONCE: Final = 10
"""Functions that a relay runs at once: a kill interrupts so many at most."""


def judge_calls(report: Report, calls: Sequence[Call], troubles: Sequence[Trouble]) -> None:
    """Find answers that nothing explains."""
    failed = [call for call in calls if not call.is_good]
    strange = [call for call in failed if not any(trouble.explains(call) for trouble in troubles)]
    report.figures |= {"calls": len(calls), "200 and 201": len(calls) - len(failed)}
    for kind, times in sorted(Counter(trouble.kind for trouble in troubles).items()):
        them = [trouble for trouble in troubles if trouble.kind == kind]
        explained = sum(any(trouble.explains(call) for trouble in them) for call in failed)
        report.figures[f"  {kind}"] = f"{times} times, {explained} calls failed"
    report.figures["answers without a reason"] = len(strange)
    report.figures["longest call, s"] = max(call.took_s for call in calls)
    report.problems += told(strange)


def judge_outcomes(
    report: Report,
    calls: Sequence[Call],
    records: Mapping[str, Record],
    troubles: Sequence[Trouble],
) -> None:
    """Look at what the org was told.

    Args:
        report: where it is noted.
        calls: all of them.
        records: of the accepted asynchronous ones, by their ids.
        troubles: all of them.
    """
    kills = [trouble.from_s for trouble in troubles if trouble.function]
    accepted = [call for call in calls if call.id in records]
    lost = sum(is_pending(records[call.id]) for call in accepted)
    right = sum(call.proves(_response(records[call.id])) for call in accepted)
    interrupted = sum(
        _is_interrupted(records[call.id]) and any(call.sent_s < kill_s for kill_s in kills)
        for call in accepted
    )
    report.figures |= {
        "accepted asynchronously": len(accepted),
        "  the record holds the function's answer": right,
        "  interrupted by a kill, and told so": interrupted,
    }
    strange = len(accepted) - lost - right - interrupted
    report.require(not lost, f"{lost} accepted and never told to the org")
    report.require(not strange, f"{strange} records hold what they should not")
    report.require(interrupted <= AT_ONCE * len(kills), f"{interrupted} interrupted")


def _response(record: Record) -> str:
    return str(record.fields.get("Response__c"))


def _is_interrupted(record: Record) -> bool:
    try:
        return json.loads(_response(record)) in INTERRUPTED
    except ValueError:
        return False


def judge_vitals(report: Report, vitals: Vitals) -> None:
    """Look for what grows."""
    for name, looks in sorted(vitals.longest().items()):
        report.problems += grew(name, looks)
        if len(looks) > 1:
            report.figures[f"{name}: {', '.join(MOST_GROWTH)}"] = ", ".join(
                f"{looks[-1].values[what]:.0f} ({growth(looks, what):+.1f})" for what in MOST_GROWTH
            )
