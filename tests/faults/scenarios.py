"""All that can be run, by name: each starts the whole container itself, as it is by default."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.faults.connections import crowded, dripping_ends
from tests.faults.crowd import open_files
from tests.faults.early_stop import SUPERVISORD, stop_early
from tests.faults.function_kill import kill_function, leak
from tests.faults.function_trouble import (
    function_ends_at_once,
    function_hangs,
    function_starts_slowly,
)
from tests.faults.limits import Limits
from tests.faults.memory import memory
from tests.faults.overload import overload
from tests.faults.proxy_kill import kill_proxies, restart_proxies
from tests.faults.report import Report, Tell
from tests.faults.soak import soak
from tests.faults.stage import loopback_addresses, ready
from tests.faults.stop import stop_again_and_again, stop_with_long_calls

SOAK_S: Final = 1800.0
USUAL_FILES: Final = 1024
"""That a process may have open on most systems, unless it asks for more."""
CROWDED: Final = Limits(good_client_s=10)
"""Three thousand that knock at once fill every queue, the kernel's too."""
SOAK: Final = "soak"


def _function_kill(folder: Path, tell: Tell) -> Iterator[Report]:
    with ready(folder / "kill") as stage:
        yield kill_function(stage, tell)
    with ready(folder / "leak") as stage:
        yield leak(stage, tell)


def _function_trouble(folder: Path, tell: Tell) -> Iterator[Report]:
    yield function_hangs(folder, tell)
    yield function_starts_slowly(folder, tell)
    yield function_ends_at_once(folder, tell)


def _proxies(folder: Path, tell: Tell) -> Iterator[Report]:
    for count in ("1", "2"):
        for host in loopback_addresses():
            with ready(folder / f"proxies-{count}-{host}", WEB_CONCURRENCY=count) as stage:
                for report in (
                    kill_proxies(stage, tell, host=host),
                    restart_proxies(stage, tell, host=host),
                ):
                    report.scenario += f": {count} running, called at {host}"
                    yield report


def _overload(folder: Path, tell: Tell) -> Iterator[Report]:
    with ready(folder / "overload") as stage:
        yield overload(stage, tell)


def _memory(folder: Path, tell: Tell) -> Iterator[Report]:
    with ready(folder / "memory", BODY_BUDGET_BYTES="200000000") as stage:
        yield memory(stage, tell)


def _connections(folder: Path, tell: Tell) -> Iterator[Report]:
    with open_files(USUAL_FILES), ready(folder / "connections") as stage:
        yield crowded(stage, tell, drips=False)
        yield crowded(stage, tell, drips=True)
        yield dripping_ends(stage, tell)
        yield crowded(stage, tell, drips=True, size=3000, limits=CROWDED)


def _stop(folder: Path, tell: Tell) -> Iterator[Report]:
    yield stop_again_and_again(folder, tell)
    yield stop_again_and_again(folder, tell, everybody=False, runs=4)
    yield stop_with_long_calls(folder, tell)


def _early_stop(folder: Path, tell: Tell) -> Iterator[Report]:
    yield stop_early(folder / "start", tell)
    yield stop_early(folder / "supervisord", tell, since=SUPERVISORD)


SCENARIOS: Final[dict[str, Callable[[Path, Tell], Iterator[Report]]]] = {
    "function-kill": _function_kill,
    "function-trouble": _function_trouble,
    "proxies": _proxies,
    "overload": _overload,
    "memory": _memory,
    "connections": _connections,
    "stop": _stop,
    "early-stop": _early_stop,
}


def run(name: str, folder: Path, tell: Tell, *, seconds: float = SOAK_S) -> Iterator[Report]:
    """Run one scenario, and yield each report as soon as it is there.

    Args:
        name: one of `SCENARIOS`, or ``soak``.
        folder: an empty one, for logs and databases.
        tell: told what goes on.
        seconds: how long a soak takes.
    """
    if name != SOAK:
        yield from SCENARIOS[name](folder, tell)
        return
    with ready(folder / SOAK, WEB_CONCURRENCY="2") as stage:
        yield soak(stage, tell, seconds=seconds)
