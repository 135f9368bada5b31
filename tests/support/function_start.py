"""Install and start a function as the image does: ``bin/install-function``, ``bin/function``."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from localstack import ROOT
from localstack.other_user import as_user
from localstack.ports import free_port, is_listening
from localstack.programs import Program
from tests.support.runtime import Answer, headers
from tests.support.runtime_process import DEADLINE_S, send

INSTALL_LIMIT_S = 120
"""How long pip may take on a busy machine."""


def environment(**settings: str) -> dict[str, str]:
    """Return an environment with our Python first, and nothing else but ``settings``."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **settings}


def install(project: Path, packages: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Install what a project's requirements name; from files alone, for there may be no network."""
    return subprocess.run(
        [ROOT / "bin" / "install-function", packages, project],
        env=environment(PIP_NO_INDEX="1", PIP_DISABLE_PIP_VERSION_CHECK="1", **settings),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=INSTALL_LIMIT_S,
        check=False,
    )


def write_wheel(
    folder: Path, name: str, files: Mapping[str, str], *, version: str = "1.0", needs: str = ""
) -> Path:
    """Write a wheel with some files; ``needs`` is a requirement of its own."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    contents = {
        **files,
        f"{info}/METADATA": metadata + (f"Requires-Dist: {needs}\n" if needs else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in contents.items())
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, kw_only=True)
class StartedFunction:
    """A running ``bin/function``."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def invoke(self, data: object = None) -> Answer:
        """Invoke it over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        with contextlib.closing(connection):
            return send(connection, headers(), json.dumps(data).encode())


@contextlib.contextmanager
def started_function(
    folder: Path, *, user: int | None = None, **settings: str
) -> Iterator[StartedFunction]:
    """Run ``bin/function`` for the length of a ``with`` block, which begins when it listens.

    Args:
        folder: for its log and ``RUN_DIR``.
        user: who it runs as; None: who we are.
        settings: environment variables, such as ``FUNCTION_DIR``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run_dir, port = folder / "run", free_port()
    run_dir.mkdir()
    if user is not None:
        os.chown(run_dir, user, user)
    program = Program(
        name="bin/function",
        command=[*as_user(user), str(ROOT / "bin" / "function")],
        env=environment(FUNCTION_PORT=str(port), RUN_DIR=str(run_dir), **settings),
        log_path=folder / "log",
        cwd=Path("/"),
    )
    program.start()
    try:
        program.wait_until(lambda: is_listening(port), limit_s=DEADLINE_S)
        yield StartedFunction(port=port, process=program.running(), log=program.log_path)
    finally:
        program.kill()


def run_function(**settings: str) -> subprocess.CompletedProcess[str]:
    """Run ``bin/function`` until it ends, with nothing in its environment but ``settings``."""
    return subprocess.run(
        [ROOT / "bin" / "function"],
        env={**environment(FUNCTION_PORT="1234"), **settings},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
