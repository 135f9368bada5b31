"""``python -m tests.faults``: does it keep standing? Exit code 0 only if all held."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Final

from rich.console import Console
from rich.markup import escape

from localstack.waiting import NotReadyError
from tests.faults.report import Report, progress, summary, table
from tests.faults.scenarios import SCENARIOS, SOAK, SOAK_S, run

LONGEST_S: Final = 4000.0
"""The simulated org forgets records beyond 10,000."""
INTERRUPTED: Final = 130


def main() -> int:
    """Run each scenario that was asked for."""
    arguments = _parser().parse_args()
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        reports = [
            report
            for name in arguments.scenario or SCENARIOS
            for report in _run(console, name, folder, arguments.seconds)
        ]
    except KeyboardInterrupt:
        console.print("Stopped: no process is left.")
        shutil.rmtree(folder)
        return INTERRUPTED
    if len(reports) > 1:
        console.print(summary(reports))
    if any(report.problems for report in reports):
        console.print(f"the logs are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def _run(console: Console, name: str, folder: Path, seconds: float) -> list[Report]:
    """Run one, and show each report at once."""
    reports = []
    with progress(console, name) as tell:
        try:
            for report in run(name, folder, tell, seconds=seconds):
                reports.append(report)
                console.print(table(report))
                for problem in report.problems:
                    console.print(f"[bold red]not as it should be:[/] {escape(problem)}")
        except NotReadyError as error:
            reports.append(Report(scenario=name, problems=[f"it could not go on: {error}"]))
            console.print(f"[bold red]{name} could not go on:[/] {escape(str(error))}")
    return reports


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Breaks one part after another of a running container, and looks what callers"
        " see of it. Each scenario starts everything, before a simulated org.",
    )
    parser.add_argument(
        "scenario",
        nargs="*",
        type=_scenario,
        metavar="SCENARIO",
        help=f"{', '.join(SCENARIOS)} (default: all of these), or {SOAK}",
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=SOAK_S, help="of a soak (default: %(default).0f)"
    )
    return parser


def _scenario(name: str) -> str:
    if name not in {*SCENARIOS, SOAK}:
        raise argparse.ArgumentTypeError(f"there is no {name!r}")
    return name


def _seconds(text: str) -> float:
    value = float(text)
    if not 1 <= value <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"must be from 1 to {LONGEST_S:.0f}, not {text}")
    return value


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
