"""The routes of invocations: ``POST /sync`` and ``POST /async``."""

from __future__ import annotations

import time
from http.client import responses
from typing import TYPE_CHECKING

import falcon

from invocation import errors, extra_info
from invocation.logs import get_logger
from proxy.error_answer import JSON
from proxy.first_look import HEAD, body_too_large, first_look
from proxy.http.shown_ids import log_ids, one_line

if TYPE_CHECKING:
    from invocation.function.answer import FunctionAnswer
    from invocation.request import Invocation
    from proxy.first_look import FirstLook
    from proxy.invoke import Invoker

log = get_logger("proxy")


class SyncResource:
    """``POST /sync``: invoke the function, answer with its answer."""

    def __init__(self, invoker: Invoker, max_body_bytes: int) -> None:
        self._invoker = invoker
        self._max_body_bytes = max_body_bytes

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Run one invocation and pass the function's answer back."""
        started = time.monotonic()
        invocation = _invocation(req, self._max_body_bytes)
        answer = self._invoker.invoke(invocation, req.bounded_stream.read)
        _pass_back(resp, answer, request_id=invocation.id, source=invocation.source)
        _log_done("invocation", invocation, started, status=answer.status)


class AsyncResource:
    """``POST /async``: store the invocation, promise its outcome."""

    def __init__(self, invoker: Invoker, max_body_bytes: int) -> None:
        self._invoker = invoker
        self._max_body_bytes = max_body_bytes

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 201 once the invocation is stored where no crash loses it."""
        started = time.monotonic()
        invocation = _invocation(req, self._max_body_bytes)
        self._invoker.accept(invocation, req.bounded_stream.read)
        resp.status = falcon.HTTP_201
        resp.content_type = JSON
        resp.set_header(
            "X-Extra-Info",
            extra_info.describe(request_id=invocation.id, source=invocation.source, status=201),
        )
        _log_done("accepted", invocation, started, record=invocation.function_invocation_id)


def _pass_back(
    resp: falcon.Response, answer: FunctionAnswer, *, request_id: str, source: str
) -> None:
    resp.status = f"{answer.status} {responses.get(answer.status, 'Unknown')}"
    if answer.status not in {204, 304}:  # they have neither
        resp.data = answer.body
        resp.content_type = one_line(answer.content_type) or JSON
    info = answer.extra_info
    if not info or not extra_info.can_be_sent(info):
        info = extra_info.describe(
            request_id=request_id,
            source=source,
            status=answer.status,
            is_function_error=answer.status >= 400,
        )
    resp.set_header("X-Extra-Info", info)


def _invocation(req: falcon.Request, max_body_bytes: int) -> Invocation:
    """Return the invocation without its payload, which waits where waitress has put it."""
    size = req.content_length or 0
    if HEAD in req.env:
        head: FirstLook = req.env[HEAD]
    else:
        head = first_look(
            req.method, req.path, req.headers, size=size, max_body_bytes=max_body_bytes
        )
    if isinstance(head, errors.ProxyError):
        raise head
    if head is None:  # and its payload was dropped
        raise AssertionError("routes and first_look disagree")
    if size > max_body_bytes:  # in chunks, hence known only now
        raise body_too_large(max_body_bytes)
    return head


def _log_done(event: str, invocation: Invocation, started: float, **more: object) -> None:
    log.info(
        event,
        **log_ids(invocation.id, invocation.request_id),
        function=invocation.function_name,
        user=invocation.claims.username,
        **more,
        ms=round((time.monotonic() - started) * 1000, 1),
    )
