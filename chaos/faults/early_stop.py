"""SIGTERM at any moment of the start: it is never lost, and nobody has to be killed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chaos.faults.report import Report, Tell
from localstack.families import left_of
from localstack.stack import Stage, started
from localstack.waiting import NotReadyError, wait_until

MOMENTS_S: Final = tuple(number * 0.05 for number in range(61))
LIMIT_S: Final = 3.0
GOOD_ENDS: Final = {0, -15, 143}
"""Before supervisord can take the signal, whoever runs ends of it; a bash says 143."""
LONGEST_S: Final = 60.0
START: Final = ""
SUPERVISORD: Final = "supervisord started"


@dataclass(frozen=True, kw_only=True)
class EarlyStop:
    """What came of one SIGTERM."""

    after_s: float
    took_s: float
    exit_code: int
    killed: int
    tracebacks: int
    left: Sequence[str]

    def problems(self, *, limit_s: float) -> list[str]:
        """Return what should not have been."""
        told = []
        if self.killed:
            told.append(f"{self.killed} programs had to be killed")
        if self.tracebacks:
            told.append("it left a traceback in the log")
        if self.left:
            told.append(f"{', '.join(self.left)} outlived it")
        if self.took_s >= limit_s:
            told.append(f"it took {self.took_s:.1f} s")
        if self.exit_code not in GOOD_ENDS:
            told.append(f"exit code {self.exit_code}")
        return [f"SIGTERM after {self.after_s:.2f} s: {each}" for each in told]


def stop_early(
    folder: Path,
    tell: Tell,
    *,
    since: str = START,
    moments_s: Sequence[float] = MOMENTS_S,
    limit_s: float = LIMIT_S,
) -> Report:
    """Start everything and stop it, once for each moment.

    Args:
        folder: an empty one.
        tell: told what goes on.
        since: what the moments are counted from: a text in the log, or the start of ``bin/start``.
        moments_s: when the signal is sent.
        limit_s: what a stop may take.
    """
    report = Report(scenario=f"SIGTERM soon after the {since or 'start'}")
    stops = []
    for after_s in moments_s:
        tell(f"after {after_s:.2f} s")
        stops.append(_stop(folder / f"{after_s:.2f}", after_s, since))
        report.problems += stops[-1].problems(limit_s=limit_s)
    report.figures = {
        "stops": len(stops),
        "longest, s": max(stop.took_s for stop in stops),
        "median, s": sorted(stop.took_s for stop in stops)[len(stops) // 2],
    }
    return report


def _stop(folder: Path, after_s: float, since: str) -> EarlyStop:
    folder.mkdir(parents=True)
    began = time.monotonic()
    with started(folder) as stage:
        if since:
            _wait_for(stage, since)
            began = time.monotonic()
        process = stage.container.process
        # Not a wait for something: the moment is what is tried.
        time.sleep(max(0.0, began + after_s - time.monotonic()))
        told_s = time.monotonic()
        process.terminate()
        wait_until(lambda: process.poll() is not None, "the end", limit_s=LONGEST_S)
        # Its log's copier, and what a bash that ended at once was waiting for, need a moment.
        left = left_of(process.pid, limit_s=2 * LIMIT_S)
        return EarlyStop(
            after_s=after_s,
            took_s=time.monotonic() - told_s,
            exit_code=process.returncode,
            killed=stage.log().count("with SIGKILL"),
            tracebacks=stage.log().count("Traceback"),
            left=left,
        )


def _wait_for(stage: Stage, text: str) -> None:
    def came() -> bool:
        if stage.container.process.poll() is not None:
            raise NotReadyError(f"bin/start ended: {stage.log()}")
        return text in stage.log()

    wait_until(came, text, limit_s=LONGEST_S)
