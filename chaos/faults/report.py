"""What a person sees of a run: where it is, and a table of what was measured."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Tell = Callable[[str], None]
"""Told in a few words what a scenario is about to do."""


@dataclass(kw_only=True)
class Report:
    """What one scenario found."""

    scenario: str
    figures: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """What did not hold; empty when all did."""

    def require(self, holds: bool, otherwise: str) -> None:
        """Note a problem unless something holds."""
        if not holds:
            self.problems.append(otherwise)


@contextlib.contextmanager
def progress(console: Console, scenario: str) -> Iterator[Tell]:
    """Show what goes on: one changing line on a terminal, else a line for each step."""
    if not console.is_terminal:
        yield lambda step: console.print(f"{scenario}: {escape(step)}")
        return
    with console.status(f"{scenario} ...") as status:
        yield lambda step: status.update(f"{scenario}: {escape(step)} ...")


def table(report: Report) -> Table:
    """Return everything that one scenario measured."""
    verdict = "[bold red]did not hold[/]" if report.problems else "[green]held[/]"
    shown = Table(escape(report.scenario), verdict, min_width=72)
    shown.columns[1].justify = "right"
    for name, value in report.figures.items():
        shown.add_row(escape(name), _text(value))
    return shown


def summary(reports: Iterable[Report]) -> Table:
    """Return one line for each scenario."""
    shown = Table("make faults", "", min_width=72)
    for report in reports:
        verdict = "[bold red]did not hold[/]" if report.problems else "[green]held[/]"
        shown.add_row(escape(report.scenario), verdict)
    return shown


def _text(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else escape(str(value))
