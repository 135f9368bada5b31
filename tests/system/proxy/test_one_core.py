"""PROXY_ONE_CORE: where the threads of a proxy may run."""

import os
from pathlib import Path

import psutil
import pytest

from tests.support.proxy_process import free_port, running_proxy, settings


@pytest.mark.parametrize(("wish", "most"), [("yes", 1), ("no", None), ("", None)])
def test_proxy_keeps_to_one_core_if_told_to(tmp_path: Path, wish: str, most: int | None) -> None:
    """All threads do, also those that answer; by default each may run anywhere."""
    env = settings(
        org_url="http://127.0.0.1:1",
        port=free_port(),
        function_port=free_port(),
        PROXY_ONE_CORE=wish,
        SUPERVISOR_PROCESS_NAME="proxy_01",
    )
    with running_proxy(tmp_path, env) as proxy:
        threads = psutil.Process(proxy.process.pid).threads()
        cores = [frozenset(os.sched_getaffinity(thread.id)) for thread in threads]

    assert len(threads) > 100
    assert len(set(cores)) == 1
    assert len(cores[0]) == (most or len(os.sched_getaffinity(0)))
