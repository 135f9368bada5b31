"""The container's log: one form, no alarm without a reason, and no flood."""

import json
from pathlib import Path

import requests

from localstack import ROOT
from localstack.container import wait_until_ready
from localstack.stack import started
from localstack.waiting import wait_until

QUIET = f'exec python {ROOT}/tests/support/fastify_like.py "$PORT"'
WAIT_S = 90.0


def test_log_of_a_good_run_is_json_without_a_warning(tmp_path: Path) -> None:
    """From start to stop: supervisord's lines too, and whoever else writes there."""
    with started(tmp_path, FUNCTION_COMMAND=QUIET) as stage:
        wait_until_ready(stage.container)
        assert stage.invoke().status_code == 200
        stage.container.process.terminate()
        assert stage.container.process.wait(timeout=WAIT_S) == 0
        lines = [json.loads(line) for line in stage.log().splitlines()]

    for line in lines:
        assert {"timestamp", "level", "logger", "message"} <= line.keys(), line
    assert {line["logger"] for line in lines} >= {"supervisord", "proxy", "relay"}
    assert [line for line in lines if line["level"] not in {"info", "debug"}] == []


def test_readiness_is_logged_when_it_changes(tmp_path: Path) -> None:
    """Platforms ask every few seconds: an answer that is the same again is no news."""
    with started(tmp_path, FUNCTION_COMMAND=QUIET, FUNCTION_HOLD_S="0") as stage:
        wait_until_ready(stage.container)
        function = f"http://127.0.0.1:{stage.container.function_port}"
        wait_until(lambda: stage.log().count('"message": "ready"') == 1, "the first line")
        before = len(stage.log().splitlines())
        requests.post(f"{function}/unwell", timeout=WAIT_S)
        assert [stage.container.is_ready() for _ in range(10)] == [False] * 10
        requests.post(f"{function}/well", timeout=WAIT_S)
        assert [stage.container.is_ready() for _ in range(10)] == [True] * 10
        wait_until(lambda: stage.log().count('"message": "ready"') == 2, "the last line")
        lines = [json.loads(line) for line in stage.log().splitlines()[before:]]

    told = [(line["message"], line.get("reason")) for line in lines if "ready" in line["message"]]
    assert told == [
        ("not ready", "the function answers its health check with an error"),
        ("ready", None),
    ]
    assert [line for line in lines if line["message"] == "refused"] == []


def test_restarts_that_are_not_allowed_are_logged_once(tmp_path: Path) -> None:
    """``/healthcheck`` tries again and again for 25 s; its log has one line for each change."""
    with started(tmp_path, FUNCTION_COMMAND="exit 3", FUNCTION_HOLD_S="0") as stage:
        wait_until(stage.is_alive, "the proxy", limit_s=WAIT_S)
        wait_until(lambda: "function keeps ending" in stage.log(), "a pause", limit_s=WAIT_S)
        before = len(stage.log())
        assert [stage.healthcheck().status_code for _ in range(2)] == [503, 503]
        wait_until(lambda: stage.log()[before:].count('"refused"') == 2, "a line for each answer")
        log = stage.log()[before:]

    assert log.count('"function not restarted: too often"') <= 1
