"""The one table from failures to status codes, and how each is answered and logged."""

from __future__ import annotations

import http
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from invocation import errors
from invocation.logs import get_logger, places
from proxy.error_answer import error_answer
from proxy.http.shown_ids import log_ids, shown_id

if TYPE_CHECKING:
    import falcon

log = get_logger("proxy")

STATUS_OF: Final = MappingProxyType(
    {
        errors.InvalidRequest: 400,
        errors.BodyTooLarge: 413,
        errors.NoRoom: 503,
        errors.CallerRejected: 401,
        errors.OrgNotAllowed: 403,
        errors.IdentityMismatch: 403,
        errors.PermissionSetNotAllowed: 403,
        errors.PermissionSetRequired: 403,
        errors.IntrospectionRefused: 403,
        errors.TokenRefused: 403,
        errors.ActivationRefused: 403,
        errors.OrgUnavailable: 503,
        errors.SessionExpired: 503,
        errors.ProxyFull: 503,
        errors.ShuttingDown: 503,
        errors.JobNotStored: 503,
        errors.BacklogFull: 503,
        errors.FunctionUnavailable: 503,
        # Apex repeats 502, 503 and 504 by itself: only what may be repeated is one of them.
        errors.FunctionBroke: 502,
        errors.FunctionTimedOut: 500,
        errors.AnswerTooLarge: 500,
    }
)
LONGEST_SHOWN: Final = 200
"""Characters of a method and path, in an answer."""


def answer_proxy_error(
    req: falcon.Request, resp: falcon.Response, error: errors.ProxyError, params: dict[str, Any]
) -> None:
    """Answer an expected failure and log it in one line, without a traceback."""
    status = STATUS_OF[type(error)]
    log.warning(
        "refused",
        **log_ids(shown_id(req, "ce-id"), shown_id(req, "x-request-id")),
        path=req.path,
        status=status,
        error=type(error).__name__,
        reason=str(error),
        cause=error.why or (type(error.__cause__).__name__ if error.__cause__ else None),
    )
    answer_error(req, resp, status, str(error))


def answer_http_error(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: dict[str, Any]
) -> None:
    """Answer what Falcon refuses (unknown path, wrong method) in the same form."""
    for name, value in dict(error.headers or {}).items():
        resp.set_header(name, value)
    status = error.status_code
    what = f"{req.method} {req.path}"[:LONGEST_SHOWN]
    answer_error(req, resp, status, f"{what}: {http.HTTPStatus(status).phrase}")


def answer_bug(
    req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]
) -> None:
    """Answer a bug of ours with a bare 500. Its text may hold a token: only frames are logged."""
    log.error(
        "bug",
        **log_ids(shown_id(req, "ce-id"), shown_id(req, "x-request-id")),
        error=type(error).__name__,
        frames=places(error),
    )
    answer_error(req, resp, 500, "Internal error of the proxy; its log has the details")


def answer_error(req: falcon.Request, resp: falcon.Response, status: int, message: str) -> None:
    """Write the answer that tells of a failure."""
    answer = error_answer(
        status,
        message,
        request_id=shown_id(req, "x-request-id"),
        event_id=shown_id(req, "ce-id"),
        source=shown_id(req, "ce-source"),
    )
    resp.status, resp.data = answer.status, answer.body
    resp.set_headers(list(answer.headers))
