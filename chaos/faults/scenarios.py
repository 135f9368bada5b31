"""All that can be run, by name: each starts the whole container itself, as it is by default."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chaos.faults.connections import crowded, dripping_ends
from chaos.faults.crowd import open_files
from chaos.faults.early_stop import SUPERVISORD, stop_early
from chaos.faults.function_kill import kill_function, leak
from chaos.faults.function_trouble import (
    function_ends_at_once,
    function_hangs,
    function_starts_slowly,
)
from chaos.faults.limits import Limits
from chaos.faults.memory import memory
from chaos.faults.overload import overload
from chaos.faults.proxy_kill import kill_proxies, restart_proxies
from chaos.faults.report import Report, Tell
from chaos.faults.show import Scenario
from chaos.faults.stage import loopback_addresses, ready
from chaos.faults.stop import stop_again_and_again, stop_with_long_calls

USUAL_FILES: Final = 1024
"""That a process may have open on most systems, unless it asks for more."""
CROWDED: Final = Limits(good_client_s=10)
"""Three thousand that knock at once fill every queue, the kernel's too."""


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


SCENARIOS: Final[dict[str, Scenario]] = {
    "function-kill": _function_kill,
    "function-trouble": _function_trouble,
    "proxies": _proxies,
    "overload": _overload,
    "memory": _memory,
    "connections": _connections,
    "stop": _stop,
    "early-stop": _early_stop,
}
