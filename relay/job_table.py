"""Jobs as a table that fits a terminal, and as JSON. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDEST: Final = 120
"""Columns of a table."""
MOST_OF_A_NAME: Final = 28
"""Columns for a function's name; its record's id, which a person copies, is never cut."""


def as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a job; ``id`` is its ce-id, as in the log."""
    kept = ("state", "function_name", "record_id", "status_code", "attempts", "deliveries")
    return {
        "id": row["event_id"],
        "job_id": row["id"],
        **{name: row[name] for name in kept},
        "accepted_at": _time(row["accepted_at_s"]),
        "changed_at": _time(row["changed_at_s"]),
        "reason": row["reason"],
    }


def as_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return one line for each job under a line of headings, none wider than `WIDEST`."""
    head = ["record_id", "state", "status", "accepted_at", "function", "reason"]
    lines = [head] + [_cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        .rstrip()[:WIDEST]
        .rstrip()
        + "\n"
        for line in lines
    )


def _cells(row: Mapping[str, Any]) -> list[str]:
    name = printable(row["function_name"])
    return [
        printable(row["record_id"]),
        row["state"],
        printable(row["status_code"]),
        _time(row["accepted_at_s"]),
        name if len(name) <= MOST_OF_A_NAME else f"{name[: MOST_OF_A_NAME - 3]}...",
        printable(row["reason"]),
    ]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def printable(value: object) -> str:
    """Return a value in one line; names are callers' text and must not steer the terminal."""
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
