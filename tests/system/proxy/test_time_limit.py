"""Who answers when a function takes too long: the runtime, which knows what it was doing."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from localstack.apex import apex_request
from localstack.org import signed_in
from localstack.ports import free_port
from localstack.proxy import running_proxy
from localstack.settings import settings
from orgsim import SimulatedOrg
from tests.support.runtime_process import Server, serving
from tests.support.runtime_project import write_project

MAIN = """
import asyncio

async def function(event, context):
    await asyncio.Event().wait()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real runtime, which was told of no limit."""
    with serving(write_project(tmp_path / "project", main=MAIN), tmp_path) as started:
        yield started


def test_a_call_that_takes_too_long_is_answered_by_the_runtime(
    server: Server, org: SimulatedOrg, org_url: str, tmp_path: Path
) -> None:
    """Apex learns what became of the function and where it was, within the proxy's limit."""
    environment = settings(
        org_url=org_url, port=free_port(), function_port=server.port, FUNCTION_TIMEOUT_S="8"
    )
    with running_proxy(tmp_path, environment) as proxy:
        request = apex_request(signed_in(org, org_url, "admin@example.com"))
        answer = proxy.post(request.path, request.headers, b"{}")

    info = json.loads(unquote(answer.headers["x-extra-info"]))
    text = json.loads(answer.data)
    assert (answer.status, info["isFunctionError"]) == (500, True)
    match = re.match(
        r"The function did not finish within ([0-9.]+) seconds and was cancelled", text
    )
    assert match is not None, text
    assert float(match[1]) < 6  # two seconds less than was left
    assert "await asyncio.Event().wait()" in info["stack"]
