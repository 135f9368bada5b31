"""Limits: what the transaction has used, and may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.registry import static

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_LONGEST_DELAY_MINUTES = 10


def _limit(name: str, what: str) -> None:
    @static(f"Limits.get{name}")
    def _used(m: Machine) -> int:
        return m.transaction.limits.used.get(what, 0)

    @static(f"Limits.getLimit{name}")
    def _allowed(m: Machine) -> int:
        return m.transaction.limits.allowed(what)


for _name, _what in (
    ("Callouts", "callouts"),
    ("Queries", "queries"),
    ("QueryRows", "query rows"),
    ("DmlStatements", "dml statements"),
    ("DmlRows", "dml rows"),
    ("QueueableJobs", "queueable jobs"),
    ("FutureCalls", "future calls"),
    ("AggregateQueries", "aggregate queries"),
):
    _limit(_name, _what)


@static("Limits.getLimitCpuTime")
def _limit_cpu_time(m: Machine) -> int:
    return 60_000 if m.transaction.limits.asynchronous else 10_000


@static("Limits.getCpuTime")
def _cpu_time() -> int:
    """Return 1: this machine's clock says nothing about Salesforce's."""
    return 1


@static("Limits.getLimitHeapSize")
def _limit_heap_size(m: Machine) -> int:
    return 12_000_000 if m.transaction.limits.asynchronous else 6_000_000


@static("Limits.getHeapSize")
def _heap_size() -> int:
    """Return 1000: memory is not counted."""
    return 1000
