"""Keeps a process to one core: Python runs one thread of it at a time anyway.

With several cores its threads wake each other up across them, again and again when several calls
come at once, and on virtual machines each time costs much. But a core may be somebody else's, too:
one that others keep busy is left for a freer one.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import threading
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from invocation.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOK_S: Final = 1.0
LOOKS: Final = 3
"""So many looks in a row find it crowded before it is left."""
CROWDED: Final = 0.3
"""Share of a core's time that others take; below, nothing is won by a move."""
FREER: Final = 0.25
"""How much less busy another core must be."""
_BUSY: Final = slice(1, 4)
"""Of a line of /proc/stat: time of users, of nice ones, and of the system."""

log = get_logger("proxy")


def keep_to_one_core(process_name: str, *, base: int = -1) -> int:
    """Choose a core for this process and for all threads that it will start; return it.

    Args:
        process_name: supervisord's, such as ``proxy_02``; each number gets a core of its own, down
            from the first process's, until there are no more.
        base: place of the first process's core; the last one, since others begin at the first.
    """
    cores = sorted(os.sched_getaffinity(0))
    number = process_name.rpartition("_")[2]
    place = base + 1 - int(number) if number.isdecimal() else base
    core = cores[place % len(cores)]
    os.sched_setaffinity(0, {core})
    return core


def keep_to_a_free_core(process_name: str, *, stat: Path = Path("/proc/stat")) -> None:
    """Keep to one core for as long as it is free enough, then to another; with one, do nothing.

    Containers on one machine see the same cores, so each begins at a place of its own.

    Args:
        process_name: see `keep_to_one_core`.
        stat: tells how long each core has worked, see proc(5).
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        core = keep_to_one_core(process_name, base=zlib.crc32(socket.gethostname().encode()))
        follow = threading.Thread(
            target=_follow, args=(core, cores, stat), name="one-core", daemon=True
        )
        follow.start()


def freer_core(mine: int, busy: Mapping[int, float]) -> int | None:
    """Return where to move to; None to stay. Pure.

    Args:
        mine: the core of this process.
        busy: share of each core's time that is taken; of ``mine``, by others than this process.
    """
    best = min(busy, key=lambda core: busy[core])
    crowded = busy[mine] > CROWDED and busy[best] + FREER < busy[mine]
    return best if crowded else None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Clocks:
    """Seconds so far."""

    worked: Mapping[int, float]
    """Of each core."""
    own: float
    """Of this process, on whatever core."""
    passed: float

    def shares_since(self, before: _Clocks, *, mine: int) -> dict[int, float]:
        """Return the share of time that each core was taken, of ``mine`` by others."""
        took = {core: worked - before.worked[core] for core, worked in self.worked.items()}
        took[mine] -= self.own - before.own
        return {core: seconds / (self.passed - before.passed) for core, seconds in took.items()}


def _follow(mine: int, cores: list[int], stat: Path) -> None:
    """Move all threads whenever another core has been freer for a while."""
    looks, before = 0, _clocks(cores, stat)
    while before:  # else this system does not tell
        # Not in step with a sibling, or both would move, and move back.
        time.sleep(LOOK_S * random.uniform(0.7, 1.3))  # noqa: S311 - no secret
        now = _clocks(cores, stat)
        best = freer_core(mine, now.shares_since(before, mine=mine)) if now else None
        looks, before = (looks + 1 if best is not None else 0), now
        if best is not None and looks == LOOKS:
            _move(best)
            log.info("moved to a freer core", core=best)
            mine, looks, before = best, 0, _clocks(cores, stat)


def _clocks(cores: list[int], stat: Path) -> _Clocks | None:
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    try:
        lines = [line.split() for line in stat.read_text().splitlines()]
    except OSError:
        return None
    worked = {line[0]: sum(map(int, line[_BUSY])) * tick_s for line in lines if line}
    if any(f"cpu{core}" not in worked for core in cores):
        return None
    return _Clocks(
        worked={core: worked[f"cpu{core}"] for core in cores},
        own=time.process_time(),
        passed=time.monotonic(),
    )


def _move(core: int) -> None:
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
            os.sched_setaffinity(int(thread.name), {core})
