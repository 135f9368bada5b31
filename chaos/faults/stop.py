"""SIGTERM under load, to everybody at once or to supervisord alone: nobody is cut off."""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final

import psutil

from chaos.faults.calls import REFUSED, UNANSWERED, Call, told
from chaos.faults.limits import STATED
from chaos.faults.report import Report, Tell
from chaos.faults.stage import load_on, ready, running_calls
from localstack.stack import Stage
from localstack.waiting import wait_until
from orgsim import SimulatedOrg

LIMIT_S: Final = 60.0
ASYNC: Final = 5
"""One call of so many is asynchronous."""
CALL_S: Final = 0.2
LONG_CALLS_S: Final = (2.0, 20.0, 26.0)
TIMEOUT_S: Final = 27.0
"""`FUNCTION_TIMEOUT_S` on Heroku."""


@dataclass(frozen=True, kw_only=True)
class End:
    """How everything ended."""

    told_s: float
    """When the signals were sent; monotonic seconds."""
    took_s: float
    """From then to the end of everything."""
    exit_code: int | None
    left: int = 0
    """Processes that outlived it."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One stop and what came of it."""

    end: End
    calls: Sequence[Call]
    stored: frozenset[str] = frozenset()
    """Ids of the invocations in the store."""
    pending: frozenset[str] = frozenset()
    """Ids of the invocations whose outcome the org does not have."""
    lasts: bool = True
    """Whether the store outlives the container."""

    relay_said: str = ""
    """Its lines while it stopped."""

    def accepted(self) -> list[Call]:
        """Return the asynchronous calls that were promised an outcome."""
        return [call for call in self.calls if call.record_id and call.is_good]

    def under_way(self) -> list[Call]:
        """Return the calls that were sent before the signal and ended after it."""
        told_s = self.end.told_s
        return [call for call in self.calls if call.was_under_way(told_s, told_s)]

    def late(self) -> list[Call]:
        """Return the calls that were sent after the signal."""
        return [call for call in self.calls if call.sent_s > self.end.told_s]


def stop_again_and_again(
    folder: Path,
    tell: Tell,
    *,
    runs: int = 20,
    everybody: bool = True,
    lasting: Sequence[bool] = (True, False),
    per_second: float = 100,
) -> Report:
    """Start everything and stop it under load, so many times.

    Args:
        folder: an empty one.
        tell: told what goes on.
        runs: how often.
        everybody: whether every process is signalled, as in a dyno, or supervisord alone.
        lasting: whether the store outlives the container, in turn.
        per_second: calls.
    """
    report = Report(scenario=f"SIGTERM to {'every process' if everybody else 'supervisord alone'}")
    stops = []
    for number, lasts in zip(range(runs), cycle(lasting), strict=False):
        tell(f"run {number + 1} of {runs}")
        where = folder / f"{'all' if everybody else 'one'}-{number}"
        stops.append(_stop(where, per_second, everybody=everybody, lasts=lasts))
        report.problems += [f"run {number + 1}: {each}" for each in judge(stops[-1])]
    report.figures = figures(stops)
    return report


def stop_with_long_calls(folder: Path, tell: Tell) -> Report:
    """Stop while calls run that take almost as long as a caller waits."""
    tell(f"calls of {', '.join(f'{seconds:.0f}' for seconds in LONG_CALLS_S)} s")
    with ready(folder / "long", FUNCTION_TIMEOUT_S=str(TIMEOUT_S)) as stage:
        load = load_on(stage, per_second=0)
        with load.running():
            load.send_at_once(Call(seconds=seconds) for seconds in LONG_CALLS_S)
            wait_until(lambda: running_calls(stage) == len(LONG_CALLS_S), "the calls")
            end = _end(stage, everybody=True)
    report = Report(scenario="SIGTERM during long calls")
    report.figures = {f"call of {call.seconds:.0f} s": call.outcome for call in load.calls}
    report.figures["longest stop, s"] = end.took_s
    # 500: it may be running still, so it must not look like one that may be repeated.
    report.problems = told(c for c in load.calls if c.outcome not in {"200", "500"})
    report.require(end.took_s < STATED.stop_s, f"it took {end.took_s:.1f} s")
    return report


def _stop(folder: Path, per_second: float, *, everybody: bool, lasts: bool) -> Stop:
    file = folder.absolute() / "jobs.sqlite3"
    env = {"ASYNC_DB_PATH": str(file), "ASYNC_DB_LASTS": "yes" if lasts else "no"}
    with ready(folder, **env) as stage:
        load = load_on(stage, per_second, _mixed(stage.org))
        with load.running():
            load.wait_for(round(per_second))
            end = _end(stage, everybody=everybody)
    with contextlib.closing(sqlite3.connect(file)) as store:
        stored = frozenset(row[0] for row in store.execute("SELECT event_id FROM function_jobs"))
    pending = frozenset(
        call.id
        for call in load.calls
        if call.record_id and stage.org.record(call.record_id).fields["Status__c"] == "PENDING"
    )
    return Stop(
        end=end,
        calls=load.calls,
        stored=stored,
        pending=pending,
        lasts=lasts,
        relay_said=_farewell(stage.log()),
    )


def _farewell(log: str) -> str:
    lines = [line for line in log.splitlines() if '"logger": "relay"' in line]
    stopping = [place for place, line in enumerate(lines) if '"stopping"' in line]
    return "\n".join(lines[stopping[0] :] if stopping else lines)


def _mixed(org: SimulatedOrg) -> Callable[[], Call]:
    turns = cycle([True] + [False] * (ASYNC - 1))

    def new_call() -> Call:
        record_id = org.create_record().id if next(turns) else None
        return Call(record_id=record_id, seconds=CALL_S)

    return new_call


def _end(stage: Stage, *, everybody: bool) -> End:
    """Send the signals and wait until nobody is left."""
    supervisord = psutil.Process(stage.container.process.pid)
    children = supervisord.children(recursive=True)
    told_s = time.monotonic()
    for process in [supervisord, *children] if everybody else [supervisord]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    ended = stage.container.process
    wait_until(lambda: ended.poll() is not None, "the end", limit_s=LIMIT_S)
    took_s = time.monotonic() - told_s
    _, left = psutil.wait_procs(children, timeout=5)
    return End(told_s=told_s, took_s=took_s, exit_code=ended.returncode, left=len(left))


def judge(stop: Stop) -> list[str]:
    """Return what should not have been."""
    problems = told(call for call in stop.calls if not _is_explained(call, stop.end))
    accepted = {call.id for call in stop.accepted()}
    if lost := accepted - stop.stored:
        problems.append(f"{len(lost)} accepted and not stored")
    if not stop.lasts and (untold := accepted & stop.pending):
        problems.append(
            f"{len(untold)} accepted, and the org was not told before the store died;"
            f" the relay said: {stop.relay_said}"
        )
    if stop.end.exit_code != 0:
        problems.append(f"exit code {stop.end.exit_code}")
    if stop.end.left:
        problems.append(f"{stop.end.left} processes are left")
    if stop.end.took_s >= STATED.stop_s:
        problems.append(f"it took {stop.end.took_s:.1f} s")
    return problems


def _is_explained(call: Call, end: End) -> bool:
    if call.is_good or (call.outcome == "503" and call.retry_after):
        return True
    return call.sent_s > end.told_s and call.outcome in {REFUSED, UNANSWERED}


def figures(stops: Sequence[Stop]) -> dict[str, object]:
    """Return what was counted in all of them."""
    under_way = [call for stop in stops for call in stop.under_way()]
    late = [call for stop in stops for call in stop.late()]
    in_vain = [call.took_s for call in late if call.outcome == UNANSWERED]
    return {
        "stops": len(stops),
        "longest stop, s": max(stop.end.took_s for stop in stops),
        "under way at the signal": len(under_way),
        "  of these, 200 or 201": sum(call.is_good for call in under_way),
        "sent after it": len(late),
        "  200 or 201": sum(call.is_good for call in late),
        "  503 with Retry-After": sum(call.outcome == "503" for call in late),
        "  refused": sum(call.outcome == REFUSED for call in late),
        "  connected, never read": len(in_vain),
        "  longest wait of these, s": max(in_vain, default=0.0),
        "accepted asynchronously": sum(len(stop.accepted()) for stop in stops),
        "  in the store": sum(c.id in stop.stored for stop in stops for c in stop.accepted()),
        "  told to the org": sum(
            c.id not in stop.pending for stop in stops for c in stop.accepted()
        ),
    }
