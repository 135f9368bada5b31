"""``python -m tests.chaos``: is an accepted job ever lost? Exit code 0 only if all held."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Final

import pytest
from rich.console import Console
from rich.markup import escape

from localstack.waiting import NotReadyError
from tests.chaos.report import progress, table
from tests.chaos.run import Report, run
from tests.chaos.stage import STORES

MOST_JOBS: Final = 9000
"""The simulated org forgets records beyond 10,000."""
SLOWEST_JOBS_PER_S: Final = 3
NOT_POSSIBLE: Final = 2
INTERRUPTED: Final = 130


def main() -> int:
    """Run on each store that was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Accepts jobs while everything is killed, and looks for each outcome.",
    )
    parser.add_argument("--jobs", type=int, default=5000, choices=range(1, MOST_JOBS + 1),
                        metavar=f"1..{MOST_JOBS}")  # fmt: skip
    parser.add_argument("--store", choices=[*STORES, "both"], default="both")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="to repeat the events")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    stores = STORES if arguments.store == "both" else (arguments.store,)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        reports = [_run(console, store, arguments.jobs, arguments.seed) for store in stores]
    except pytest.skip.Exception as missing:
        console.print(f"[bold red]{escape(str(missing))}[/]")
        return NOT_POSSIBLE
    except KeyboardInterrupt:
        console.print("Stopped: no process is left.")
        return INTERRUPTED
    except NotReadyError as error:
        console.print(f"[bold red]the run could not go on:[/] {escape(str(error))}")
        return 1
    return 1 if any(report.problems for report in reports) else 0


def _run(console: Console, store: str, jobs: int, seed: int) -> Report:
    folder = Path(tempfile.mkdtemp(prefix=f"chaos-{store}-"))
    limit_s = 60 + jobs / SLOWEST_JOBS_PER_S
    try:
        with progress(console, store, jobs) as tell:
            report = run(store, jobs=jobs, seed=seed, folder=folder, limit_s=limit_s, tell=tell)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    console.print(table(report))
    for problem in report.problems:
        console.print(f"[bold red]not as it should be:[/] {escape(problem)}")
    if report.problems:
        console.print(f"the logs are in {folder}")
    else:
        shutil.rmtree(folder)
    return report


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
