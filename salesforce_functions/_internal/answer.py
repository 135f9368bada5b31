"""What is answered to a request: the result, or whose fault it is that there is none."""

from dataclasses import dataclass
from typing import Final

import orjson

from salesforce_functions._internal.call import Outcome
from salesforce_functions._internal.cloud_event import CloudEventError, SalesforceCloudEvent
from salesforce_functions._internal.concealment import hide
from salesforce_functions._internal.extra_info import (
    ExtraInfo,
    describe,
    encode_success,
    format_stack,
    printable,
)
from salesforce_functions._internal.log import TRACEBACK, get_logger
from salesforce_functions._internal.return_value import to_json
from salesforce_functions._internal.time_limit import TookTooLong
from salesforce_functions._internal.writing import hint_for

# Apex repeats a call that was answered by 502, 503 or 504. So what a function does wrong is
# always 500, and 503 means that the function's code was not at fault.
_BAD_REQUEST: Final = 400
_FUNCTION_ERROR: Final = 500
_INTERNAL_ERROR: Final = 503

_JSON: Final = (b"content-type", b"application/json")

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


def healthy() -> Response:
    """Answer a health check."""
    return _respond(b'"OK"', ExtraInfo(status_code=200))


def answer_of(outcome: Outcome, cloud_event: SalesforceCloudEvent) -> Response:
    """Answer what came of calling the function."""
    if outcome.error is not None:
        return _blame_function(_what_happened(outcome.error), outcome.error, cloud_event, outcome)
    try:
        content = to_json(outcome.value)
    except Exception as error:  # noqa: BLE001  # TypeError, or what a value's own code raises
        message = f"Function return value can't be serialized: {describe(error)}"
        return _blame_function(message, error, cloud_event, outcome)
    info = encode_success(cloud_event.id, cloud_event.source, outcome.elapsed_ms)
    return Response(status=200, body=content, headers=(_JSON, (b"x-extra-info", info)))


def blame_caller(error: CloudEventError) -> Response:
    """Answer a request that is no invocation."""
    message = f"Couldn't parse CloudEvent: {error}"
    _logger.error(message)
    return _respond_error(message, ExtraInfo(status_code=_BAD_REQUEST, error=error))


def blame_runtime(error: Exception) -> Response:
    """Answer a request that met a bug of ours."""
    message = f"Internal error: {describe(error)}"
    _logger.error(message, exc_info=error)
    return _respond_error(message, ExtraInfo(status_code=_INTERNAL_ERROR, error=error))


def _what_happened(error: BaseException) -> str:
    if isinstance(error, TookTooLong):
        return str(error)
    return f"Exception occurred while executing function: {describe(error)}{hint_for(error)}"


def _blame_function(
    message: str, error: BaseException, cloud_event: SalesforceCloudEvent, outcome: Outcome
) -> Response:
    """Answer and log what the function did wrong, without the token it may have quoted."""
    token = cloud_event.access_token
    message = hide(message, token)
    # A value that has no JSON fails in the runtime: those frames would tell its author nothing.
    in_function = error is outcome.error
    trace = {TRACEBACK: format_stack(error, secret=token)} if in_function else {}
    _logger.error(message, **trace)
    info = ExtraInfo(
        status_code=_FUNCTION_ERROR,
        request_id=cloud_event.id,
        source=cloud_event.source,
        exec_time_ms=outcome.elapsed_ms,
        error=error,
        is_function_error=True,
        secret=token,
    )
    return _respond_error(message, info)


def _respond_error(message: str, info: ExtraInfo) -> Response:
    return _respond(orjson.dumps(printable(message)), info)


def _respond(content: bytes, info: ExtraInfo) -> Response:
    headers = (_JSON, (b"x-extra-info", info.encode()))
    return Response(status=info.status_code, body=content, headers=headers)
