"""What is printed: progress on a terminal, then tables, or all rounds as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.rounds import HIGHER_IS_BETTER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.rounds import Comparison, Step

METRICS: Final = {
    "per_second": "per second",
    "start_ms": "start, ms",
    "start_cpu_ms": "CPU, ms",
    "cpu_us": "CPU, us",
    "accept_ms": "201, ms",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
}
"""The heading of each."""
WIDTH: Final = 120
"""Columns, where there is no terminal that knows better."""


@contextlib.contextmanager
def show_progress() -> Iterator[Step]:
    """Show on a terminal what is measured, for the length of a ``with`` block."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("starting", total=None)
        yield lambda text: progress.update(task, description=text)


def print_tables(bench: str, comparisons: Sequence[Comparison]) -> None:
    """Print one table for each comparison."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    console.print(f"\n[bold]bench {bench}[/]: {_machine()}")
    console.print("[dim]min / median of the rounds; x: by the floor's of the same round (range)[/]")
    for comparison in comparisons:
        console.print()
        console.print(_table(comparison))
        for note in (*_aims(comparison), *comparison.notes):
            console.print(f"  {note}")


def print_json(bench: str, comparisons: Sequence[Comparison]) -> None:
    """Print everything that was measured."""
    told = [asdict(comparison) | {"ratios": _ratios(comparison)} for comparison in comparisons]
    json.dump({"bench": bench, "machine": _machine(), "comparisons": told}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _ratios(comparison: Comparison) -> dict[str, Any]:
    return {
        metric: {name: comparison.ratios(name, metric) for name in comparison.measured}
        for metric in comparison.compared
    }


def _machine() -> str:
    cores = os.cpu_count()
    return f"Python {platform.python_version()}, {cores} cores, load {os.getloadavg()[0]:.1f}"


def _table(comparison: Comparison) -> Table:
    subject = next(iter(comparison.measured.values()))
    metrics = [metric for metric in METRICS if metric in subject]
    table = Table(title=comparison.title, title_justify="left")
    table.add_column("", no_wrap=True)
    for metric in metrics:
        table.add_column(METRICS[metric], justify="right")
        if metric in comparison.compared:
            table.add_column("x", justify="right")
    for name, values in comparison.measured.items():
        cells = []
        for metric in metrics:
            cells.append(_cell(values.get(metric, [])))
            if metric in comparison.compared:
                cells.append(_ratio_cell(comparison, name, metric))
        table.add_row(name, *cells)
    return table


def _cell(values: list[float]) -> str:
    if not values:
        return "-"
    return f"{_short(min(values))} / {_short(statistics.median(values))}"


def _ratio_cell(comparison: Comparison, name: str, metric: str) -> str:
    ratios = comparison.ratios(name, metric)
    if name == comparison.floor or not ratios:
        return "floor" if name == comparison.floor else "-"
    middle, *ends = map(_short, (comparison.ratio(name, metric), min(ratios), max(ratios)))
    return f"{middle} ({'-'.join(ends)})"


def _short(value: float) -> str:
    """Return three digits of a number; the others would be noise."""
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def _aims(comparison: Comparison) -> Iterator[str]:
    if comparison.aim is None:
        return
    name, wished = comparison.aim
    metric = comparison.compared[0]
    ratio, more = comparison.ratio(name, metric), metric in HIGHER_IS_BETTER
    held = ratio >= wished if more else ratio <= wished
    bound, word = ("at least" if more else "at most"), ("held" if held else "missed")
    yield f"aim: {name} {bound} {wished:g} x; [{'green' if held else 'red'}]{word}[/]"
