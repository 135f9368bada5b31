"""Code in a function runs as the proxy's user, and still finds no secret of the proxy's."""

import base64
import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import requests
from cryptography.fernet import Fernet

from localstack import ROOT
from localstack.apex import apex_request
from localstack.container import Container, running_container
from localstack.keys import pem, rsa_key
from localstack.org import new_org, signed_in
from localstack.ports import free_port
from localstack.seed import CONSUMER_KEY
from localstack.waiting import wait_until
from orgsim import SimulatedOrg, running
from tests.support.runtime_project import write_project

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start programs as somebody else"),
    pytest.mark.timeout(300),
]

WAIT_S: Final = 90.0
READER: Final = ROOT / "tests" / "support" / "proc_reader.py"
FUNCTION: Final = f"""
import base64, http.client, socket, subprocess, sys

class Control(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)

def ask(path, headers):
    control = Control("localhost")
    control.path = path
    body = "<methodCall><methodName>supervisor.getState</methodName></methodCall>"
    control.request("POST", "/RPC2", body, headers | {{"Content-Type": "text/xml"}})
    return control.getresponse().status

def function(event, context):
    if folder := event.data.get("read"):
        # In a session of its own, so that it goes on while the function is restarted.
        subprocess.Popen(
            [sys.executable, {str(READER)!r}, folder],
            start_new_session=True, stdin=subprocess.DEVNULL,
        )
        return "reading"
    guess = base64.b64encode(b"functions:").decode()
    return [ask(event.data["ask"], each) for each in ({{}}, {{"Authorization": "Basic " + guess}})]
"""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The container, as a user who is not root."""

    container: Container
    org: SimulatedOrg
    org_url: str
    folder: Path
    """Which the function may write."""

    def call(self, payload: object) -> requests.Response:
        """Invoke the function."""
        request = apex_request(signed_in(self.org, self.org_url))
        body = json.dumps(payload).encode()
        return requests.post(
            f"{self.container.url}/sync", headers=request.headers, data=body, timeout=60
        )

    def answers(self) -> bool:
        """Tell whether the function is there; the store never is."""
        with contextlib.suppress(requests.RequestException):
            return self.call({"ask": str(self.container.run_dir / "supervisor.sock")}).ok
        return False

    def restart(self, name: str) -> None:
        """Kill a program and wait for the next one."""
        before = self.container.status()[name]["pid"]
        os.kill(before, signal.SIGKILL)
        wait_until(
            lambda: self.container.status()[name]["pid"] not in {0, before},
            f"a new {name}",
            limit_s=WAIT_S,
        )

    def found(self) -> dict[str, Any]:
        """Return what the reader has found so far."""
        with contextlib.suppress(FileNotFoundError):
            found: dict[str, Any] = json.loads((self.folder / "found.json").read_text())
            return found
        return {"rounds": 0, "found": []}


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """Secrets, each marked."""
    return {
        "CONSUMER_SECRET": "7C0N5UM3R53CR3T7AB41F2D0C9E86",
        "METRICS_TOKEN": "m-e-t-r-i-c-s-t-o-k-e-n-4f0a9",
        "DATABASE_URL": f"postgres://joe:p4ssw0rd-of-the-store@127.0.0.1:{free_port()}/jobs",
        "ASYNC_KEYS": Fernet.generate_key().decode(),
    }


@pytest.fixture(scope="module")
def marks(settings: dict[str, str]) -> dict[str, str]:
    """Return what nobody may find, by its name."""
    key = pem(rsa_key()).decode()
    named = {
        "ENCODED_PRIVATE_KEY": base64.b64encode(key.encode()).decode()[400:450],
        "the key's own text": key.splitlines()[7],
        "CONSUMER_KEY": CONSUMER_KEY,
        "DATABASE_URL": "p4ssw0rd-of-the-store",
    }
    return {name: value for name, value in settings.items() if name != "DATABASE_URL"} | named


@pytest.fixture(scope="module")
def stage(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything runs as one user that nobody else has."""
    folder, uid = tmp_path_factory.mktemp("container"), 60_000 + os.getpid() % 5_000
    project, shared = write_project(folder / "function", main=FUNCTION), folder / "shared"
    shared.mkdir()
    os.chown(shared, uid, uid)
    org = new_org()
    with (
        running(org) as org_url,
        (folder / "log").open("wb") as log,
        running_container(
            org_url,
            stdout=log.fileno(),
            uid=uid,
            env={**settings, "FUNCTION_DIR": str(project), "CALLER_CACHE_TTL_S": "0"},
        ) as container,
    ):
        stage = Stage(container=container, org=org, org_url=org_url, folder=shared)
        wait_until(stage.answers, "the function", limit_s=WAIT_S)
        yield stage


def test_function_finds_no_secret_in_proc_or_files(stage: Stage, marks: dict[str, str]) -> None:
    """Not in environments, command lines, memory, descriptors or files, as far as it may read them.

    Also not while programs are restarted, when each is for a moment what it was made from.
    """
    planted = "this-one-can-be-found"
    backwards = {name: mark[::-1] for name, mark in {**marks, "planted": planted}.items()}
    asked = {"marks": backwards, "files": str(stage.container.run_dir)}
    (stage.folder / "marks.json").write_text(json.dumps(asked))
    assert stage.call({"read": str(stage.folder)}).json() == "reading"
    try:
        wait_until(lambda: stage.found()["rounds"] >= 3, "three looks", limit_s=WAIT_S)
        for _ in range(3):
            for name in ("proxy_01", "relay", "watchdog", "function"):
                stage.restart(name)
        before = stage.found()["rounds"]
        wait_until(stage.answers, "the function", limit_s=WAIT_S)
        wait_until(lambda: stage.found()["rounds"] > before + 2, "last looks", limit_s=WAIT_S)
    finally:
        (stage.folder / "stop").touch()

    found = [tuple(each) for each in stage.found()["found"]]
    assert {place for name, place in found if name == "planted"} >= {
        "environ of a process",
        "memory of a process",
    }
    assert [each for each in found if each[0] != "planted"] == []


def test_function_cannot_talk_to_supervisord(stage: Stage) -> None:
    """Whoever may use its socket may stop every program; nobody may without the password."""
    control = str(stage.container.run_dir / "supervisor.sock")

    assert stage.call({"ask": control}).json() == [401, 401]
