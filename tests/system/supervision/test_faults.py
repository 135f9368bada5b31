"""Short runs of ``python -m chaos faults``; functions that hang or start slowly: test_healing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.faults.function_kill import kill_function
from chaos.faults.limits import BUSY
from chaos.faults.proxy_kill import kill_proxies, restart_proxies
from chaos.faults.report import Report
from chaos.faults.stage import loopback_addresses, ready
from chaos.faults.stop import stop_again_and_again
from chaos.soak.run import soak
from localstack.stack import Stage

PER_SECOND = 25.0
"""Slow enough for a machine that runs other tests at the same time."""
PATIENT = {"FUNCTION_HOLD_S": "40", "PROXY_THREADS": "512"}
"""Room for all who come while a busy machine starts a process."""
SOAK_S = 20.0

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root sees the proxies' connections"),
]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything, with one proxy."""
    with ready(tmp_path_factory.mktemp("one"), **PATIENT) as stage:
        yield stage


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything, with two proxies."""
    with ready(tmp_path_factory.mktemp("two"), WEB_CONCURRENCY="2", **PATIENT) as stage:
        yield stage


def held(report: Report) -> bool:
    """Tell whether all held; say what did not."""
    assert report.problems == [], report
    return True


def quietly(_: str) -> None:
    """Say nothing about what goes on."""


def test_killed_function_takes_only_its_own_calls_along(one: Stage) -> None:
    """Whoever comes later waits for the next one; no answer is that of another call."""
    assert held(kill_function(one, quietly, per_second=PER_SECOND, kills=1, limits=BUSY))


@pytest.mark.parametrize("host", loopback_addresses())
def test_killed_proxy_takes_only_its_own_connections_along(one: Stage, host: str) -> None:
    """Nobody is refused while there is none."""
    assert held(kill_proxies(one, quietly, per_second=PER_SECOND, kills=1, limits=BUSY, host=host))


def test_killed_proxy_leaves_its_sibling_alone(two: Stage) -> None:
    """Both in turn; the other one goes on."""
    assert held(kill_proxies(two, quietly, per_second=PER_SECOND, kills=2, limits=BUSY))


def test_restart_of_the_proxies_is_not_noticed(one: Stage) -> None:
    """``bin/restart-proxies`` costs no call, and there is only one proxy."""
    assert held(restart_proxies(one, quietly, per_second=PER_SECOND, times=1))


@pytest.mark.parametrize(
    ("everybody", "lasts"),
    [
        pytest.param(True, False, id="every-process-and-a-store-that-ends"),
        pytest.param(False, True, id="supervisord-alone-and-a-store-that-lasts"),
    ],
)
def test_stop_under_load_cuts_nobody_off(tmp_path: Path, *, everybody: bool, lasts: bool) -> None:
    """What was accepted is answered, or stored, or told to the org; exit code 0 in time."""
    assert held(
        stop_again_and_again(
            tmp_path,
            quietly,
            runs=1,
            everybody=everybody,
            lasting=[lasts],
            per_second=PER_SECOND,
        )
    )


def test_short_soak_leaves_nothing_behind(two: Stage) -> None:
    """Every answer has a reason, every promise is kept, and no program grows."""
    assert held(soak(two, quietly, seconds=SOAK_S, per_second=PER_SECOND, quiet_s=2))
