"""compose.yaml from beginning to end: `make image-compose`, not `make test`: it takes minutes."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from docker import DockerClient
from docker.models.containers import Container

from demo.invoke import ORG_URL
from localstack import ROOT
from localstack.apex import identity_of, new_request
from localstack.org_control import OrgControl
from localstack.ports import free_port
from localstack.seed import ADMIN
from localstack.waiting import wait_until
from tests.image.base import base_name
from tests.image.conftest import Built
from tests.image.deploy_files import read_yaml
from tests.image.engine import Engine

pytestmark = pytest.mark.timeout(900)

PROJECT = "functions-journey"


@dataclass(frozen=True, kw_only=True)
class Composed:
    """Everything of compose.yaml, running."""

    engine: DockerClient
    proxy: str
    org: str

    def invoke(self) -> subprocess.CompletedProcess[str]:
        """Make the two calls of make invoke."""
        command = [sys.executable, "-m", "demo.invoke", "--proxy", self.proxy, "--org", self.org]
        return subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )

    def accept(self) -> str:
        """Call asynchronously; return the id of the record that waits for the outcome."""
        control = OrgControl(self.org)
        identity = identity_of(ADMIN, token=control.sign_in(ADMIN[0]), org_url=ORG_URL)
        record = control.new_record()
        headers = new_request(identity, record_id=record).headers
        answer = requests.post(f"{self.proxy}/async", data=b"{}", headers=headers, timeout=30)
        assert answer.status_code == 201, answer.text
        return record

    def status(self, record_id: str) -> str:
        """Return the status of a record in the org."""
        return str(OrgControl(self.org).record(record_id)["fields"]["Status__c"])

    def container(self, service: str) -> Container:
        """Return a service's container."""
        labels = [f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={service}"]
        (container,) = self.engine.containers.list(all=True, filters={"label": labels})
        return container

    def state(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of a service's process."""
        state: dict[str, Any] = self.container(service).attrs["State"]
        return state

    def run(self, service: str, script: str) -> str:
        """Run a script of bash in a service's container; return what it printed."""
        _, output = self.container(service).exec_run(["bash", "-c", script])
        assert isinstance(output, bytes)
        return output.decode()

    def is_ready(self) -> bool:
        """Tell whether invocations may be sent."""
        try:
            return requests.get(f"{self.proxy}/readyz", timeout=5).ok
        except requests.RequestException:
            return False


def compose() -> list[str]:
    """Return the command of Compose, the plugin or the older program."""
    plugin = ["docker", "compose"]
    if (
        shutil.which("docker")
        and not subprocess.run(
            [*plugin, "version"], capture_output=True, timeout=60, check=False
        ).returncode
    ):
        return plugin
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    pytest.skip("no Compose: apt-get install docker-compose")


@pytest.fixture(scope="module")
def composed(docker_engine: Engine, built: Built) -> Iterator[Composed]:
    """All services, on a private network of their own."""
    services = read_yaml("compose.yaml")["services"]
    client = docker_engine.client
    built.image.tag(services["app"]["image"], "latest")
    if docker_engine.is_ours:
        client.images.build(
            path=str(Path(__file__).parent / "postgres"),
            tag=services["db"]["image"],
            buildargs={"BASE_IMAGE": base_name()},
            network_mode="host",
            rm=True,
        )
    port, org_port = str(free_port()), str(free_port())
    environment = os.environ | {"DOCKER_HOST": docker_engine.address}
    environment |= {"PORT": port, "ORG_PORT": org_port}

    def run(*arguments: str) -> None:
        command = [*compose(), "--project-name", PROJECT, *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, timeout=300, check=True)

    try:
        run("up", "--detach", "--no-build")
        composed = Composed(
            engine=client, proxy=f"http://127.0.0.1:{port}", org=f"http://127.0.0.1:{org_port}"
        )
        wait_until(composed.is_ready, "readiness", limit_s=120)
        yield composed
    finally:
        run("logs", "--tail", "40")
        run("down", "--volumes", "--timeout", "30")


def test_calls_are_answered(composed: Composed) -> None:
    """One command starts what answers both kinds of calls."""
    done = composed.invoke()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hello, Ada!" in done.stdout


def test_app_keeps_to_its_share_of_connections(composed: Composed) -> None:
    """Ten for the relay and four for each proxy, as docs/deploy-heroku.md says; plans are small."""
    with ThreadPoolExecutor(20) as pool:
        records = list(pool.map(lambda _: composed.accept(), range(40)))
    count = 'psql -U functions -Atc "SELECT count(*) FROM pg_stat_activity WHERE client_port > 0"'
    connections = int(composed.run("db", count))

    assert 2 <= connections <= 14
    wait_until(lambda: composed.status(records[-1]) == "SUCCESS", "the outcome", limit_s=60)


def test_killed_database_costs_asynchronous_calls_only_while_it_is_away(composed: Composed) -> None:
    """Synchronous calls go on; nothing is accepted that can't be stored; then all is well."""
    composed.container("db").kill()
    done = composed.invoke()

    assert "sync   200" in done.stdout, done.stdout + done.stderr
    assert "async  503" in done.stdout

    composed.container("db").start()
    wait_until(lambda: composed.invoke().returncode == 0, "an outcome", limit_s=120)


def test_killed_app_is_started_again_and_its_jobs_go_on(composed: Composed) -> None:
    """All of its processes end at once, as by a lack of memory, while an outcome is on its way."""
    fault = {"endpoint": "sobjects", "kind": "status", "status": 503, "times": None}
    requests.post(f"{composed.org}/_orgsim/faults", json=fault, timeout=10).raise_for_status()
    record_id = composed.accept()
    before = composed.state("app")["StartedAt"]
    os.kill(composed.state("app")["Pid"], signal.SIGKILL)  # the first process: all end with it
    wait_until(lambda: composed.state("app")["StartedAt"] != before, "a new start", limit_s=60)
    requests.delete(f"{composed.org}/_orgsim/faults", timeout=10).raise_for_status()

    wait_until(composed.is_ready, "readiness", limit_s=60)
    wait_until(lambda: composed.status(record_id) == "SUCCESS", "the outcome", limit_s=120)
