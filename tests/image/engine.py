"""A Docker engine: the one of ``DOCKER_HOST``, else one of our own for the length of the tests."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import docker
import pytest

from localstack.waiting import wait_until
from tests.image import base

PACKAGES: Final = "docker.io mmdebstrap"
"""What Debian calls the engine and what makes its base image."""
ANSWER_LIMIT_S: Final = 300
STOP_LIMIT_S: Final = 60


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that has the base image, or gets it by itself."""

    client: docker.DockerClient
    address: str
    """As ``DOCKER_HOST`` holds it."""
    is_ours: bool
    """Whether it ends with the tests, and has no registry."""


@contextlib.contextmanager
def running_engine() -> Iterator[Engine]:
    """Yield an engine for the length of a ``with`` block; skip when there can be none here."""
    if address := os.environ.get("DOCKER_HOST"):
        with contextlib.closing(docker.from_env(timeout=ANSWER_LIMIT_S)) as client:
            yield Engine(client=client, address=address, is_ours=False)
        return
    if os.geteuid() != 0 or not shutil.which("dockerd") or not base.is_possible():
        pytest.skip(f"no Docker engine: set DOCKER_HOST, or as root: apt-get install {PACKAGES}")
    tar = base.stand_in()
    with (
        own_engine() as address,
        contextlib.closing(docker.DockerClient(base_url=address, timeout=ANSWER_LIMIT_S)) as client,
    ):
        repository, _, tag = base.base_name().rpartition(":")
        client.api.import_image_from_file(str(tar), repository=repository, tag=tag)
        yield Engine(client=client, address=address, is_ours=True)


@contextlib.contextmanager
def own_engine() -> Iterator[str]:
    """Start an engine that shares nothing with another one, and leave nothing of it behind.

    Yields its address.

    It has no way out but the host's network, so it needs no rule of the host's firewall.
    """
    # Below /tmp: the path of a socket has 108 bytes at most, and containerd adds some.
    with tempfile.TemporaryDirectory(prefix="engine-", dir="/tmp") as name:
        folder = Path(name)
        listener = folder / "docker.sock"
        command = ["dockerd", "--host", f"unix://{listener}", "--pidfile", str(folder / "pid")]
        command += ["--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")]
        command += ["--iptables=false", "--ip-masq=false", "--bridge=none"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:

            def listens() -> bool:
                if process.poll() is not None:
                    last = (folder / "log").read_text().splitlines()[-1:]
                    pytest.skip(f"no Docker engine can run here: dockerd says {last}")
                return _listens(listener)

            wait_until(listens, "the engine's start")
            yield f"unix://{listener}"
        finally:
            process.terminate()
            try:
                process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _unmount(folder)


def _unmount(folder: Path) -> None:
    """Take away what an engine leaves mounted: the network of containers that use the host's."""
    mounts = [Path(line.split()[1]) for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in mounts:
        if mount.is_relative_to(folder):
            subprocess.run(["umount", mount], check=True, timeout=STOP_LIMIT_S)


def _listens(path: Path) -> bool:
    """Tell whether an engine is there. The SDK would leave a socket open for each no."""
    with socket.socket(socket.AF_UNIX) as sock, contextlib.suppress(OSError):
        sock.connect(str(path))
        return True
    return False
