"""Mixed load for a long time while things go wrong: no answer without a reason, nothing grows."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Final

from chaos.faults.calls import Call
from chaos.faults.load import Load
from chaos.faults.report import Report, Tell
from chaos.faults.stage import load_on
from chaos.kills.verdict import is_pending
from chaos.soak.troubles import KILLS, KINDS, Trouble, Troublemaker
from chaos.soak.verdict import judge_calls, judge_outcomes, judge_vitals
from chaos.soak.vitals import Vitals
from localstack.stack import Stage
from localstack.waiting import NotReadyError, wait_until
from orgsim import Record, SimulatedOrg

ASYNC: Final = 20
"""One call of so many is asynchronous; the simulated org forgets records beyond 10,000."""
QUIET_S: Final = 3.0
KILL_EVERY_S: Final = 300.0
"""Less often than other trouble, so that there are processes old enough to judge."""
OUTCOMES_S: Final = 60.0


def soak(
    stage: Stage,
    tell: Tell,
    *,
    seconds: float,
    per_second: float = 40,
    quiet_s: float = QUIET_S,
    seed: int = 1,
) -> Report:
    """Make trouble for so long, each kind at least once.

    Args:
        stage: what runs, with two proxies.
        tell: told what goes on.
        seconds: how long.
        per_second: calls.
        quiet_s: between two troubles, in seconds of calls that are answered well.
        seed: of the order of troubles.
    """
    load, vitals = load_on(stage, per_second, _mixed(stage.org)), Vitals(stage=stage)
    maker, troubles, began = Troublemaker(stage=stage, load=load), list[Trouble](), time.monotonic()
    with load.running(), vitals.watched():
        for kind in _kinds(random.Random(seed)):  # noqa: S311 - the same order again
            _be_quiet(load, vitals, quiet_s)
            passed_s = time.monotonic() - began
            if passed_s >= seconds and len({t.kind for t in troubles}) == len(KINDS) + len(KILLS):
                break
            tell(f"{passed_s:.0f} of {seconds:.0f} s: {kind}")
            troubles.append(maker.make(kind))
    report = Report(scenario="soak")
    report.figures["seconds"] = round(time.monotonic() - began)
    judge_calls(report, load.calls, troubles)
    judge_outcomes(report, load.calls, _outcomes(stage.org, load.calls), troubles)
    judge_vitals(report, vitals)
    return report


def _kinds(dice: random.Random) -> Iterator[str]:
    killed_s: float | None = None
    while True:
        kinds = list(KINDS)
        if killed_s is None or time.monotonic() - killed_s > KILL_EVERY_S:
            killed_s = time.monotonic()
            kinds += KILLS
        yield from dice.sample(kinds, len(kinds))


def _be_quiet(load: Load, vitals: Vitals, quiet_s: float) -> None:
    load.wait_for(round(load.per_second * quiet_s / 3))
    vitals.quiet.set()
    load.wait_for(round(load.per_second * quiet_s * 2 / 3))
    vitals.quiet.clear()


def _mixed(org: SimulatedOrg) -> Callable[[], Call]:
    turns = cycle([True] + [False] * (ASYNC - 1))
    return lambda: Call(record_id=org.create_record().id if next(turns) else None)


def _outcomes(org: SimulatedOrg, calls: Sequence[Call]) -> dict[str, Record]:
    """Return the records of accepted calls, by the calls' ids, once all are final or it is late."""
    accepted = {call.id: call.record_id for call in calls if call.record_id and call.is_good}

    def records() -> dict[str, Record]:
        return {call_id: org.record(record_id) for call_id, record_id in accepted.items()}

    with contextlib.suppress(NotReadyError):  # what is pending then is lost, and judged so
        wait_until(
            lambda: not any(map(is_pending, records().values())), "every end", limit_s=OUTCOMES_S
        )
    return records()
