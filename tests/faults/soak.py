"""Mixed load for a long time while things go wrong: no answer without a reason, nothing grows."""

import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Final

from orgsim import Record, SimulatedOrg
from tests.chaos.verdict import INTERRUPTED, is_pending
from tests.faults.calls import Call, told
from tests.faults.load import Load
from tests.faults.report import Report, Tell
from tests.faults.soak_troubles import KILLS, KINDS, Trouble, Troublemaker
from tests.faults.stage import load_on
from tests.faults.vitals import MOST_GROWTH, Vitals, grew, growth
from tests.support.proxy_process import wait_until
from tests.system.supervision.stage import Stage

ASYNC: Final = 20
"""One call of so many is asynchronous; the simulated org forgets records beyond 10,000."""
QUIET_S: Final = 2.0
"""So many seconds' calls are answered well between two troubles."""
KILL_EVERY_S: Final = 300.0
"""Less often than other trouble, so that there are processes old enough to judge."""
OUTCOMES_S: Final = 60.0


def soak(
    stage: Stage, tell: Tell, *, seconds: float, per_second: float = 40, seed: int = 1
) -> Report:
    """Make trouble for so long, each kind at least once.

    Args:
        stage: what runs, with two proxies.
        tell: told what goes on.
        seconds: how long.
        per_second: calls.
        seed: of the order of troubles.
    """
    load, vitals = load_on(stage, per_second, _mixed(stage.org)), Vitals(stage=stage)
    maker, troubles, began = Troublemaker(stage=stage, load=load), list[Trouble](), time.monotonic()
    with load.running(), vitals.watched():
        for kind in _kinds(random.Random(seed)):  # noqa: S311 - the same order again
            _be_quiet(load, vitals)
            passed_s = time.monotonic() - began
            if passed_s >= seconds and len({t.kind for t in troubles}) == len(KINDS) + len(KILLS):
                break
            tell(f"{passed_s:.0f} of {seconds:.0f} s: {kind}")
            troubles.append(maker.make(kind))
    report = Report(scenario="soak")
    report.figures["seconds"] = round(time.monotonic() - began)
    _judge_calls(report, load.calls, troubles)
    _judge_outcomes(report, stage.org, load.calls, troubles)
    _judge_vitals(report, vitals)
    return report


def _kinds(dice: random.Random) -> Iterator[str]:
    killed_s: float | None = None
    while True:
        kinds = list(KINDS)
        if killed_s is None or time.monotonic() - killed_s > KILL_EVERY_S:
            killed_s = time.monotonic()
            kinds += KILLS
        yield from dice.sample(kinds, len(kinds))


def _be_quiet(load: Load, vitals: Vitals) -> None:
    load.wait_for(round(load.per_second))
    vitals.quiet.set()
    load.wait_for(round(load.per_second * QUIET_S))
    vitals.quiet.clear()


def _mixed(org: SimulatedOrg) -> Callable[[], Call]:
    turns = cycle([True] + [False] * (ASYNC - 1))
    return lambda: Call(record_id=org.create_record().id if next(turns) else None)


def _judge_calls(report: Report, calls: Sequence[Call], troubles: Sequence[Trouble]) -> None:
    failed = [call for call in calls if not call.is_good]
    strange = [call for call in failed if not any(trouble.explains(call) for trouble in troubles)]
    report.figures |= {
        "calls": len(calls),
        "200 and 201": len(calls) - len(failed),
        "troubles": len(troubles),
        **{
            f"  {kind}: times, calls that failed": f"{times}, {_failed(failed, troubles, kind)}"
            for kind, times in sorted(Counter(trouble.kind for trouble in troubles).items())
        },
        "answers without a reason": len(strange),
        "longest call, s": max(call.took_s for call in calls),
    }
    report.problems += told(strange)


def _failed(failed: Sequence[Call], troubles: Sequence[Trouble], kind: str) -> int:
    return sum(any(t.explains(call) for t in troubles if t.kind == kind) for call in failed)


def _judge_outcomes(
    report: Report, org: SimulatedOrg, calls: Sequence[Call], troubles: Sequence[Trouble]
) -> None:
    """Look in the org for what was promised."""
    records = {call.id: call.record_id for call in calls if call.record_id and call.is_good}

    def record(call_id: str) -> Record:
        return org.record(records[call_id] or "")

    with contextlib.suppress(AssertionError):
        wait_until(
            lambda: not any(is_pending(record(each)) for each in records), "all", limit_s=OUTCOMES_S
        )
    lost = sum(is_pending(record(each)) for each in records)
    ended = [call for call in calls if call.id in records and not is_pending(record(call.id))]
    right = sum(call.proves(record(call.id).fields["Response__c"]) for call in ended)
    kills = [t.from_s for t in troubles if t.kind == "function killed"]
    interrupted = [
        call for call in ended
        if _is_interrupted(record(call.id)) and any(call.sent_s < kill_s for kill_s in kills)
    ]  # fmt: skip
    report.figures |= {
        "accepted asynchronously": len(records),
        "  the function's answer is in the record": right,
        "  interrupted, and told so": len(interrupted),
    }
    report.require(not lost, f"{lost} accepted and never told to the org")
    strange = len(ended) - right - len(interrupted)
    report.require(not strange, f"{strange} records hold what they should not")


def _is_interrupted(record: Record) -> bool:
    try:
        return json.loads(record.fields["Response__c"]) in INTERRUPTED
    except (ValueError, TypeError):
        return False


def _judge_vitals(report: Report, vitals: Vitals) -> None:
    for name, looks in sorted(vitals.longest().items()):
        report.problems += grew(name, looks)
        if len(looks) > 1:
            grown = ", ".join(
                f"{looks[-1].values[what]:.0f} ({growth(looks, what):+.1f})" for what in MOST_GROWTH
            )
            report.figures[f"{name}: {', '.join(MOST_GROWTH)} (growth)"] = grown
