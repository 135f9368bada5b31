"""Calls that run for two minutes, in Python, Node, Java and Go at the same time."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.system.examples.toolchains import LIMIT_S
from tests.system.languages.stage import LANGUAGES, call, outcome, send, serving

pytestmark = pytest.mark.timeout(2 * LIMIT_S)
LONG_S = 120
PATIENT = {"FUNCTION_TIMEOUT_S": "240"}


def test_twenty_long_calls_leave_everything_as_it_is(tmp_path: Path) -> None:
    """Nothing is restarted that is well, and no call is lost."""
    with ExitStack() as running, ThreadPoolExecutor(20 * len(LANGUAGES)) as pool:
        stages = [
            running.enter_context(serving(language, tmp_path / language, **PATIENT))
            for language in LANGUAGES
        ]
        pids = [stage.pid() for stage in stages]
        payload = {"action": "sleep", "seconds": LONG_S, "value": "done"}
        calls = [
            pool.submit(call, stage, payload, limit_s=240) for stage in stages for _ in range(18)
        ]
        sent = [(stage, send(stage, payload)) for stage in stages for _ in range(2)]

        assert [each.result().status_code for each in calls] == [200] * len(calls)
        assert [outcome(*each)["Status__c"] for each in sent] == ["SUCCESS"] * len(sent)
        assert [stage.pid() for stage in stages] == pids
        assert [stage.log().count('"function hangs"') for stage in stages] == [0] * len(stages)
