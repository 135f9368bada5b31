"""One site for each kind of store, shared by the tests; each begins with it repaired."""

from collections.abc import Iterator

import pytest

from localstack.org import new_org
from localstack.postgres import PostgresServer
from localstack.stores import Store, postgres_store, sqlite_store
from orgsim import running
from tests.support.fake_function import fake_function
from tests.support.postgres import running_postgres
from tests.system.relay.site import Site, new_site


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Each place where jobs can be kept."""
    if request.param == "sqlite":
        return sqlite_store(tmp_path_factory.mktemp("sqlite"))
    return postgres_store(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def shared_site(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Proxy and relay with their default settings, but no pause before the record is written."""
    org = new_org()
    with running(org) as org_url, fake_function() as function:
        site = new_site(org, org_url, function, tmp_path_factory.mktemp("site"), store)
        try:
            yield site
        finally:
            site.close()


@pytest.fixture
def site(shared_site: Site) -> Site:
    """The shared site, everything running and nothing broken."""
    shared_site.make_ready()
    return shared_site
