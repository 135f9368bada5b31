"""A proxy process between a simulated org and a recording function, and calls to it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import urllib3

from localstack.apex import ApexRequest, Identity, apex_request
from localstack.org import signed_in
from localstack.ports import free_port
from localstack.proxy import ProxyProcess, running_proxy
from localstack.settings import settings
from localstack.waiting import wait_until
from orgsim import SimulatedOrg
from tests.support.fake_function import FakeFunction

METRICS_TOKEN: Final = "m-e-t-r-i-c-s-of-a-world"


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that a test needs to call and to look at."""

    org: SimulatedOrg
    org_url: str
    function: FakeFunction
    proxy: ProxyProcess

    def identity(self, username: str = "admin@example.com") -> Identity:
        """Return a user who has just signed in, as Apex would describe him."""
        return signed_in(self.org, self.org_url, username)

    def send(self, request: ApexRequest) -> urllib3.BaseHTTPResponse:
        """Send a request to the proxy."""
        return self.proxy.post(request.path, request.headers, request.body)

    def call(
        self, identity: Identity | None = None, permission_sets: tuple[str, ...] = ()
    ) -> urllib3.BaseHTTPResponse:
        """Invoke the function synchronously; without an identity, as the admin."""
        return self.send(
            apex_request(
                identity or self.identity(),
                permission_sets=permission_sets,
                headers={"ce-id": uuid4().hex},
            )
        )

    def wait_until_running(self, count: int) -> None:
        """Wait until the proxy has this many invocations that it has not answered.

        The function's count says nothing of those that wait in the proxy, or are still on the way.
        """
        line = f'functions_invocations_running{{kind="sync"}} {count}.0\n'
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        wait_until(
            lambda: line in self.proxy.get("/metrics", headers).data.decode(), f"{count} running"
        )

    def org_requests(self) -> dict[str, int]:
        """Return how many requests the org has had, by endpoint."""
        counted: dict[str, dict[str, Any]] = self.org.counters()["requests"]
        return {endpoint: counts["total"] for endpoint, counts in counted.items()}


@contextlib.contextmanager
def running_world(
    org: SimulatedOrg, org_url: str, function: FakeFunction, folder: Path, **env: str
) -> Iterator[World]:
    """Run a proxy between ``org`` and ``function``; ``env`` are further settings of it."""
    env = {"METRICS_TOKEN": METRICS_TOKEN} | env
    environment = settings(org_url=org_url, port=free_port(), function_port=function.port, **env)
    with running_proxy(folder, environment) as proxy:
        yield World(org=org, org_url=org_url, function=function, proxy=proxy)


def error_of(response: urllib3.BaseHTTPResponse) -> str:
    """Return an error's message without the request id in front, after checking its shape."""
    body = json.loads(response.data)
    assert set(body) == {"statusCode", "error", "message"}
    assert body["statusCode"] == response.status
    assert "X-Extra-Info" in response.headers
    message: str = body["message"]
    return message.partition("] ")[2] if message.startswith("[") else message
