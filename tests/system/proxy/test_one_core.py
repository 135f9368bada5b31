"""PROXY_ONE_CORE: where the threads of a proxy may run."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from localstack.ports import free_port
from localstack.proxy import ProxyProcess, running_proxy
from localstack.settings import settings

ALL = frozenset(os.sched_getaffinity(0))


@contextlib.contextmanager
def proxy_with(folder: Path, wish: str) -> Iterator[ProxyProcess]:
    """Run a proxy."""
    env = settings(
        org_url="http://127.0.0.1:1",
        port=free_port(),
        function_port=free_port(),
        PROXY_ONE_CORE=wish,
        SUPERVISOR_PROCESS_NAME="proxy_01",
    )
    with running_proxy(folder, env) as proxy:
        yield proxy


def cores_of(proxy: ProxyProcess) -> set[frozenset[int]]:
    """Return where its threads may run: one set if all may run in the same places."""
    threads = psutil.Process(proxy.process.pid).threads()
    assert len(threads) > 100
    return {frozenset(os.sched_getaffinity(thread.id)) for thread in threads}


@pytest.mark.parametrize(("wish", "most"), [("yes", 1), ("no", len(ALL)), ("auto", 1), ("", 1)])
def test_proxy_keeps_to_one_core_unless_told_otherwise(
    tmp_path: Path, wish: str, most: int
) -> None:
    """All threads do, also those that answer."""
    with proxy_with(tmp_path, wish) as proxy:
        (cores,) = cores_of(proxy)

    assert len(cores) == most
