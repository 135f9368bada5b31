"""The whole container before a simulated org, and calls to it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import requests

from localstack.apex import Identity, apex_request
from localstack.container import Container, running_container
from localstack.org import new_org, signed_in
from localstack.seed import ORG_ID
from orgsim import SimulatedOrg, running

ADMIN = "admin@example.com"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that runs, and what it prints."""

    container: Container
    org: SimulatedOrg
    org_url: str
    log_path: Path

    def identity(self, username: str = ADMIN) -> Identity:
        """Return a user, just signed in."""
        return signed_in(self.org, self.org_url, username)

    def invoke(self, body: bytes = b"{}") -> requests.Response:
        """Call the function synchronously as the admin."""
        request = apex_request(self.identity(), headers={"ce-id": uuid4().hex})
        return requests.post(
            f"{self.container.url}/sync", headers=request.headers, data=body, timeout=60
        )

    def healthcheck(self) -> requests.Response:
        """Ask as the org would."""
        return requests.get(
            f"{self.container.url}/healthcheck", headers={"x-org-id-18": ORG_ID}, timeout=40
        )

    def is_alive(self) -> bool:
        """Tell whether a proxy answers."""
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.container.url}/livez", timeout=5).ok
        return False

    def pid(self, name: str = "function") -> int:
        """Return the process of a program, 0 when there is none."""
        pid: int = self.container.status()[name]["pid"]
        return pid

    def state(self, name: str = "function") -> str:
        """Return the state of a program, as supervisord calls it."""
        state: str = self.container.status()[name]["statename"]
        return state

    def log(self) -> str:
        """Return everything that was printed."""
        return self.log_path.read_text()


@contextlib.contextmanager
def started(folder: Path, **env: str) -> Iterator[Stage]:
    """Run everything for the length of a ``with`` block; ``env`` are further settings."""
    org, log_path = new_org(), folder / "log"
    with (
        running(org) as org_url,
        log_path.open("wb") as log,
        running_container(org_url, stdout=log.fileno(), env=env) as container,
    ):
        yield Stage(container=container, org=org, org_url=org_url, log_path=log_path)
