"""The whole container with the same function in each of four languages, by their real runtimes."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import requests

from localstack.apex import Identity, apex_request
from localstack.container import wait_until_ready
from localstack.seed import ORG_ID
from localstack.stack import Stage, started
from localstack.waiting import wait_until
from tests.system.examples.toolchains import ROOT, built

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LANGUAGES: Final = ("python", "node", "java", "go")
FUNCTIONS: Final = ROOT / "conformance" / "functions"
OUTCOME_LIMIT_S: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An asynchronous call that was sent."""

    answer: requests.Response
    record_id: str


def function_settings(language: str) -> Mapping[str, str]:
    """Return what starts the conformance function of a language."""
    if language == "python":
        return {"FUNCTION_DIR": str(FUNCTIONS / "python")}
    if language == "node":
        modules = built("examples/typescriptfunction") / "node_modules"
        cli = modules / "@heroku" / "sf-fx-runtime-nodejs" / "bin" / "cli.js"
        return {"FUNCTION_DIR": str(FUNCTIONS / "node"), "RUNTIME_CLI_FILEPATH": str(cli)}
    settings = {"FUNCTION_DIR": str(built(f"conformance/functions/{language}"))}
    return settings if language == "java" else settings | {"FUNCTION_COMMAND": "exec ./start"}


@contextlib.contextmanager
def serving(language: str, folder: Path, **env: str) -> Iterator[Stage]:
    """Run everything, ready, for the length of a ``with`` block."""
    folder.mkdir(exist_ok=True)
    defaults = {"FUNCTION_COMMAND": "", "FUNCTION_HOLD_S": ""}
    with started(folder, **defaults | dict(function_settings(language)) | env) as stage:
        wait_until_ready(stage.container)
        yield stage


def call(
    stage: Stage,
    payload: Mapping[str, Any],
    *,
    identity: Identity | None = None,
    permission_sets: tuple[str, ...] = (),
    limit_s: float = 180,
) -> requests.Response:
    """Call the function synchronously, as the admin unless somebody else is named."""
    request = apex_request(
        identity or stage.identity(),
        headers={"ce-id": uuid4().hex},
        permission_sets=permission_sets,
    )
    return requests.post(
        f"{stage.container.url}/sync",
        headers=request.headers,
        data=json.dumps(payload).encode(),
        timeout=limit_s,
    )


def send(stage: Stage, payload: Mapping[str, Any]) -> Accepted:
    """Call it asynchronously as the admin."""
    record = stage.org.create_record()
    request = apex_request(
        stage.identity(),
        asynchronous=True,
        headers={"ce-id": f"{ORG_ID}-{uuid4().hex}-MyFunction"},
        function_context={"functionInvocationId": record.id},
    )
    request = dataclasses.replace(request, body=json.dumps(payload).encode())
    answer = requests.post(
        f"{stage.container.url}/async", headers=request.headers, data=request.body, timeout=60
    )
    return Accepted(answer=answer, record_id=record.id)


def outcome(stage: Stage, accepted: Accepted) -> Mapping[str, Any]:
    """Wait until the org has the outcome; return the record's fields."""

    def fields() -> Mapping[str, Any]:
        return stage.org.record(accepted.record_id).fields

    wait_until(lambda: fields()["Status__c"] != "PENDING", "the outcome", limit_s=OUTCOME_LIMIT_S)
    return fields()
