"""What programs cost: CPU seconds and memory, with those that they have started."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from localstack.programs import Program


def cpu_s(program: Program) -> float:
    """Return the CPU seconds that a program and its children have taken."""
    spent_s = 0.0
    for each in _tree(program):
        with contextlib.suppress(psutil.NoSuchProcess):  # a child may end meanwhile
            times = each.cpu_times()
            spent_s += times.user + times.system
    return spent_s


def memory_mb(program: Program) -> tuple[float, float]:
    """Return RSS and PSS in MB (10^6 bytes); PSS shares what several processes have mapped.

    Of a proxy and a relay only root sees PSS: for others RSS stands in for it.
    """
    each = [_memory(process) for process in _tree(program)]
    return sum(rss for rss, _ in each) / 1e6, sum(pss for _, pss in each) / 1e6


def _tree(program: Program) -> list[psutil.Process]:
    first = psutil.Process(program.running().pid)
    return [first, *first.children(recursive=True)]


def _memory(process: psutil.Process) -> tuple[int, int]:
    try:
        info = process.memory_full_info()
    except psutil.AccessDenied:
        rss = process.memory_info().rss
        return rss, rss
    return info.rss, info.pss
