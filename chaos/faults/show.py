"""Runs scenarios one after the other, and shows each report as soon as it is there."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape

from chaos.faults.report import Report, Tell, progress, summary, table
from localstack.waiting import NotReadyError

INTERRUPTED: Final = 130
Scenario = Callable[[Path, Tell], Iterator[Report]]
"""Is given an empty folder, for logs and databases, and yields a report or several."""


def show_scenarios(scenarios: Mapping[str, Scenario]) -> int:
    """Run these, by name; 0 only if all held."""
    console = Console(highlight=False)
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        reports = [
            report
            for name, scenario in scenarios.items()
            for report in _run(console, name, scenario, folder)
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


def _run(console: Console, name: str, scenario: Scenario, folder: Path) -> list[Report]:
    reports = []
    with progress(console, name) as tell:
        try:
            for report in scenario(folder, tell):
                reports.append(report)
                console.print(table(report))
                for problem in report.problems:
                    console.print(f"[bold red]not as it should be:[/] {escape(problem)}")
        except NotReadyError as error:
            reports.append(Report(scenario=name, problems=[f"it could not go on: {error}"]))
            console.print(f"[bold red]{name} could not go on:[/] {escape(str(error))}")
    return reports
