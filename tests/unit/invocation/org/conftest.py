"""What the tests of the proxy share."""

from collections.abc import Iterator

import pytest

from invocation.org.client import OrgClient


@pytest.fixture(name="client")
def _client() -> Iterator[OrgClient]:
    client = OrgClient(connections=4)
    yield client
    client.close()
