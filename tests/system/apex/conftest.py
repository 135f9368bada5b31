"""One container for all tests of the folder; each has an org of its own before it."""

from collections.abc import Iterator

import pytest

from localstack.container import wait_until_ready
from tests.apex.checked_copy import require_programs
from tests.apex.live_org import LiveOrg
from tests.system.apex.stage import Site, running_site


@pytest.fixture(scope="session")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Everything, running."""
    require_programs()
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(shared_site: Site) -> Site:
    """Everything, running and well."""
    shared_site.router.be_well()
    wait_until_ready(shared_site.container)
    return shared_site


@pytest.fixture
def apex(site: Site) -> LiveOrg:
    """A new org's Apex."""
    return site.new_apex()
