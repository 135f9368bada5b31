"""Start ``bin/start`` as a platform does: any stdout, any uid, its own environment."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests

from localstack import ROOT
from localstack.keys import rsa_key
from localstack.other_user import as_user
from localstack.ports import free_port
from localstack.programs import Program
from localstack.settings import settings
from localstack.supervisord import program_states
from localstack.waiting import NotReadyError, wait_until

READY_LIMIT_S: Final = 90.0
"""Everything starts at once, beside other tests that do the same."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A running ``bin/start``."""

    url: str
    port: int
    function_port: int
    run_dir: Path
    process: subprocess.Popen[bytes]

    def status(self) -> dict[str, dict[str, Any]]:
        """Return what supervisord says of each program, by its name."""
        return program_states(self.run_dir, rsa_key())

    def is_ready(self) -> bool:
        """Tell whether invocations may be sent."""
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        return False


@contextlib.contextmanager
def running_container(
    org_url: str, *, stdout: int, uid: int | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Container]:
    """Run ``bin/start`` for the length of a ``with`` block, and end what is left of it.

    Args:
        org_url: the org to talk to.
        stdout: the file descriptor that becomes its stdout.
        uid: who it runs as, None: who we are.
        env: further environment variables.
    """
    port, function_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="functions-") as folder:
        run_dir = Path(folder) / "run"
        Path(folder).chmod(0o755)
        run_dir.mkdir(mode=0o700)
        if uid is not None:
            os.chown(run_dir, uid, uid)
        environment = settings(
            org_url=org_url,
            port=port,
            function_port=function_port,
            RUN_DIR=str(run_dir),
            PYTHONDONTWRITEBYTECODE="1",
            **(env or {}),
        )
        program = Program(
            name="the container",
            command=[*as_user(uid), str(ROOT / "bin" / "start")],
            env=environment,
            log_path=Path(os.devnull),
            output=stdout,
        )
        with program as process:
            yield Container(
                url=f"http://127.0.0.1:{port}",
                port=port,
                function_port=function_port,
                run_dir=run_dir,
                process=process,
            )


def wait_until_ready(container: Container) -> None:
    """Wait until the container may be sent invocations."""

    def ready() -> bool:
        if container.process.poll() is not None:
            raise NotReadyError("bin/start ended")
        return container.is_ready()

    wait_until(ready, "readiness", limit_s=READY_LIMIT_S)
