"""The ASGI application: one HTTP request in, one JSON answer out."""

import os
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from structlog.contextvars import bind_contextvars, clear_contextvars

from salesforce_functions._internal.answer import (
    Response,
    answer_of,
    blame_caller,
    blame_runtime,
    healthy,
)
from salesforce_functions._internal.call import Caller, Outcome
from salesforce_functions._internal.cloud_event import (
    CloudEventError,
    SalesforceCloudEvent,
    parse_cloud_event,
)
from salesforce_functions._internal.function_loader import Function
from salesforce_functions._internal.log import get_logger
from salesforce_functions._internal.loop_watch import watched_loop
from salesforce_functions._internal.settings import Settings
from salesforce_functions._internal.time_limit import time_limit
from salesforce_functions.context import Context, Org, User
from salesforce_functions.data_api import DataAPI
from salesforce_functions.data_api._session import SharedSession
from salesforce_functions.invocation_event import InvocationEvent

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
"""An application as https://asgi.readthedocs.io/en/latest/specs/www.html describes it."""

END_WITHIN_S: Final = 1
"""How long the end of the process may be held up by calls that were answered long ago."""

_logger = get_logger()


class _ClientGone(Exception):
    """The caller hung up before its request was complete: nobody is left to answer."""


def create_app(
    function: Function, *, api_version: str, project_path: Path, settings: Settings
) -> App:
    """Make the application that serves one function.

    Args:
        function: What is called.
        api_version: Version of the org's REST API that it was written for; whatever version the
            caller names, the function's queries were written for this one.
        project_path: The directory of its project, without symbolic links.
        settings: How it is served.
    """
    call = Caller(function, project_path)
    session = SharedSession()

    async def invoke(cloud_event: SalesforceCloudEvent) -> Outcome:
        limit = time_limit(cloud_event, settings, now=datetime.now(UTC))
        context = _context_of(cloud_event, api_version, session)
        return await call(_event_of(cloud_event), context, limit)

    async def live(receive: Receive, send: Send) -> None:
        """Live from the server's start to its end, which is when all invocations are answered."""
        await receive()
        session.start()
        with watched_loop(settings.blocked_warning_s, project_path, call.running_ids):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await session.close()
        _leave(call.left_behind)
        await send({"type": "lifespan.shutdown.complete"})

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        try:
            response = _refuse(scope) or await _answer(invoke, _headers_of(scope), receive)
        except _ClientGone:
            return
        except Exception as error:  # noqa: BLE001  # the border: a bug of ours is answered, too
            response = blame_runtime(error)
        await _send(send, response)

    return app


async def _answer(
    invoke: Callable[[SalesforceCloudEvent], Awaitable[Outcome]],
    headers: dict[str, str],
    receive: Receive,
) -> Response:
    """Answer one ``POST /``: the story of an invocation, from top to bottom."""
    # Requests of one connection may share a context, and with it the last one's log keys.
    clear_contextvars()

    if headers.get("x-health-check", "").lower() == "true":
        return healthy()

    body = await _read(receive)
    try:
        cloud_event = parse_cloud_event(headers, body)
    except CloudEventError as error:
        return blame_caller(error)

    bind_contextvars(invocationId=cloud_event.id)

    return answer_of(await invoke(cloud_event), cloud_event)


def _leave(left_behind: int) -> None:
    """Let the process end although calls that took too long may never do."""
    if left_behind:
        _logger.warning(
            "Calls that took too long still run; they end with the process", count=left_behind
        )
        end = threading.Timer(END_WITHIN_S, os._exit, [0])
        end.daemon = True
        end.start()


def _refuse(scope: MutableMapping[str, Any]) -> Response | None:
    """Answer everything that is not ``POST /``; a query string makes no difference."""
    plain = (b"content-type", b"text/plain; charset=utf-8")
    if scope["path"] != "/":
        return Response(status=404, body=b"Not Found", headers=(plain,))
    if scope["method"] != "POST":
        headers = (plain, (b"allow", b"POST"))
        return Response(status=405, body=b"Method Not Allowed", headers=headers)
    return None


def _headers_of(scope: MutableMapping[str, Any]) -> dict[str, str]:
    """Return the headers by lower-case name; of a repeated one the first counts."""
    pairs = reversed(scope["headers"])
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}


async def _read(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGone
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _event_of(cloud_event: SalesforceCloudEvent) -> InvocationEvent[Any]:
    return InvocationEvent(
        id=cloud_event.id,
        type=cloud_event.type,
        source=cloud_event.source,
        data=cloud_event.data,
        time=cloud_event.time,
    )


def _context_of(
    cloud_event: SalesforceCloudEvent, api_version: str, session: SharedSession
) -> Context:
    caller = cloud_event.user_context
    user = User(
        id=caller.user_id,
        username=caller.username,
        on_behalf_of_user_id=caller.on_behalf_of_user_id,
    )
    org = Org(
        id=caller.org_id,
        base_url=caller.salesforce_base_url,
        domain_url=caller.org_domain_url,
        data_api=DataAPI(
            org_domain_url=caller.org_domain_url,
            api_version=api_version,
            access_token=cloud_event.access_token,
            session=session,
            request_id=cloud_event.id,
        ),
        user=user,
    )
    return Context(org=org)


async def _send(send: Send, response: Response) -> None:
    length = (b"content-length", str(len(response.body)).encode("ascii"))
    headers = [*response.headers, length]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
