"""A function that hangs, one that ends at its start, one that takes its time to start."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chaos.faults.calls import Call, told
from chaos.faults.limits import STATED, Limits
from chaos.faults.probe import Probe
from chaos.faults.report import Report, Tell
from chaos.faults.stage import FUNCTION, is_gone, load_on, ready, starting
from localstack.waiting import wait_until

CHECK_S: Final = 5.0
"""One health check every so often."""
KILL_S: Final = 5.0
"""From SIGTERM to SIGKILL."""
TIMEOUT_S: Final = 27.0
"""`FUNCTION_TIMEOUT_S` on Heroku."""
FAILURES: Final = 6
"""`WATCHDOG_FAILURES`."""
WITH_IT: Final = frozenset({"500", "502"})
"""Of calls that ran out of time, or broke with the function."""
KNOWN_S: Final = 7.0
"""The watchdog has seen it well once, and so does not take it for one that is still starting."""
PAUSE_S: Final = 20.0
"""The first pause of a crash loop is 10 s, seen at a tick of 5 s; then the function starts."""
HOLD_S: Final = 10.0
"""`FUNCTION_HOLD_S`."""
SPARE_S: Final = 2.0
START_S: Final = 40.0


def function_hangs(
    folder: Path,
    tell: Tell,
    *,
    per_second: float = 50,
    timeout_s: float = TIMEOUT_S,
    failures: int = FAILURES,
    limits: Limits = STATED,
) -> Report:
    """Freeze the function under load; nobody asks for its health but the watchdog.

    The calls that it has are a reason to be silent for as long as each may take, then checks count.
    """
    hung_s = timeout_s + failures * CHECK_S + KILL_S + 2 * CHECK_S
    env = {"FUNCTION_TIMEOUT_S": str(timeout_s), "WATCHDOG_FAILURES": str(failures)}
    with ready(folder / "hang", **env) as stage:
        load = load_on(stage, per_second)
        with load.running(), Probe(port=stage.container.port).running() as probe:
            load.wait_for(round(KNOWN_S * per_second))
            tell(f"it is frozen; the watchdog needs up to {hung_s:.0f} s")
            pid, began = stage.pid(), time.monotonic()
            os.kill(pid, signal.SIGSTOP)
            wait_until(lambda: is_gone(pid), "the end of the one that hangs", limit_s=2 * hung_s)
            load.wait_for(round(2 * per_second))
    back_s = _back_s([call for call in load.calls if call.function_pid != pid], began)
    report = Report(scenario="function hangs")
    report.figures = {
        "answers again after, s": back_s,
        "500 or 502: they were with it": sum(call.outcome in WITH_IT for call in load.calls),
        "503: they found every place taken": sum(call.is_turned_away for call in load.calls),
        **probe.figures(),
    }
    expected = [call for call in load.calls if call.outcome in WITH_IT or call.is_turned_away]
    report.problems = told(c for c in load.calls if not c.is_good and c not in expected)
    report.require(back_s <= hung_s, f"it was away for {back_s:.0f} s")
    _require_health(report, probe, limits)
    return report


def function_starts_slowly(folder: Path, tell: Tell, *, per_second: float = 5) -> Report:
    """Let it take almost as long as it may; it is not taken for one that hangs."""
    tell(f"it takes {START_S:.0f} s")
    with starting(folder / "slow", FUNCTION_COMMAND=f"sleep {START_S}; {FUNCTION}") as stage:
        wait_until(stage.is_alive, "a proxy")
        pid, began = stage.pid(), time.monotonic()
        load = load_on(stage, per_second)
        with load.running(), Probe(port=stage.container.port).running() as probe:
            load.wait_for(round(2 * per_second), limit_s=2 * START_S)
        same = stage.pid() == pid
    report = _report_on_waiting("function starts slowly", load.calls, probe, began)
    report.require(same, "it was restarted")
    return report


def function_ends_at_once(folder: Path, tell: Tell, *, per_second: float = 5) -> Report:
    """Let it end at each start, until its owner has repaired it."""
    broken = folder / "broken"
    broken.touch()
    with starting(
        folder / "exits", FUNCTION_COMMAND=f"test -e '{broken}' && exit 3; {FUNCTION}"
    ) as stage:
        wait_until(stage.is_alive, "a proxy")
        load = load_on(stage, per_second)
        with load.running(), Probe(port=stage.container.port).running() as probe:
            tell("until the watchdog gives it a pause")
            wait_until(lambda: "function keeps ending" in stage.log(), "a pause", limit_s=90)
            tell("it is repaired")
            broken.unlink()
            repaired = time.monotonic()
            load.wait_for(round(2 * per_second), limit_s=2 * PAUSE_S)
        starts = stage.log().count("spawned: 'function'")
    report = _report_on_waiting("function ends at its start", load.calls, probe, repaired)
    back_s = _back_s(load.calls, repaired)
    report.figures["starts"] = starts
    report.require(back_s <= PAUSE_S, f"repaired, it was away for {back_s:.0f} s more")
    return report


def _report_on_waiting(
    scenario: str, calls: Sequence[Call], probe: Probe, since_s: float
) -> Report:
    """Return what callers saw of a function that was not there."""
    refused = [call for call in calls if call.outcome == "503" and call.retry_after]
    slowest_s = max(call.took_s for call in calls)
    report = Report(scenario=scenario)
    report.figures = {
        "answers after, s": _back_s(calls, since_s),
        "503 with Retry-After": len(refused),
        "200": sum(call.is_good for call in calls),
        "longest call, s": slowest_s,
        **probe.figures(),
    }
    report.problems = told(c for c in calls if not c.is_good and c not in refused)
    report.require(slowest_s <= HOLD_S + SPARE_S, f"a call took {slowest_s:.1f} s")
    _require_health(report, probe)
    return report


def _require_health(report: Report, probe: Probe, limits: Limits = STATED) -> None:
    """Let the proxy be alive and say that it is not ready, at once."""
    report.problems += [
        f"{n} times: {what}" for what, n in probe.not_ok.items() if what != "/readyz 503"
    ]
    report.require(probe.not_ok["/readyz 503"] > 0, "it never said that it is not ready")
    alive_s = max(probe.took_s["/livez"])
    report.require(alive_s <= limits.health_s, f"/livez took {alive_s:.2f} s")


def _back_s(calls: Sequence[Call], since_s: float) -> float:
    """Return how long it was from a moment to the first good answer of these."""
    return min(call.ended_s for call in calls if call.is_good) - since_s
