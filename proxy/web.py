"""HTTP: the routes on ``$PORT``, and the one table from failures to status codes."""

from __future__ import annotations

import hmac
import http
import json
import re
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import falcon
import structlog

from proxy import errors, extra_info
from proxy.first_look import body_too_large, first_look
from proxy.logs import places
from proxy.metrics import CONTENT_TYPE, Metrics

if TYPE_CHECKING:
    from proxy.config import Config
    from proxy.first_look import FirstLook
    from proxy.function_answer import FunctionAnswer
    from proxy.function_health import FunctionCare
    from proxy.invoke import Invoker
    from proxy.readiness import Readiness
    from proxy.wire import Invocation

log = structlog.get_logger("proxy")

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
RETRY_AFTER_S: Final = 2
KINDS: Final = MappingProxyType({"/sync": "sync", "/async": "async"})
HEAD: Final = "proxy.head"
"""In WSGI's environment: what the server has already made of the head."""
LONGEST_SHOWN: Final = 200
"""Characters of a method and path, in an answer."""
JSON: Final = "application/json; charset=utf-8"

_ONE_LINE: Final = re.compile(r"[ -~]{1,256}")


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


class HealthcheckResource:
    """``/healthcheck``: make sure that the function is well, for someone who knows the org id."""

    def __init__(self, care: FunctionCare, org_id: str) -> None:
        self._care = care
        self._org_id = org_id

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200 ``"OK"``, also after a restart; 401 without the org's id; 503 in trouble."""
        given = req.get_header("x-org-id-18", default="")
        if not hmac.compare_digest(given.encode(), self._org_id.encode()):
            raise errors.CallerRejected("Unauthorized request", why="x-org-id-18 is not ORG_ID_18")
        if not self._care.restore():
            raise errors.FunctionUnavailable(self._care.why_unwell())
        resp.content_type = JSON
        resp.text = '"OK"'

    on_post = on_get


class LivezResource:
    """``GET /livez``: this process runs."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200, always."""
        resp.content_type = JSON
        resp.text = '"OK"'


class ReadyzResource:
    """``GET /readyz``: this process may be sent invocations."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200, or 503 while it may not. Asked again and again: only changes are logged."""
        if not self._readiness.is_ready():
            _answer_error(req, resp, 503, "Not ready")
            return
        resp.content_type = JSON
        resp.text = '"OK"'


class MetricsResource:
    """``GET /metrics``, for who has the token; without one configured there is no such route."""

    def __init__(self, metrics: Metrics, token: str) -> None:
        self._metrics = metrics
        self._expected = f"Bearer {token}".encode()

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with Prometheus's text, or 401."""
        given = req.get_header("Authorization", default="")
        if not hmac.compare_digest(given.encode(), self._expected):
            raise errors.CallerRejected("Unauthorized request", why="not METRICS_TOKEN's token")
        resp.content_type = CONTENT_TYPE
        resp.data = self._metrics.text()


class Measured:
    """Counts what arrives at the two routes of invocations, and its answers."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Note that an invocation has arrived."""
        if req.method == "POST" and (kind := KINDS.get(req.path)):
            req.context.started = time.monotonic()
            self._metrics.arrived(kind)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        """Count its answer."""
        if started := getattr(req.context, "started", None):
            self._metrics.answered(
                KINDS[req.path], status=str(resp.status)[:3], seconds=time.monotonic() - started
            )


class KnownMethods:
    """Refuses methods that Falcon does not know, and its own answer to OPTIONS, with 405."""

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        """Let only the methods pass that the resource has written out."""
        allowed = [m for m in ("GET", "POST") if hasattr(resource, f"on_{m.lower()}")]
        if req.method not in allowed:
            raise falcon.HTTPMethodNotAllowed(allowed)


def create_app(
    config: Config,
    *,
    invoker: Invoker,
    care: FunctionCare,
    readiness: Readiness,
) -> falcon.App[falcon.Request, falcon.Response]:
    """Return the WSGI app: routes and error handlers, nothing else."""
    metrics = Metrics()
    middleware: list[Any] = [Measured(metrics), KnownMethods()]
    app = falcon.App(middleware=middleware)
    app.req_options.strip_url_path_trailing_slash = True
    app.add_route("/sync", SyncResource(invoker, config.max_body_bytes))
    app.add_route("/async", AsyncResource(invoker, config.max_body_bytes))
    app.add_route("/healthcheck", HealthcheckResource(care, config.org_id))
    app.add_route("/livez", LivezResource())
    app.add_route("/readyz", ReadyzResource(readiness))
    if config.metrics_token:
        app.add_route("/metrics", MetricsResource(metrics, config.metrics_token))
    app.add_error_handler(Exception, answer_bug)
    app.add_error_handler(falcon.HTTPError, answer_http_error)
    app.add_error_handler(errors.ProxyError, answer_proxy_error)
    return app


def answer_proxy_error(
    req: falcon.Request, resp: falcon.Response, error: errors.ProxyError, params: dict[str, Any]
) -> None:
    """Answer an expected failure and log it in one line, without a traceback."""
    status = STATUS_OF[type(error)]
    log.warning(
        "refused",
        **_ids(_shown_id(req, "ce-id"), _shown_id(req, "x-request-id")),
        path=req.path,
        status=status,
        error=type(error).__name__,
        reason=str(error),
        cause=error.why or (type(error.__cause__).__name__ if error.__cause__ else None),
    )
    _answer_error(req, resp, status, str(error))


def answer_http_error(
    req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: dict[str, Any]
) -> None:
    """Answer what Falcon refuses (unknown path, wrong method) in the same form."""
    for name, value in dict(error.headers or {}).items():
        resp.set_header(name, value)
    status = error.status_code
    what = f"{req.method} {req.path}"[:LONGEST_SHOWN]
    _answer_error(req, resp, status, f"{what}: {http.HTTPStatus(status).phrase}")


def answer_bug(
    req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]
) -> None:
    """Answer a bug of ours with a bare 500. Its text may hold a token: only frames are logged."""
    log.error(
        "bug",
        **_ids(_shown_id(req, "ce-id"), _shown_id(req, "x-request-id")),
        error=type(error).__name__,
        frames=places(error),
    )
    _answer_error(req, resp, 500, "Internal error of the proxy; its log has the details")


def error_body(status: int, message: str, request_id: str | None) -> bytes:
    """Return the JSON body of an error; with an id, the message starts with it."""
    return json.dumps(
        {
            "statusCode": status,
            "error": http.HTTPStatus(status).phrase,
            "message": f"[{request_id}] {message}" if request_id else message,
        },
        separators=(",", ":"),
    ).encode("ascii")


def _answer_error(req: falcon.Request, resp: falcon.Response, status: int, message: str) -> None:
    request_id = _shown_id(req, "x-request-id")
    resp.status = f"{status} {http.HTTPStatus(status).phrase}"
    resp.content_type = JSON
    resp.data = error_body(status, message, request_id)
    resp.set_header(
        "X-Extra-Info",
        extra_info.describe(
            request_id=_shown_id(req, "ce-id") or request_id or "n/a",
            source=_shown_id(req, "ce-source") or "n/a",
            status=status,
        ),
    )
    if status == 503:
        resp.set_header("Retry-After", str(RETRY_AFTER_S))


def _pass_back(
    resp: falcon.Response, answer: FunctionAnswer, *, request_id: str, source: str
) -> None:
    resp.status = f"{answer.status} {http.client.responses.get(answer.status, 'Unknown')}"
    if answer.status not in {204, 304}:  # they have neither
        resp.data = answer.body
        resp.content_type = _one_line(answer.content_type) or JSON
    told = answer.extra_info
    if not told or not extra_info.can_be_sent(told):
        told = extra_info.describe(
            request_id=request_id,
            source=source,
            status=answer.status,
            is_function_error=answer.status >= 400,
        )
    resp.set_header("X-Extra-Info", told)


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


def _shown_id(req: falcon.Request, header: str) -> str | None:
    """A header's value fit for logs and answers: one printable line, not too long."""
    return _one_line(req.get_header(header))


def _ids(event_id: str | None, request_id: str | None) -> dict[str, str | None]:
    """Return what the log calls a request: Apex gives both ids one value, Heroku's router two."""
    return {"id": event_id} | ({"request_id": request_id} if request_id != event_id else {})


def _one_line(value: str | None) -> str | None:
    return value if value and _ONE_LINE.fullmatch(value) else None


def _log_done(event: str, invocation: Invocation, started: float, **more: object) -> None:
    log.info(
        event,
        **_ids(invocation.id, invocation.request_id),
        function=invocation.function_name,
        user=invocation.claims.username,
        **more,
        ms=round((time.monotonic() - started) * 1000, 1),
    )
