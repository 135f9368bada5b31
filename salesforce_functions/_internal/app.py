"""The ASGI application: one HTTP request in, one JSON answer out."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from structlog.contextvars import bind_contextvars, clear_contextvars

from salesforce_functions._internal.call import Caller, make_caller
from salesforce_functions._internal.cloud_event import (
    CloudEventError,
    SalesforceCloudEvent,
    parse_cloud_event,
)
from salesforce_functions._internal.extra_info import (
    ExtraInfo,
    describe,
    format_stack,
    hide,
    printable,
)
from salesforce_functions._internal.function_loader import Function
from salesforce_functions._internal.log import TRACEBACK, get_logger
from salesforce_functions._internal.return_value import to_json
from salesforce_functions.context import Context, Org, User
from salesforce_functions.data_api import DataAPI
from salesforce_functions.data_api._session import SharedSession
from salesforce_functions.invocation_event import InvocationEvent

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
"""An application as https://asgi.readthedocs.io/en/latest/specs/www.html describes it."""

# Apex repeats a call that was answered by 502, 503 or 504. So what a function does wrong is
# always 500, and 503 means that the function's code was not at fault.
_BAD_REQUEST: Final = 400
_FUNCTION_ERROR: Final = 500
_INTERNAL_ERROR: Final = 503

_RAISED: Final = "Exception occurred while executing function"
_NOT_JSON: Final = "Function return value can't be serialized"

_logger = get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """An answer, ready to be sent."""

    status: int
    """The HTTP status."""

    body: bytes
    """The content."""

    headers: tuple[tuple[bytes, bytes], ...]
    """Headers besides the content's length, names in lower case."""


class _ClientGone(Exception):
    """The caller hung up before its request was complete: nobody is left to answer."""


def create_app(function: Function, *, api_version: str) -> App:
    """Make the application that serves one function.

    Args:
        function: What is called.
        api_version: Version of the org's REST API that it was written for; whatever version the
            caller names, the function's queries were written for this one.
    """
    call = make_caller(function)
    session = SharedSession()

    def context_of(cloud_event: SalesforceCloudEvent) -> Context:
        return _context_of(cloud_event, api_version, session)

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(session, receive, send)
            return
        try:
            response = _refuse(scope) or await _answer(
                call, context_of, _headers_of(scope), receive
            )
        except _ClientGone:
            return
        except Exception as error:  # noqa: BLE001  # the border: a bug of ours is answered, too
            response = _blame_runtime(error)
        await _send(send, response)

    return app


async def _live(session: SharedSession, receive: Receive, send: Send) -> None:
    """Live from the server's start to its end, which is when all invocations are answered."""
    await receive()
    session.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await session.close()
    await send({"type": "lifespan.shutdown.complete"})


async def _answer(
    call: Caller,
    context_of: Callable[[SalesforceCloudEvent], Context],
    headers: dict[str, str],
    receive: Receive,
) -> Response:
    """Answer one ``POST /``: the story of an invocation, from top to bottom."""
    # Requests of one connection may share a context, and with it the last one's log keys.
    clear_contextvars()

    if headers.get("x-health-check", "").lower() == "true":
        return _respond(b'"OK"', ExtraInfo(status_code=200))

    body = await _read(receive)
    try:
        cloud_event = parse_cloud_event(headers, body)
    except CloudEventError as error:
        return _blame_caller(error)

    bind_contextvars(invocationId=cloud_event.id)

    outcome = await call(_event_of(cloud_event), context_of(cloud_event))
    if outcome.error is not None:
        return _blame_function(_RAISED, outcome.error, cloud_event, outcome.elapsed_ms)

    try:
        content = to_json(outcome.value)
    except Exception as error:  # noqa: BLE001  # TypeError, or what a value's own code raises
        return _blame_function(_NOT_JSON, error, cloud_event, outcome.elapsed_ms)

    return _respond(
        content,
        ExtraInfo(
            status_code=200,
            request_id=cloud_event.id,
            source=cloud_event.source,
            exec_time_ms=outcome.elapsed_ms,
        ),
    )


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


def _blame_caller(error: CloudEventError) -> Response:
    message = f"Couldn't parse CloudEvent: {error}"
    _logger.error(message)
    return _respond_error(message, ExtraInfo(status_code=_BAD_REQUEST, error=error))


def _blame_function(
    problem: str, error: BaseException, cloud_event: SalesforceCloudEvent, elapsed_ms: int
) -> Response:
    """Answer and log what the function did wrong, without the token it may have quoted."""
    token = cloud_event.access_token
    message = hide(f"{problem}: {describe(error)}", token)
    # A value that has no JSON fails in the runtime: those frames would tell its author nothing.
    in_function = problem == _RAISED
    trace = {TRACEBACK: format_stack(error, secret=token)} if in_function else {}
    _logger.error(message, **trace)
    info = ExtraInfo(
        status_code=_FUNCTION_ERROR,
        request_id=cloud_event.id,
        source=cloud_event.source,
        exec_time_ms=elapsed_ms,
        error=error,
        is_function_error=True,
        secret=token,
    )
    return _respond_error(message, info)


def _blame_runtime(error: Exception) -> Response:
    message = f"Internal error: {describe(error)}"
    _logger.error(message, exc_info=error)
    return _respond_error(message, ExtraInfo(status_code=_INTERNAL_ERROR, error=error))


def _respond_error(message: str, info: ExtraInfo) -> Response:
    return _respond(orjson.dumps(printable(message)), info)


def _respond(content: bytes, info: ExtraInfo) -> Response:
    headers = ((b"content-type", b"application/json"), (b"x-extra-info", info.encode()))
    return Response(status=info.status_code, body=content, headers=headers)


async def _send(send: Send, response: Response) -> None:
    length = (b"content-length", str(len(response.body)).encode("ascii"))
    headers = [*response.headers, length]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
