"""``python -m chaos kills``: one run on each store that was asked for."""

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from chaos.kills.report import progress, table
from chaos.kills.run import Report, run_on
from localstack.postgres import NoPostgresError
from localstack.stores import KINDS
from localstack.waiting import NotReadyError

HELP: Final = "accept jobs while everything is killed"
DESCRIPTION: Final = "Accepts jobs while everything is killed, and looks for each outcome."
MOST_JOBS: Final = 9000
"""The simulated org forgets records beyond 10,000."""
SLOWEST_JOBS_PER_S: Final = 3
NOT_POSSIBLE: Final = 2
INTERRUPTED: Final = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a run can be told."""
    parser.add_argument("--jobs", type=int, default=5000, choices=range(1, MOST_JOBS + 1),
                        metavar=f"1..{MOST_JOBS}")  # fmt: skip
    parser.add_argument("--store", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="to repeat the events")


def run(arguments: argparse.Namespace) -> int:
    """Run on each store that was asked for; 0 only if all held."""
    console = Console(highlight=False)
    stores = KINDS if arguments.store == "both" else (arguments.store,)
    try:
        reports = [_run(console, store, arguments.jobs, arguments.seed) for store in stores]
    except NoPostgresError as missing:
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
            report = run_on(store, jobs=jobs, seed=seed, folder=folder, limit_s=limit_s, tell=tell)
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
