"""What a person sees of a run: a bar or lines while it goes on, a table at its end."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chaos.kills.run import Report
from chaos.kills.watch import Tell, unfinished

LINE_EVERY_S: Final = 10.0


@contextlib.contextmanager
def progress(console: Console, store: str, jobs: int) -> Iterator[Tell]:
    """Show how far a run has come: two bars on a terminal, else a line now and then."""
    if not console.is_terminal:
        yield _lines(console, store, jobs)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        accepting = bars.add_task(f"{store}: accepted", total=jobs)
        ending = bars.add_task(f"{store}: final in the org", total=jobs)

        def tell(accepted: int, final: int) -> None:
            bars.update(accepting, completed=accepted)
            bars.update(ending, completed=final)

        yield tell


def _lines(console: Console, store: str, jobs: int) -> Tell:
    next_s = time.monotonic()

    def tell(accepted: int, final: int) -> None:
        nonlocal next_s
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + LINE_EVERY_S
            console.print(f"{store}: {accepted} of {jobs} accepted, {final} final in the org")

    return tell


def table(report: Report) -> Table:
    """Return everything that was counted."""
    verdict = report.verdict
    shown = Table("", report.store, title=f"make chaos, seed {report.seed}", title_justify="left")
    shown.columns[1].justify = "right"
    rows: dict[str, object] = {
        "accepted (201)": verdict.accepted,
        "final: SUCCESS": verdict.answered["SUCCESS"],
        "final: ERROR, the function's own": verdict.answered["ERROR"],
        "final: ERROR, interrupted": verdict.interrupted,
        "  of these, not even started": verdict.not_even_started,
        "dead letters": report.states["dead"],
        "LOST": len(verdict.lost),
        "function ran more than once": len(verdict.ran_twice),
        "record written more than once": len(verdict.written_twice),
        "outcome not the function's answer": len(verdict.mixed_up),
        "stored answer not delivered": len(verdict.forgotten),
        "unfinished in the store": unfinished(report.states),
    }
    for name, value in rows.items():
        shown.add_row(name, str(value))
    shown.add_section()
    shown.add_row("kills", _listed(report.killed))
    shown.add_row("fell over by itself", _listed(report.fell_over))
    shown.add_row("database restarts", str(report.restarts))
    shown.add_row("thrown by the org", _listed(report.thrown))
    shown.add_row("sent again by callers", _listed(report.sent_again))
    shown.add_row("never told 201", str(report.unpromised))
    shown.add_row("seconds", f"{report.seconds:.0f}")
    shown.add_row("jobs per second", f"{verdict.accepted / report.seconds:.0f}")
    return shown


def _listed(counted: Counter[str]) -> str:
    return "\n".join(f"{name} {count}" for name, count in sorted(counted.items()) if count) or "0"
