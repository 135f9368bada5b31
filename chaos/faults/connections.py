"""A crowd that sends nothing, or a byte now and then: whoever sends a whole request is served."""

import contextlib
from collections.abc import Sequence
from typing import Final

import psutil

from chaos.faults.calls import Call, told
from chaos.faults.crowd import Crowd, open_files
from chaos.faults.limits import STATED, Limits
from chaos.faults.probe import Probe
from chaos.faults.report import Report, Tell
from chaos.faults.stage import load_on, proxies
from localstack.stack import Stage
from localstack.waiting import NotReadyError, wait_until

OUR_FILES: Final = 8192
"""For the crowd's own ends."""
PATIENCE_S: Final = 30.0
"""So long a client may be too slow with its request (proxy/server/slow_clients.py)."""
SPARE_S: Final = 10.0
PER_SECOND: Final = 20.0
MOST_S: Final = 120.0


def crowded(
    stage: Stage, tell: Tell, *, size: int = 1000, drips: bool, calls: int = 200,
    limits: Limits = STATED,
) -> Report:  # fmt: skip
    """Serve good clients among ``size`` others, see `Crowd`."""
    kind = f"{size} {'dripping' if drips else 'idle'} connections"
    tell(kind)
    proxy = psutil.Process(proxies(stage)["proxy_01"])
    load = load_on(stage, PER_SECOND)
    with (
        open_files(OUR_FILES),
        Crowd(port=stage.container.port, size=size, drips=drips).around() as crowd,
        load.running(),
        Probe(port=stage.container.port).running() as probe,
    ):
        load.wait_for(calls, limit_s=MOST_S)
        files = proxy.num_fds()
    report = Report(scenario=kind)
    report.figures["files that the proxy had open"] = files
    report.figures["of the crowd, closed by the proxy"] = len(crowd.closed_after_s)
    judge(report, load.calls, probe, limits)
    return report


def judge(report: Report, calls: Sequence[Call], probe: Probe, limits: Limits) -> None:
    """Note what the good clients saw."""
    longest_s = max(*(call.took_s for call in calls), probe.longest_s())
    report.figures["calls of good clients"] = len(calls)
    report.figures["200"] = sum(call.is_good for call in calls)
    report.figures["longest call, or look at health, s"] = longest_s
    report.problems += told(call for call in calls if not call.is_good)
    report.problems += [f"{count} times: {what}" for what, count in probe.not_ok.items()]
    too_long = f"a good client waited for {longest_s:.1f} s"
    report.require(longest_s <= limits.good_client_s, too_long)


def dripping_ends(stage: Stage, tell: Tell, *, size: int = 200) -> Report:
    """Let requests drip until the proxy has enough of them."""
    tell(f"{size} dripping connections, until they are closed")
    report = Report(scenario="a request that drips without end")
    with Crowd(port=stage.container.port, size=size, drips=True).around() as crowd:
        with contextlib.suppress(NotReadyError):
            limit_s = PATIENCE_S + SPARE_S
            wait_until(lambda: len(crowd.closed_after_s) >= size, "their end", limit_s=limit_s)
        closed = sorted(crowd.closed_after_s)
    report.require(len(closed) == size, f"{size - len(closed)} were not closed")
    if closed:
        report.figures["closed after, s"] = f"{closed[0]:.0f} to {closed[-1]:.0f}"
        report.require(closed[0] >= PATIENCE_S - 1, f"one was closed after {closed[0]:.0f} s")
    return report
