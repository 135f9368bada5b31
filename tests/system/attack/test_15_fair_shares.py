"""Attack 15: one user's flood of slow jobs, and another user's one job."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from localstack.org import new_org
from localstack.stores import sqlite_store
from localstack.waiting import wait_until
from orgsim import running
from tests.support.fake_function import FakeFunction, fake_function
from tests.system.relay.site import HELD_S, Site, new_site

FLOOD: Final = 300
"""More than a relay has in hand at once."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A proxy and a relay over an SQLite store; the function holds every call."""
    org, store = new_org(), sqlite_store(tmp_path)
    with running(org) as org_url, fake_function() as function:
        site = new_site(org, org_url, function, tmp_path, store)
        site.make_ready()
        function.delay_s = HELD_S
        try:
            yield site
        finally:
            site.close()


def callers(function: FakeFunction) -> list[str]:
    """Return who is being served, by what they sent."""
    return [json.loads(received.body)["who"] for received in list(function.received)]


@pytest.mark.timeout(240)
def test_15_a_flood_of_slow_jobs_holds_up_nobody_else(site: Site) -> None:
    """Hundreds of Joe's are held by the function; admin's job is started all the same."""
    joe, admin = site.identity("joe@example.com"), site.identity()
    for _ in range(FLOOD):
        site.send(b'{"who":"joe"}', identity=joe)
    wait_until(lambda: callers(site.function).count("joe") == 8, "joe's share runs", limit_s=60)

    call = site.send(b'{"who":"admin"}', identity=admin)

    began_s = time.monotonic()
    site.wait_for_run(call, limit_s=60)
    assert time.monotonic() - began_s < HELD_S / 2
    assert callers(site.function).count("joe") == 8
