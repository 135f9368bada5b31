"""kill -9 of the function under load: who was with it fails, everybody else waits and is served."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import psutil

from chaos.faults.calls import Call, told
from chaos.faults.limits import STATED, Limits
from chaos.faults.report import Report, Tell
from chaos.faults.stage import is_gone, load_on
from localstack.stack import Stage
from localstack.waiting import wait_until

LEAK_BYTES: Final = 1_000_000
"""That each call of a leaking function leaves behind."""


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One kill. Times are monotonic seconds."""

    at_s: float
    gone_s: float
    """When the process had closed its connections: it takes a moment to die."""


def kill_function(
    stage: Stage, tell: Tell, *, per_second: float = 100, kills: int = 3, limits: Limits = STATED
) -> Report:
    """Kill the function again and again under a steady warm load."""
    load, done = load_on(stage, per_second), []
    with load.running():
        load.wait_for(round(per_second))
        for number in range(kills):
            tell(f"kill {number + 1} of {kills}")
            done.append(kill(stage.pid()))
            load.wait_for(round(2 * per_second))
    return judge(load.calls, done, limits)


def leak(
    stage: Stage, tell: Tell, *, per_second: float = 40, limit_mb: float = 250, kills: int = 2
) -> Report:
    """Let the function leak, and kill it where a platform would."""
    load = load_on(stage, per_second, lambda: Call(leak_bytes=LEAK_BYTES))
    done = []
    with load.running():
        for number in range(kills):
            tell(f"leaks up to {limit_mb:.0f} MB, {number + 1} of {kills}")
            function = psutil.Process(stage.pid())
            _wait_for_memory(function, limit_mb)
            done.append(kill(function.pid))
            load.wait_for(round(per_second))
    report = judge(load.calls, done)
    report.scenario = "function leaks until it is killed"
    return report


def _wait_for_memory(process: psutil.Process, limit_mb: float) -> None:
    wait_until(lambda: process.memory_info().rss > limit_mb * 1e6, "the leak", limit_s=60)


def kill(pid: int) -> Kill:
    """Kill the function, and wait until it is gone."""
    at_s = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), "its death")
    return Kill(at_s=at_s, gone_s=time.monotonic())


def is_with(call: Call, kill: Kill) -> bool:
    """Tell whether this kill is why a call failed: it was under way, and is told so."""
    return call.outcome == "502" and call.was_under_way(kill.at_s, kill.gone_s)


def judge(calls: Sequence[Call], kills: Sequence[Kill], limits: Limits = STATED) -> Report:
    """Return what the calls tell about these kills."""
    good = [call for call in calls if call.is_good]
    back = [min(c.ended_s for c in good if c.sent_s > k.gone_s) - k.at_s for k in kills]
    held = [
        call
        for call in good
        for kill, after_s in zip(kills, back, strict=True)
        if kill.gone_s < call.sent_s < kill.at_s + after_s
    ]
    report = Report(scenario="function killed")
    report.figures = {
        "calls": len(calls),
        "kills": len(kills),
        "in flight at the kill": sum(c.was_under_way(k.at_s, k.at_s) for c in calls for k in kills),
        "sent while it died": sum(k.at_s < c.sent_s <= k.gone_s for c in calls for k in kills),
        "of these two, 502": sum(call.outcome == "502" for call in calls),
        "waited for the next one, then 200": len(held),
        "longest wait, s": max((call.took_s for call in held), default=0.0),
        "answers again after, s": max(back),
    }
    failed = [call for call in calls if not call.is_good]
    report.problems = told(c for c in failed if not any(is_with(c, kill) for kill in kills))
    report.require(max(back) <= limits.function_back_s, f"it was away for {max(back):.1f} s")
    return report
