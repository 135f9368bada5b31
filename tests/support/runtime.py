"""Build invocations, and put them to the runtime's application without a socket."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from salesforce_functions._internal.app import App, create_app
from salesforce_functions._internal.function_loader import Function
from salesforce_functions._internal.settings import Settings

TOKEN: Final = "00DJS0000000123ABC!an-access-token"
"""The access token that invocations carry unless a test says otherwise."""

USER: Final[dict[str, Any]] = {
    "orgId": "00DJS0000000123ABC",
    "userId": "005JS000000H123",
    "username": "user@example.tld",
    "salesforceBaseUrl": "https://example-base-url.salesforce.tld",
    "orgDomainUrl": "https://example-domain-url.my.salesforce.tld",
    "onBehalfOfUserId": None,
    "namespace": "",
}


NO_SETTINGS: Final = Settings()
"""What an empty environment means."""

PROJECT_PATH: Final = Path(__file__).parents[1]
"""The functions under test are written in test modules, so this is the project of theirs."""


def encode(value: object) -> str:
    """Write a value the way the two context headers carry it."""
    return base64.b64encode(json.dumps(value).encode()).decode()


def sfcontext(**user: object) -> str:
    """Write ``ce-sfcontext`` with some fields of the user changed."""
    context = {"apiVersion": "57.0", "payloadVersion": "0.1", "userContext": USER | user}
    return encode(context)


def sffncontext(**changes: object) -> str:
    """Write ``ce-sffncontext`` as Apex and our proxy make it, with some fields changed."""
    context = {
        "id": "00DJS0000000123ABC-4Yk",
        "functionName": "MyProject.MyFunction",
        "permissionSets": ["MyPermissionSet"],
        "accessToken": TOKEN,
    }
    return encode(context | changes)


def headers(**changes: str | None) -> dict[str, str]:
    """Return the headers of an invocation; ``ce_id="x"`` changes one, `None` leaves it out."""
    defaults = {
        "content-type": "application/json",
        "ce-id": "00DJS0000000123ABC-4Yk-ExampleFunction-2023-03-23T15:18:53.429-0700",
        "ce-source": "urn:event:from:salesforce/JS/00DJS0000000123ABC/apex",
        "ce-specversion": "1.0",
        "ce-datacontenttype": "application/json",
        "ce-type": "com.salesforce.function.invoke.sync",
        "ce-sfcontext": sfcontext(),
        "ce-sffncontext": sffncontext(),
    }
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    return {name: value for name, value in (defaults | named).items() if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back."""

    status: int
    """The HTTP status."""

    headers: dict[str, str]
    """The headers, names in lower case."""

    body: bytes
    """The content."""

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever the function returned
        """The content, decoded."""
        return json.loads(self.body)

    @property
    def extra_info(self) -> dict[str, Any]:
        """``x-extra-info``, which form decoding and URI decoding must read alike."""
        raw = self.headers["x-extra-info"]
        assert unquote(raw, errors="strict") == unquote_plus(raw, errors="strict")
        info = json.loads(unquote(raw, errors="strict"))
        assert isinstance(info, dict)
        return info


@dataclass(kw_only=True, slots=True)
class Request:
    """One HTTP request as a server hands it to an application."""

    headers: dict[str, str] = field(default_factory=headers)
    """The headers."""

    body: bytes = b""
    """The content."""

    method: str = "POST"
    """The HTTP method."""

    path: str = "/"
    """The path, decoded."""

    query: bytes = b""
    """What follows the question mark."""

    async def put_to(self, app: App) -> Answer:
        """Hand it to an application and collect the answer."""
        return await put(app, self._scope(), self._receiver())

    def _scope(self) -> dict[str, Any]:
        pairs = [
            (name.encode("latin-1"), text.encode("latin-1")) for name, text in self.headers.items()
        ]
        return {
            "type": "http",
            "method": self.method,
            "path": self.path,
            "query_string": self.query,
            "headers": pairs,
        }

    def _receiver(self) -> Callable[[], Awaitable[MutableMapping[str, Any]]]:
        middle = len(self.body) // 2  # in two parts, as larger bodies arrive
        messages = [
            {"type": "http.request", "body": self.body[:middle], "more_body": True},
            {"type": "http.request", "body": self.body[middle:], "more_body": False},
        ]

        async def receive() -> MutableMapping[str, Any]:
            return messages.pop(0)

        return receive


async def put(app: App, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]]) -> Answer:
    """Run an application on a scope and check that it answers once and in order."""
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, content = sent
    assert (start["type"], content["type"]) == ("http.response.start", "http.response.body")
    found = {name.decode("ascii"): value.decode("ascii") for name, value in start["headers"]}
    assert int(found["content-length"]) == len(content["body"])
    return Answer(status=start["status"], headers=found, body=content["body"])


def app_of(function: Function, settings: Settings = NO_SETTINGS) -> App:
    """Return the application that serves a function, as if these tests were its project."""
    return create_app(function, api_version="56.0", project_path=PROJECT_PATH, settings=settings)


def invoke(function: Function, data: object = None, **changes: str | None) -> Answer:
    """Invoke a function once, with some headers changed."""
    request = Request(headers=headers(**changes), body=json.dumps(data).encode())
    return asyncio.run(request.put_to(app_of(function)))
