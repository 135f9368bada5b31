"""Proxy and function under the real supervisord."""

import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from localstack import ROOT
from localstack.container import Container, running_container, wait_until_ready
from localstack.org import new_org
from localstack.settings import settings
from localstack.waiting import wait_until
from orgsim import running


@contextlib.contextmanager
def _started(folder: Path, **env: str) -> Iterator[Container]:
    with (
        running(new_org()) as org_url,
        (folder / "log").open("wb") as log,
        running_container(org_url, stdout=log.fileno(), env=env) as container,
    ):
        wait_until_ready(container)
        yield container


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """Everything, started once; it heals by itself, which is what is tested."""
    folder = tmp_path_factory.mktemp("container")
    with _started(
        folder, METRICS_TOKEN="m-e-t-r-i-c-s-of-16", CUSTOMER_SETTING="kept"
    ) as container:
        yield container


@pytest.fixture
def container(shared: Container) -> Container:
    """The shared one, whole again."""
    wait_until_ready(shared)
    wait_until(
        lambda: {program["statename"] for program in shared.status().values()} == {"RUNNING"},
        "every program's start",
    )
    return shared


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Container]:
    """Everything, for one test that ends it."""
    with _started(tmp_path) as container:
        yield container


def test_function_that_is_killed_is_started_again(container: Container) -> None:
    """supervisord brings the function back; the proxy answers meanwhile."""
    before = container.status()["function"]["pid"]
    os.kill(before, signal.SIGKILL)

    wait_until(lambda: container.status()["function"]["pid"] not in {0, before}, "a new function")
    assert requests.get(f"{container.url}/livez", timeout=5).status_code == 200
    wait_until_ready(container)


def test_proxy_that_is_killed_refuses_nobody(container: Container) -> None:
    """The listening socket is supervisord's: calls wait in it until the proxy is back."""
    os.kill(container.status()["proxy_01"]["pid"], signal.SIGKILL)

    assert requests.get(f"{container.url}/livez", timeout=20).status_code == 200


def test_proxy_listens_on_ipv6_too(container: Container) -> None:
    """Heroku's newer generation reaches a dyno over IPv6 only."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")

    assert requests.get(f"http://[::1]:{container.port}/livez", timeout=5).status_code == 200


def test_function_listens_on_loopback_only(container: Container) -> None:
    """Nothing but the proxy reaches the function's port."""
    listening = _listening_addresses(psutil.net_connections("tcp"))

    assert [ip for ip, port in listening if port == container.function_port] == ["127.0.0.1"]


def test_function_environment_holds_no_secret_of_ours(container: Container) -> None:
    """Secrets of the proxy are taken out; the customer's own settings stay."""
    environment = psutil.Process(container.status()["function"]["pid"]).environ()

    assert environment["CUSTOMER_SETTING"] == "kept"
    assert environment["PORT"] == str(container.function_port)
    secret = {"ENCODED_PRIVATE_KEY", "CONSUMER_KEY", "METRICS_TOKEN", "SUPERVISOR_SERVER_URL"}
    assert not secret & environment.keys()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees supervisord's connections")
def test_control_socket_is_ours_alone(container: Container) -> None:
    """Whoever can talk to supervisord can run commands: one file, mode 0700, no TCP port."""
    control = container.run_dir / "supervisor.sock"

    assert stat.S_IMODE(control.stat().st_mode) == 0o700
    assert stat.S_IMODE(container.run_dir.stat().st_mode) == 0o700
    supervisord = psutil.Process(container.process.pid)
    listening = _listening_addresses(supervisord.net_connections("tcp"))
    assert [port for _, port in listening] == [container.port]


def test_operator_sees_the_programs_and_restarts_proxies(container: Container) -> None:
    """With the settings of the container, from which the socket's password is made."""
    env = settings(
        org_url="http://127.0.0.1:1",
        port=container.port,
        function_port=container.function_port,
        RUN_DIR=str(container.run_dir),
    )
    before = container.status()
    status = _control(env, "status")
    restarted = _control(env, "restart-proxies")

    assert [line.split()[:2] for line in status.stdout.splitlines()] == [
        [name, "RUNNING"] for name in ("function", "proxy:proxy_01", "relay", "watchdog")
    ]
    assert restarted.stdout == "proxy:proxy_01: started\n"
    after = container.status()
    assert after["proxy_01"]["pid"] != before["proxy_01"]["pid"]
    assert after["function"]["pid"] == before["function"]["pid"]


def test_operator_without_the_key_is_told_what_is_missing(container: Container) -> None:
    """Exit code 2, as for any wrong setting."""
    done = _control({"PATH": os.environ["PATH"], "RUN_DIR": str(container.run_dir)}, "status")

    assert done.returncode == 2
    assert done.stderr.startswith("control: ENCODED_PRIVATE_KEY is missing")


def _control(env: dict[str, str], command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "supervision.control", command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_sigterm_ends_every_process(own: Container) -> None:
    """One SIGTERM to supervisord, exit code 0, nobody left."""
    everyone = psutil.Process(own.process.pid).children(recursive=True)
    own.process.terminate()

    assert own.process.wait(timeout=30) == 0
    _, alive = psutil.wait_procs(everyone, timeout=10)
    assert alive == []
    assert len(everyone) >= 2


def test_sigterm_to_every_process_at_once_ends_cleanly(own: Container) -> None:
    """A dyno signals all of its processes at once; the log's copier must outlive the others."""
    everyone = psutil.Process(own.process.pid).children(recursive=True)
    for process in [*everyone, psutil.Process(own.process.pid)]:
        process.terminate()

    assert own.process.wait(timeout=30) == 0
    _, alive = psutil.wait_procs(everyone, timeout=10)
    assert alive == []


def test_two_proxies_share_one_port(tmp_path: Path) -> None:
    """WEB_CONCURRENCY starts several proxies on the one socket."""
    with _started(tmp_path, WEB_CONCURRENCY="2") as container:
        wait_until(
            lambda: (
                [program["statename"] for program in container.status().values()] == ["RUNNING"] * 5
            ),
            "function, relay, watchdog and two proxies",
        )

        os.kill(container.status()["proxy_02"]["pid"], signal.SIGKILL)
        assert all(
            requests.get(f"{container.url}/livez", timeout=20).status_code == 200 for _ in range(20)
        )


def test_wrong_settings_end_the_start_with_exit_code_2() -> None:
    """Before supervisord starts anything, every problem is told."""
    done = subprocess.run(
        [ROOT / "bin" / "start"],
        env={"PATH": os.environ["PATH"], "PORT": "no port"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 2
    told = [line.split(" ")[1] for line in done.stderr.splitlines()]
    assert told == ["ORG_ID_18", "CONSUMER_KEY", "ENCODED_PRIVATE_KEY", "PORT"]


def test_function_command_replaces_the_function(tmp_path: Path) -> None:
    """FUNCTION_COMMAND is a shell command line that finds its port in PORT."""
    command = 'exec python -m http.server --bind 127.0.0.1 "$PORT"'
    with (
        running(new_org()) as org_url,
        (tmp_path / "log").open("wb") as log,
        running_container(
            org_url, stdout=log.fileno(), env={"FUNCTION_COMMAND": command}
        ) as container,
    ):
        url = f"http://127.0.0.1:{container.function_port}/"

        def answers() -> bool:
            try:
                return "SimpleHTTP" in requests.get(url, timeout=5).headers["Server"]
            except requests.RequestException:
                return False

        wait_until(answers, "the other function")


def _listening_addresses(connections: Iterable[Any]) -> list[tuple[str, int]]:
    return [tuple(c.laddr) for c in connections if c.status == psutil.CONN_LISTEN]
