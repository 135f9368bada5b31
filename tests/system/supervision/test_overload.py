"""Crowds: of slow calls, and of clients that never get to the point."""

from collections.abc import Iterator

import pytest

from chaos.faults.connections import crowded
from chaos.faults.limits import BUSY
from chaos.faults.overload import overload
from chaos.faults.stage import ready
from localstack.stack import Stage

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything, as it is by default."""
    with ready(tmp_path_factory.mktemp("container"), PROXY_THREADS="128") as stage:
        yield stage


def quietly(_: str) -> None:
    """Say nothing about what goes on."""


def test_overload_turns_the_rest_away_and_answers_health(stage: Stage) -> None:
    """400 slow calls at once: some run, the others get 503 with Retry-After, none hangs."""
    report = overload(stage, quietly, times=1, limits=BUSY)

    assert report.problems == [], report


@pytest.mark.parametrize("drips", [False, True], ids=["idle", "dripping"])
def test_crowd_that_never_gets_to_the_point_keeps_nobody_out(stage: Stage, *, drips: bool) -> None:
    """A thousand connections are open, and whoever sends a whole request is served."""
    report = crowded(stage, quietly, drips=drips, calls=40, limits=BUSY)

    assert report.problems == [], report
