"""The proxy as a process, a simulated org on a socket, and a function that records."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack.org import new_org
from orgsim import SimulatedOrg, running
from tests.support.fake_function import FakeFunction, fake_function
from tests.support.world import World, running_world


@pytest.fixture
def org() -> SimulatedOrg:
    """An org with admin and joe."""
    return new_org()


@pytest.fixture
def org_url(org: SimulatedOrg) -> Iterator[str]:
    """Where the org answers."""
    with running(org) as url:
        yield url


@pytest.fixture
def function() -> Iterator[FakeFunction]:
    """The function's place."""
    with fake_function() as running_function:
        yield running_function


@pytest.fixture
def world(
    org: SimulatedOrg, org_url: str, function: FakeFunction, tmp_path: Path
) -> Iterator[World]:
    """All three, the proxy with default settings."""
    with running_world(org, org_url, function, tmp_path) as started:
        yield started
