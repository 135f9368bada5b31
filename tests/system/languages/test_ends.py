"""The end of the container while a function in Python, Node, Java or Go runs."""

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from invocation.function.calls_under_way import work_of
from localstack.stack import Stage
from localstack.waiting import wait_until
from tests.system.examples.toolchains import LIMIT_S
from tests.system.languages.stage import LANGUAGES, call, serving

pytestmark = pytest.mark.timeout(2 * LIMIT_S)
RUNNING_S = 3


@pytest.mark.parametrize("everybody", [True, False], ids=["every-process", "supervisord-alone"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stop_lets_a_call_end(
    language: str,
    tmp_path: Path,
    *,
    everybody: bool,
    record_property: Callable[[str, object], None],
) -> None:
    """As a dyno signals every process, or supervisord alone: the caller gets the answer."""
    began = time.monotonic()
    with serving(language, tmp_path) as stage, ThreadPoolExecutor(1) as pool:
        assert call(stage, {"action": "echo", "value": 1}).ok
        record_property(
            "measured", f"{language}: start to the first 200 {time.monotonic() - began:.1f} s"
        )
        running = pool.submit(
            call, stage, {"action": "sleep", "seconds": RUNNING_S, "value": "done"}
        )
        wait_until(lambda: work_of(stage.container.run_dir).calls == 1, "the call")
        stop(stage, everybody=everybody)
        answer = running.result()
        code = stage.container.process.wait(timeout=40)

    assert (answer.status_code, answer.json()) == (200, "done")
    assert code == 0


def stop(stage: Stage, *, everybody: bool) -> None:
    """Send SIGTERM."""
    supervisord = psutil.Process(stage.container.process.pid)
    children = supervisord.children(recursive=True) if everybody else []
    for process in [supervisord, *children]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
