"""The result of a test run as text, in the shape of ``sf apex run test``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from apex.emulator.runner import TestResult
    from apex.emulator.source.classes import Program

_LINES_SHOWN: Final = 5
_MESSAGE_SHOWN: Final = 50
"""Characters of a failure in the table; the whole of it follows at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How much of one class or trigger ran."""

    name: str
    path: Path
    lines: int
    uncovered: tuple[int, ...]

    @property
    def percent(self) -> int:
        """Whole percent, rounded down; 100 when there is nothing to cover."""
        return 100 if not self.lines else (self.lines - len(self.uncovered)) * 100 // self.lines


def coverage_of(program: Program, results: Iterable[TestResult]) -> list[Coverage]:
    """Return the coverage of every class and trigger that is no test."""
    hits: dict[Path, set[int]] = {}
    for result in results:
        for path, lines in result.hits.items():
            hits.setdefault(path, set()).update(lines)
    tests = {info.path for info in program.classes.values() if info.is_test}
    return [
        Coverage(
            name=path.stem,
            path=path,
            lines=len(lines),
            uncovered=tuple(sorted(lines - hits.get(path, set()))),
        )
        for path, lines in sorted(program.lines.items(), key=lambda item: item[0].stem)
        if path not in tests
    ]


def total_percent(coverage: Iterable[Coverage]) -> int:
    """Return the coverage of all classes together, rounded down."""
    held = list(coverage)
    lines = sum(each.lines for each in held)
    missed = sum(len(each.uncovered) for each in held)
    return 100 if not lines else (lines - missed) * 100 // lines


def result_text(results: list[TestResult], coverage: list[Coverage] | None) -> str:
    """Return the tables that a person reads."""
    failed = sum(1 for result in results if result.failure)
    summary = [
        ("Outcome", "Failed" if failed else "Passed"),
        ("Tests Ran", str(len(results))),
        ("Pass Rate", _rate(len(results) - failed, len(results))),
        ("Fail Rate", _rate(failed, len(results))),
        ("Test Execution Time", f"{sum(r.seconds for r in results) * 1000:.0f} ms"),
    ]
    if coverage is not None:
        summary.append(("Org Wide Coverage", f"{total_percent(coverage)}%"))
    rows = [
        (r.name, "Fail" if r.failure else "Pass", _cut(r.failure or ""), f"{r.seconds * 1000:.0f}")
        for r in results
    ]
    parts = [
        table("Test Results", ("TEST NAME", "OUTCOME", "MESSAGE", "RUNTIME (MS)"), rows),
        table("Test Summary", ("NAME", "VALUE"), summary),
    ]
    if coverage is not None:
        shown = [(each.name, f"{each.percent}%", _uncovered(each)) for each in coverage]
        parts.insert(
            1,
            table("Apex Code Coverage by Class", ("CLASSES", "PERCENT", "UNCOVERED LINES"), shown),
        )
    if failed:
        told = [f"{result.name}\n    {result.failure}" for result in results if result.failure]
        parts.append("\n".join(["=== Failures", *told]))
    return "\n\n".join(parts)


def _cut(message: str) -> str:
    return message if len(message) <= _MESSAGE_SHOWN else message[: _MESSAGE_SHOWN - 3] + "..."


def _rate(part: int, whole: int) -> str:
    return f"{part * 100 // whole if whole else 0}%"


def _uncovered(coverage: Coverage) -> str:
    shown = ",".join(map(str, coverage.uncovered[:_LINES_SHOWN]))
    return shown + ("..." if len(coverage.uncovered) > _LINES_SHOWN else "")


def table(title: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return rows under a header, each column as wide as its widest cell."""
    held = [header, *rows]
    widths = [max(len(row[column]) for row in held) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in held
    ]
    rule = "  ".join("─" * min(width, 60) for width in widths)
    return "\n".join([f"=== {title}", lines[0], rule, *lines[1:]])
