"""The HTTP app in front of what a test says: in place of the invoker and of the function."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from falcon.testing import Result, TestClient

from invocation.function.answer import FunctionAnswer
from invocation.request import Invocation
from invocation.settings.config import Config
from localstack.apex import ApexRequest, apex_request
from localstack.keys import rsa_key
from proxy.http.routes import create_app

if TYPE_CHECKING:
    from proxy.http.readiness import Readiness
    from proxy.invoke import Invoker
    from supervision.health import FunctionCare

ORG_ID = "00Dxx0000006IYJEA2"


MAX_BODY = 2000


ANSWER = FunctionAnswer(
    status=200, content_type="application/json", extra_info="%7B%22a%22%3A1%7D", body=b'"done"'
)


REQUEST = apex_request()


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """An invocation and its payload, as they came to the invoker."""

    id: str
    body: bytes


class Edge:
    """In place of the invoker and of the function: does what the test says, notes what comes."""

    def __init__(
        self, outcome: FunctionAnswer | Exception = ANSWER, *, healthy: bool = True
    ) -> None:
        self.outcome = outcome
        self.healthy = healthy
        self.invocations: list[Arrived] = []

    def invoke(self, invocation: Invocation, read_body: Callable[[], bytes]) -> FunctionAnswer:
        """Answer or fail as told."""
        self.invocations.append(Arrived(id=invocation.id, body=read_body()))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def accept(self, invocation: Invocation, read_body: Callable[[], bytes]) -> None:
        """Take it or fail as told."""
        self.invoke(invocation, read_body)

    def is_ready(self) -> bool:
        """Be well or not, as told."""
        return self.healthy

    restore = is_ready

    def why_unwell(self) -> str:
        """Say the same each time."""
        return "The function is starting"


def client_of(edge: Edge, *, metrics_token: str = "") -> TestClient:
    """Return a client of the app in front of the edge."""
    config = Config(
        org_id=ORG_ID,
        consumer_key="k",
        private_key=rsa_key(),
        max_body_bytes=MAX_BODY,
        metrics_token=metrics_token,
    )
    return TestClient(
        create_app(
            config,
            invoker=cast("Invoker", edge),
            care=cast("FunctionCare", edge),
            readiness=cast("Readiness", edge),
        )
    )


def post(
    edge: Edge, request: ApexRequest = REQUEST, *, path: str | None = None, query: str = ""
) -> Result:
    """Send a request of Apex."""
    return client_of(edge).simulate_post(
        path or request.path, headers=request.headers, body=request.body, query_string=query
    )


def extra_info(result: Result) -> dict[str, Any]:
    """Return what ``X-Extra-Info`` says."""
    told = json.loads(unquote(result.headers["X-Extra-Info"]))
    assert isinstance(told, dict)
    return told


def require_error(
    result: Result,
    status: int,
    message: str,
    *,
    request: ApexRequest | None = REQUEST,
) -> None:
    """Check that an answer is an error in every detail of the contract."""
    reason = result.status.partition(" ")[2]
    headers = {name.lower(): value for name, value in (request.headers if request else {}).items()}
    shown = f"[{headers['x-request-id']}] " if "x-request-id" in headers else ""
    assert result.status_code == status
    assert result.text == json.dumps(
        {"statusCode": status, "error": reason, "message": shown + message},
        separators=(",", ":"),
    )
    assert result.headers["Content-Type"] == "application/json; charset=utf-8"
    assert extra_info(result) == {
        "requestId": headers.get("ce-id") or headers.get("x-request-id") or "n/a",
        "source": headers.get("ce-source", "n/a"),
        "statusCode": status,
        "isFunctionError": False,
        "stack": "",
    }
    assert ("Retry-After" in result.headers) == (status == 503)
