"""A proxy takes no more connections than the system lets it open."""

import subprocess
import sys

import pytest

from localstack import ROOT

CODE = """
import resource, sys
from proxy.server.connection_limit import room_for
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
print(room_for(2000, threads=128), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "room", "now"),
    [
        pytest.param(1024, 20_000, 2000, 4406, id="asks for more"),
        pytest.param(1024, 4096, 1845, 4096, id="gets some"),
        pytest.param(1024, 1024, 309, 1024, id="gets none"),
        pytest.param(20_000, 20_000, 2000, 20_000, id="has enough"),
        pytest.param(256, 256, 1, 256, id="as good as nothing"),
    ],
)
def test_room_is_what_the_system_allows(soft: int, hard: int, room: int, now: int) -> None:
    """Two files for each connection, two for each thread, and some to spare."""
    command = [sys.executable, "-c", CODE, str(soft), str(hard)]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert told.split() == [str(room), str(now)]
