"""One run on one store: accept, disturb, wait for every outcome, judge."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chaos.kills.callers import Callers
from chaos.kills.disturbance import Disturbance
from chaos.kills.stage import Stage, running_stage
from chaos.kills.verdict import Verdict, judge
from chaos.kills.watch import LOOK_S, Tell, Watch, unfinished
from localstack.org import signed_in

CALLERS: Final = 8
CONCURRENCY: Final = 10
"""Functions that a relay runs at once, by default."""


@dataclass(kw_only=True)
class Report:
    """What was done, and what came of it."""

    store: str
    seed: int
    verdict: Verdict
    states: Counter[str]
    """How many jobs of the store are in which state."""
    unpromised: int
    """Invocations whose caller gave up without a 201."""
    sent_again: Counter[str]
    killed: Counter[str]
    restarts: int
    thrown: Counter[str]
    fell_over: Counter[str]
    """Programs that ended without having been killed, by name."""
    seconds: float
    problems: list[str] = field(default_factory=list)
    """What should not have been; empty when all held."""


def run_on(store: str, *, jobs: int, seed: int, folder: Path, limit_s: float, tell: Tell) -> Report:
    """Let ``jobs`` be accepted while everything is killed, and return what became of them.

    Args:
        store: ``sqlite`` or ``postgres``.
        jobs: how many are to be accepted.
        seed: of kills, faults and payloads.
        folder: an empty one, for logs.
        limit_s: longest time until all are accepted.
        tell: called now and then.

    Raises:
        NotReadyError: something did not come up again.
    """
    with running_stage(store, seed=seed, folder=folder) as stage:
        callers = Callers(
            org=stage.org, url=stage.url, identity=signed_in(stage.org, stage.org_url), wanted=jobs
        )
        disturbance = Disturbance(
            org=stage.org, programs=stage.programs, database=stage.database, seed=seed
        )
        watch = Watch(stage, callers, tell)
        began = time.monotonic()
        _accept(callers, disturbance, watch, limit_s=limit_s, seed=seed)
        stage.org_faults.calm_down()
        watch.wait_for_the_rest()
        seconds = time.monotonic() - began
        return _report(stage, callers, disturbance, seconds=seconds)


def _accept(
    callers: Callers, disturbance: Disturbance, watch: Watch, *, limit_s: float, seed: int
) -> None:
    deadline = time.monotonic() + limit_s
    with ThreadPoolExecutor(CALLERS + 1) as pool:
        disturbing = pool.submit(disturbance.go_on)
        calling = [pool.submit(callers.call, f"{seed}-{number}") for number in range(CALLERS)]
        try:
            while not all(call.done() for call in calling) and time.monotonic() < deadline:
                watch.look()
                _raise_early([disturbing, *calling])
                time.sleep(LOOK_S)
            callers.stopping.set()
            disturbance.enough.set()
            while not disturbing.done():
                watch.look()
                time.sleep(LOOK_S)
            _raise_early([disturbing, *calling])
        finally:
            callers.stopping.set()
            disturbance.stopping.set()


def _raise_early(work: list[Future[None]]) -> None:
    for future in work:
        if future.done():
            future.result()


def _report(stage: Stage, callers: Callers, disturbance: Disturbance, *, seconds: float) -> Report:
    records = {i.record_id: stage.org.record(i.record_id) for i in callers.invocations}
    verdict = judge(callers.invocations, records, stage.runs(), stored=set(stage.logged("invoked")))
    report = Report(
        store="SQLite" if stage.database is None else "Postgres",
        seed=disturbance.seed,
        verdict=verdict,
        states=stage.states(),
        unpromised=len(callers.invocations) - verdict.accepted,
        sent_again=callers.sent_again,
        killed=disturbance.killed,
        restarts=disturbance.restarts,
        thrown=stage.org_faults.thrown,
        fell_over=Counter({name: p.fell_over for name, p in stage.programs.items()}),
        seconds=seconds,
    )
    report.problems += [
        f"{name}: {len(ids)}, e.g. {ids[:3]}" for name, ids in verdict.failures().items()
    ]
    report.problems += _miscounts(report, wanted=callers.wanted)
    report.problems += [f"an answer to a caller: {answer}" for answer in callers.strange[:3]]
    report.problems += [f"a bug is logged about {job}" for job in stage.logged("bug")[:3]]
    return report


def _miscounts(report: Report, *, wanted: int) -> list[str]:
    kills = report.killed["relay"] + report.killed["function"] + report.restarts
    limits = {
        "not accepted": (wanted - report.verdict.accepted, 0),
        "dead letters": (report.states["dead"], 0),
        "unfinished in the store": (unfinished(report.states), 0),
        "interrupted": (report.verdict.interrupted, CONCURRENCY * kills),
    }
    return [
        f"{name}: {count}, and at most {most} can be explained"
        for name, (count, most) in limits.items()
        if count > most
    ]
