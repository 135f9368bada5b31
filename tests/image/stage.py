"""A container of the image before a simulated org, and calls to it."""

import contextlib
import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import psutil
import pytest
import requests
from docker import DockerClient
from docker.models.containers import Container
from docker.models.images import Image

from localstack import ROOT
from localstack.apex import ApexRequest, Identity, apex_request
from localstack.org import new_org, signed_in
from localstack.ports import free_port
from localstack.seed import ORG_ID
from localstack.settings import settings
from localstack.waiting import wait_until
from orgsim import SimulatedOrg, running

ADMIN: Final = "admin@example.com"
UID: Final = "54321:54321"
"""A user that the image does not know."""
HARDENED: Final[dict[str, Any]] = {
    "read_only": True,
    "tmpfs": {"/tmp": "mode=1777"},  # noqa: S108 - the one place where it writes
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "user": UID,
    "mem_limit": "512m",
    "memswap_limit": "512m",
    "pids_limit": 512,
}
"""As the strictest of platforms would run it, in the memory of the smallest dyno."""


READER: Final = ROOT / "tests" / "support" / "proc_reader.py"
NO_SECRETS: Final = dict.fromkeys(
    (
        *("ENCODED_PRIVATE_KEY", "CONSUMER_KEY", "CONSUMER_SECRET"),
        *("METRICS_TOKEN", "DATABASE_URL", "ASYNC_KEYS"),
    ),
    "",
)


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a start took until invocations could be sent."""

    wall_s: float
    """By the clock, which on a busy machine is mostly waiting for others."""
    cpu_s: float
    """Of all processors."""


@dataclass(kw_only=True)
class Running:
    """A container that was started, and its org."""

    container: Container
    org: SimulatedOrg
    org_url: str
    port: int
    began: float = field(default_factory=time.monotonic)

    @property
    def url(self) -> str:
        """Where Apex calls."""
        return f"http://127.0.0.1:{self.port}"

    def identity(self) -> Identity:
        """Return the admin, just signed in."""
        return signed_in(self.org, self.org_url)

    def invoke(self) -> requests.Response:
        """Call the function synchronously."""
        return self.send(apex_request(self.identity(), headers={"ce-id": uuid4().hex}))

    def invoke_later(self, record_id: str) -> requests.Response:
        """Call it asynchronously; the outcome is for that record."""
        request = apex_request(
            self.identity(),
            asynchronous=True,
            headers={"ce-id": uuid4().hex},
            function_context={"functionInvocationId": record_id},
        )
        return self.send(request)

    def send(self, request: ApexRequest) -> requests.Response:
        """Send a request as Apex does, about a visitor called Ada."""
        request = dataclasses.replace(request, body=b'{"name":"Ada","company":"Acme"}')
        url = self.url + request.path
        return requests.post(url, headers=request.headers, data=request.body, timeout=60)

    def get(self, path: str, *, host: str = "127.0.0.1") -> requests.Response | None:
        """Ask for a health route; None when nobody listens."""
        headers = {"x-org-id-18": ORG_ID}
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"http://{host}:{self.port}{path}", headers=headers, timeout=40)
        return None

    def is_ready(self) -> bool:
        """Tell whether invocations may be sent."""
        answer = self.get("/readyz")
        return answer is not None and answer.ok

    def wait_until_ready(self) -> Start:
        """Wait for that; return what it took since the container was asked for."""

        def ready() -> bool:
            self.container.reload()
            assert self.container.status in {"created", "running"}, self.log()
            return self.is_ready()

        wait_until(ready, "readiness", limit_s=60)
        wall_s = time.monotonic() - self.began
        stats = self.container.stats(stream=False, one_shot=True)
        assert isinstance(stats, dict)
        return Start(wall_s=wall_s, cpu_s=stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9)

    def is_answering(self) -> bool:
        """Tell whether the function answers calls, whatever becomes of others."""
        with contextlib.suppress(requests.ConnectionError):
            return self.invoke().ok
        return False

    def start_reader(self, marks: dict[str, str]) -> "Reader":
        """Look for marks, written backwards, in everything that the function could read."""
        asked = {"marks": marks, "files": f"/tmp/functions-{self.port}"}  # noqa: S108
        reader = Reader(running=self)
        self.run("mkdir", reader.folder)
        self.run("sh", "-c", f'echo "$0" >{reader.folder}/marks.json', json.dumps(asked))
        self.container.exec_run(
            ["python", "-c", READER.read_text(), reader.folder],
            user=UID,
            detach=True,
            environment=NO_SECRETS,
        )
        return reader

    def processes(self) -> list[psutil.Process]:
        """Return its processes, as this machine sees them: in the container nobody may look."""
        try:
            first = psutil.Process(self.container.attrs["State"]["Pid"])
            return [first, *first.children(recursive=True)]
        except psutil.Error:
            pytest.skip("the engine runs elsewhere, or as somebody else")

    def run(self, *command: str, user: str = UID) -> tuple[int, str]:
        """Run a command in the container, as its user; return exit code and output.

        The engine would give it the container's secrets, which the function could see.
        """
        code, output = self.container.exec_run(list(command), user=user, environment=NO_SECRETS)
        assert code is not None
        assert isinstance(output, bytes)
        return code, output.decode(errors="replace")

    def log(self) -> str:
        """Return everything that was printed."""
        return self.container.logs().decode(errors="replace")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What looks for secrets in a container as the function could."""

    running: Running
    folder: str = "/tmp/reader"  # noqa: S108 - in the container

    def found(self) -> dict[str, Any]:
        """Return what it has found so far."""
        code, text = self.running.run("cat", f"{self.folder}/found.json")
        found: dict[str, Any] = json.loads(text) if not code else {"rounds": 0, "found": []}
        return found

    def stop(self) -> None:
        """Let it end."""
        self.running.run("touch", f"{self.folder}/stop")


@contextlib.contextmanager
def started(client: DockerClient, image: Image, **options: Any) -> Iterator[Running]:  # noqa: ANN401 - what the engine takes
    """Run the image for the length of a ``with`` block, hardened.

    Args:
        client: of the engine.
        image: what is run.
        options: instead of those of `HARDENED`, or besides; ``env`` are further settings.
    """
    org, port = new_org(), free_port()
    with running(org) as org_url:
        environment = settings(org_url=org_url, port=port, function_port=free_port())
        for name in ("PATH", "HOME", "LANG"):  # this machine's, not the container's
            environment.pop(name, None)
        environment |= options.pop("env", {})
        began = time.monotonic()
        container = client.containers.run(
            image,
            detach=True,
            network_mode="host",  # the org listens on this machine's loopback
            environment=environment,
            **HARDENED | options,
        )
        try:
            yield Running(container=container, org=org, org_url=org_url, port=port, began=began)
        finally:
            container.remove(force=True)
