"""kill -9 of a proxy under load: its own connections break, nobody else notices."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import psutil

from chaos.faults.calls import CUT, UNANSWERED, Call, told
from chaos.faults.limits import STATED, Limits
from chaos.faults.report import Report, Tell
from chaos.faults.stage import load_on, proxies
from localstack import ROOT
from localstack.settings import settings
from localstack.stack import Stage
from localstack.waiting import wait_until

RESTART_LIMIT_S: Final = 120.0
CALL_S: Final = 0.02


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One kill."""

    at_s: float
    """Monotonic seconds."""
    ports: frozenset[int]
    """The callers' ends of the connections that the proxy had."""


def kill_proxies(
    stage: Stage,
    tell: Tell,
    *,
    per_second: float = 200,
    kills: int = 4,
    limits: Limits = STATED,
    host: str = "127.0.0.1",
) -> Report:
    """Kill the proxies, one after the other, again and again."""
    load, done = load_on(stage, per_second), []
    load.host = host
    with load.running():
        load.wait_for(round(per_second))
        for number in range(kills):
            tell(f"kill {number + 1} of {kills}")
            names = list(proxies(stage))
            done.append(kill(stage, names[number % len(names)]))
            load.wait_for(round(2 * per_second))
    return judge(load.calls, done, limits)


def kill(stage: Stage, name: str) -> Kill:
    """Kill a proxy; frozen for an instant before, so that it can be told whose calls it had."""
    pid = proxies(stage)[name]
    os.kill(pid, signal.SIGSTOP)
    ports = frozenset(
        connection.raddr.port
        for connection in psutil.Process(pid).net_connections("tcp")
        if connection.status != psutil.CONN_LISTEN and connection.laddr.port == stage.container.port
    )
    at_s = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: proxies(stage)[name] not in {0, pid}, "the next process")
    return Kill(at_s=at_s, ports=ports)


def is_with(call: Call, kill: Kill) -> bool:
    """Tell whether this kill is why a call failed: it went by a connection of that proxy."""
    broke = call.outcome in {UNANSWERED, CUT}
    return broke and call.port in kill.ports and call.ended_s >= kill.at_s


def judge(calls: Sequence[Call], kills: Sequence[Kill], limits: Limits = STATED) -> Report:
    """Return what the calls tell about these kills."""
    broken = [call for call in calls if any(is_with(call, kill) for kill in kills)]
    silence_s = longest_silence_s(calls)
    report = Report(scenario="proxy killed")
    report.figures = {
        "calls": len(calls),
        "kills": len(kills),
        "connections that they had": sum(len(kill.ports) for kill in kills),
        "in flight": sum(call.was_under_way(k.at_s, k.at_s) for call in calls for k in kills),
        "broken with them": len(broken),
        "refused, or failed elsewhere": sum(not c.is_good for c in calls) - len(broken),
        "longest call, s": max(call.took_s for call in calls if call.is_good),
        "longest silence, s": silence_s,
    }
    report.problems = told(call for call in calls if not call.is_good and call not in broken)
    report.require(silence_s <= limits.silence_s, f"nobody was answered for {silence_s:.1f} s")
    return report


def restart_proxies(
    stage: Stage, tell: Tell, *, per_second: float = 100, times: int = 3, host: str = "127.0.0.1"
) -> Report:
    """Restart all of them as an operator does; no call may notice, but for a wait."""
    load, took_s = load_on(stage, per_second, lambda: Call(seconds=CALL_S)), []
    load.host = host
    report = Report(scenario="bin/restart-proxies")
    with load.running():
        load.wait_for(round(per_second))
        for number in range(times):
            tell(f"restart {number + 1} of {times}")
            before, began = set(proxies(stage).values()), time.monotonic()
            _restart(stage)
            took_s.append(time.monotonic() - began)
            report.require(not before & set(proxies(stage).values()), "one was not restarted")
            load.wait_for(round(per_second))
    report.figures = {
        "calls": len(load.calls),
        "restarts of all": times,
        "longest restart, s": max(took_s),
        "failed calls": sum(not call.is_good for call in load.calls),
        "longest call, s": max(call.took_s for call in load.calls),
    }
    report.problems += told(call for call in load.calls if not call.is_good)
    return report


def _restart(stage: Stage) -> None:
    subprocess.run(
        [ROOT / "bin" / "restart-proxies"],
        env=settings(
            org_url=stage.org_url,
            port=stage.container.port,
            function_port=stage.container.function_port,
            RUN_DIR=str(stage.container.run_dir),
        ),
        stdout=subprocess.DEVNULL,
        timeout=RESTART_LIMIT_S,
        check=True,
    )


def longest_silence_s(calls: Sequence[Call]) -> float:
    """Return how long nobody was answered, between two answers."""
    ends = sorted(call.ended_s for call in calls if call.is_good)
    return max(after - before for before, after in pairwise(ends))
