"""The whole container with a function that proves whose answer it gives."""

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import psutil
import requests

from chaos.faults.calls import Call
from chaos.faults.load import Load
from localstack.container import wait_until_ready
from localstack.stack import Stage, started
from localstack.waiting import wait_until

FUNCTION: Final = (
    f'exec python -m salesforce_functions serve "{Path(__file__).with_name("function")}"'
    ' --host 127.0.0.1 -p "$PORT"'
)
METRICS_TOKEN: Final = "m-e-t-r-i-c-s-of-16"  # noqa: S105 - invented
START_LIMIT_S: Final = 60.0


@contextlib.contextmanager
def starting(folder: Path, **env: str) -> Iterator[Stage]:
    """Run everything, as it is by default, for the length of a ``with`` block.

    Args:
        folder: for its log; made if it is missing.
        env: further settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    defaults = {
        "FUNCTION_COMMAND": FUNCTION,
        "FUNCTION_HOLD_S": "",  # the default; `settings` of other tests turns it off
        "METRICS_TOKEN": METRICS_TOKEN,
    }
    with started(folder, **defaults | env) as stage:
        yield stage


@contextlib.contextmanager
def ready(folder: Path, **env: str) -> Iterator[Stage]:
    """Do the same, and begin the block when everything has started."""
    with starting(folder, **env) as stage:
        wait_until_ready(stage.container)
        wait_until(lambda: '"running jobs"' in stage.log(), "the relay", limit_s=START_LIMIT_S)
        yield stage


def loopback_addresses() -> list[str]:
    """Return where callers on this machine find a container: of IPv4, and of IPv6 if it has it."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return ["127.0.0.1", "::1"]
    except OSError:
        return ["127.0.0.1"]


def load_on(stage: Stage, per_second: float, new_call: Callable[[], Call] = Call) -> Load:
    """Return a load of one caller, whose token is remembered from the second call on."""
    return Load(
        port=stage.container.port,
        identity=stage.identity(),
        per_second=per_second,
        new_call=new_call,
    )


def is_gone(pid: int) -> bool:
    """Tell whether a process has let go of everything; while it dies, its port still connects."""
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
    except psutil.NoSuchProcess:
        return True


def proxies(stage: Stage) -> dict[str, int]:
    """Return the processes of the proxies by name."""
    status = stage.container.status()
    return {
        name: program["pid"]
        for name, program in sorted(status.items())
        if name.startswith("proxy_")
    }


def running_calls(stage: Stage) -> int:
    """Return how many synchronous calls a proxy has taken and not answered."""
    metrics = requests.get(
        f"{stage.container.url}/metrics",
        headers={"Authorization": f"Bearer {METRICS_TOKEN}"},
        timeout=5,
    )
    found = re.search(
        r'^functions_invocations_running\{kind="sync"\} (\d+)', metrics.text, re.MULTILINE
    )
    return int(found[1]) if found else 0
