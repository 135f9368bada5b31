"""The same calls to one function in Python, Node, Java and Go: callers see no difference."""

import json
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import psutil
import pytest
import requests

from localstack.seed import JOE
from localstack.stack import Stage
from localstack.waiting import wait_until
from tests.system.examples.toolchains import LIMIT_S
from tests.system.languages.stage import LANGUAGES, call, outcome, send, serving

pytestmark = pytest.mark.timeout(2 * LIMIT_S)
Measured = Callable[[str, object], None]
FIVE_MB = 5_000_000


@pytest.fixture(scope="module", params=LANGUAGES)
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Everything, with the function in one of the languages."""
    folder = tmp_path_factory.mktemp(request.param)
    with serving(
        request.param, folder, FUNCTION_HOLD_S="60"
    ) as stage:  # a busy machine starts slowly
        yield stage


@pytest.mark.parametrize("value", [None, "ü\n\"'", [1, {"a": False}], {"b": "c"}])
def test_a_result_is_answered_as_it_is(stage: Stage, value: object) -> None:
    """Any JSON value, null too."""
    answer = call(stage, {"action": "echo", "value": value})

    assert (answer.status_code, answer.json()) == (200, value)


def test_extra_info_tells_of_the_call(stage: Stage) -> None:
    """Its id, its status, its time: percent-encoded JSON."""
    answer = call(stage, {"action": "echo", "value": 1})
    told = json.loads(unquote(answer.headers["x-extra-info"]))

    assert told["statusCode"] == 200
    assert told["execTimeMs"] >= 0
    assert told["requestId"]


def test_what_the_function_throws_is_told(stage: Stage) -> None:
    """500, the message, and that it was the function."""
    answer = call(stage, {"action": "throw", "message": "no such order"})

    assert answer.status_code == 500
    assert "no such order" in answer.text
    assert json.loads(unquote(answer.headers["x-extra-info"]))["isFunctionError"]
    assert "retry-after" not in answer.headers


def test_five_megabytes_arrive_whole(stage: Stage) -> None:
    """In both directions."""
    value = "x" * FIVE_MB

    assert call(stage, {"action": "echo", "value": value}).json() == value


def test_who_may_not_call_is_refused(stage: Stage) -> None:
    """An unknown token, another one's token, a permission set that the user does not have."""
    admin, joe = stage.identity(), stage.identity(JOE[0])
    payload = {"action": "echo", "value": 1}
    unknown = replace(admin, token=f"{admin.org_id[:15]}!AQEAQnobody.knows_it")
    borrowed = replace(admin, token=joe.token)

    assert call(stage, payload, identity=unknown).status_code == 401
    assert call(stage, payload, identity=borrowed).status_code == 403
    assert call(stage, payload, permission_sets=("NoSuchSet",)).status_code == 403
    assert call(stage, payload, permission_sets=("PermissionSetA",)).status_code == 200


def test_the_function_gets_a_token_of_the_caller(stage: Stage) -> None:
    """It opens the org as the user who called, and is not the caller's own."""
    identity = stage.identity(JOE[0])
    told = call(stage, {"action": "context"}, identity=identity).json()
    token = {"Authorization": f"Bearer {told['accessToken']}"}
    query = {"q": "SELECT Id FROM Account"}
    found = requests.get(
        f"{stage.org_url}/services/data/v57.0/query", params=query, headers=token, timeout=10
    )

    assert (told["orgId"], told["username"]) == (identity.org_id, identity.username)
    assert told["accessToken"] != identity.token
    assert found.status_code == 200


@pytest.mark.parametrize(
    ("payload", "status", "code", "text"),
    [
        ({"action": "echo", "value": "b"}, "SUCCESS", 200, '"b"'),
        ({"action": "echo", "value": None}, "SUCCESS", 200, "null"),
        ({"action": "throw", "message": "no such order"}, "ERROR", 500, "no such order"),
    ],
)
def test_an_asynchronous_outcome_reaches_the_record(
    stage: Stage, payload: dict[str, Any], status: str, code: int, text: str
) -> None:
    """A result as SUCCESS, what is thrown as ERROR."""
    accepted = send(stage, payload)
    fields = outcome(stage, accepted)

    assert accepted.answer.status_code == 201
    assert (fields["Status__c"], fields["StatusCode__c"]) == (status, code)
    assert text in fields["Response__c"]


def test_a_killed_function_is_back_for_who_waits(stage: Stage, record_property: Measured) -> None:
    """A call that finds none waits for the next one."""
    killed = psutil.Process(stage.pid())
    family = [killed, *killed.children(recursive=True)]
    killed.kill()
    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []  # one that is sent while it dies is a 502
    began = time.monotonic()
    answer = call(stage, {"action": "echo", "value": 1})
    record_property("measured", f"{language_of(stage)}: held over a kill {since(began)}")

    assert answer.status_code == 200, answer.text


def test_a_killed_function_is_restored_by_healthcheck(stage: Stage) -> None:
    """Apex asks, and is answered when it is well again."""
    killed = stage.pid()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(killed), "its end")

    assert stage.healthcheck().status_code == 200
    assert stage.pid() not in {0, killed}


def test_speed_and_memory_are_measured(stage: Stage, record_property: Measured) -> None:
    """Warm calls, one after the other, and what the function holds at rest."""
    identity, took_ms = stage.identity(), []
    for _ in range(50):
        began = time.monotonic()
        assert call(stage, {"action": "echo", "value": 1}, identity=identity).ok
        took_ms.append((time.monotonic() - began) * 1000)
    function = psutil.Process(stage.pid())
    family = [function, *function.children(recursive=True)]
    mib = sum(each.memory_full_info().pss for each in family) / 1024**2
    record_property(
        "measured",
        f"{language_of(stage)}: p50 of 50 warm calls {statistics.median(took_ms):.1f} ms,"
        f" function at rest {mib:.0f} MiB",
    )

    assert mib < 400


def language_of(stage: Stage) -> str:
    """Return the language that a stage was started for: its folder is called so."""
    return stage.log_path.parent.name.rstrip("0123456789")


def since(began: float) -> str:
    """Return the time since then."""
    return f"{time.monotonic() - began:.2f} s"
