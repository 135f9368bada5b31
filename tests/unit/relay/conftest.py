"""What the tests of the relay share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.relay.store import Store, open_store


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store:
        yield store
