"""More slow calls than there are places: the rest is turned away at once, health is answered."""

from collections.abc import Sequence
from typing import Final

import psutil

from chaos.faults.calls import Call, told
from chaos.faults.limits import STATED, Limits
from chaos.faults.load import Load
from chaos.faults.probe import Probe
from chaos.faults.report import Report, Tell
from chaos.faults.stage import load_on, proxies
from localstack.stack import Stage
from localstack.waiting import wait_until

CALL_S: Final = 5.0
ENDS_S: Final = 60.0
MOST_GROWTH_MB: Final = 60.0
"""Threads that have worked once keep some memory: 0.1 MB each."""
MOST_STEP_MB: Final = 5.0
"""From one burst to the next: everything else is given back."""


def overload(
    stage: Stage, tell: Tell, *, calls: int = 400, times: int = 3, limits: Limits = STATED
) -> Report:
    """Send so many slow calls in one instant, and again when they have ended."""
    proxy = psutil.Process(proxies(stage)["proxy_01"])
    load = load_on(stage, per_second=0)
    with load.running(), Probe(port=stage.container.port).running() as probe:
        _answer_one(load, probe)
        threads, memory_mb = proxy.num_threads(), [_memory_mb(proxy)]
        for number in range(times):
            tell(f"{calls} calls of {CALL_S:.0f} s at once, {number + 1} of {times}")
            _burst(load, calls)
            memory_mb.append(_memory_mb(proxy))
        _answer_one(load, probe)
        more_threads = proxy.num_threads() - threads
    report = judge(load.calls, probe, limits)
    report.figures["threads: before, and more after"] = f"{threads}, {more_threads}"
    report.figures["MB: before, and after each"] = ", ".join(f"{mb:.0f}" for mb in memory_mb)
    report.require(more_threads <= 0, f"{more_threads} threads more than before")
    grown, step = memory_mb[-1] - memory_mb[0], memory_mb[-1] - memory_mb[-2]
    report.require(grown <= MOST_GROWTH_MB, f"{grown:.0f} MB more than before")
    report.require(times == 1 or step <= MOST_STEP_MB, f"{step:.1f} MB more by the last burst")
    return report


def judge(calls: Sequence[Call], probe: Probe, limits: Limits = STATED) -> Report:
    """Return what calls and health tell about the bursts."""
    slow = [call for call in calls if call.seconds]
    away = [call for call in slow if call.is_turned_away]
    slowest_s = max((call.took_s for call in away), default=0.0)
    report = Report(scenario="overload")
    report.figures = {
        "slow calls": len(slow),
        "200": sum(call.is_good for call in slow),
        "longest 200, s": max((call.took_s for call in slow if call.is_good), default=0.0),
        "503 with Retry-After": len(away),
        "longest 503, s": slowest_s,
        **probe.figures(),
    }
    report.problems = told(call for call in calls if not (call.is_good or call.is_turned_away))
    report.problems += [f"{count} times: {what}" for what, count in probe.not_ok.items()]
    report.require(bool(away), "nobody was turned away: there was no overload")
    report.require(slowest_s <= limits.turned_away_s, f"a 503 took {slowest_s:.1f} s")
    health_s = probe.longest_s()
    report.require(health_s <= limits.health_s, f"a look at health took {health_s:.2f} s")
    return report


def _burst(load: Load, calls: int) -> None:
    sent = [Call(seconds=CALL_S) for _ in range(calls)]
    load.send_at_once(sent)
    wait_until(lambda: all(call.outcome for call in sent), "every end", limit_s=ENDS_S)


def _answer_one(load: Load, probe: Probe) -> None:
    """Let one call, and one look at health, come and go."""
    looks = probe.looks()
    load.send_at_once([Call()])
    load.wait_for(1)
    wait_until(lambda: probe.looks() > looks, "a look at health")


def _memory_mb(process: psutil.Process) -> float:
    """Return its RSS."""
    return process.memory_info().rss / 1e6
