"""HttpRequest, HttpResponse, Http: callouts, mocked in tests, real outside of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apex.emulator.errors import LostLock, Uncatchable
from apex.emulator.jobs.callout_rights import why_no_callout
from apex.emulator.platform.limits import CALLOUT_TIME_MS
from apex.emulator.platform.org import CalloutFailed, IncomingAnswer, OutgoingCall
from apex.emulator.registry import constructor, method
from apex.emulator.values import STRING, ApexList, Element, apex_list

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_DEFAULT_TIMEOUT_MS = 10_000
_LARGEST_BODY = 6_000_000
"""Bytes of a request or response; 12,000,000 in asynchronous Apex."""


@dataclass(eq=False)
class HttpRequest(Element):
    """``System.HttpRequest``."""

    apex_name = "HttpRequest"
    endpoint: str | None = None
    http_method: str | None = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout_ms: int = _DEFAULT_TIMEOUT_MS
    compressed: bool = False


@dataclass(eq=False)
class HttpResponse(Element):
    """``System.HttpResponse``."""

    apex_name = "HttpResponse"
    status: str = ""
    status_code: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list, repr=False)
    body: bytes = field(default=b"", repr=False)


class Http(Element):
    """``System.Http``."""

    apex_name = "Http"


constructor("HttpRequest", takes=0)(HttpRequest)
constructor("HttpResponse", takes=0)(HttpResponse)
constructor("Http", takes=0)(Http)


@method("HttpRequest.setEndpoint")
def _set_endpoint(request: HttpRequest, url: str | None) -> None:
    request.endpoint = url


@method("HttpRequest.getEndpoint")
def _get_endpoint(request: HttpRequest) -> str | None:
    return request.endpoint


@method("HttpRequest.setMethod")
def _set_method(request: HttpRequest, name: str | None) -> None:
    request.http_method = name


@method("HttpRequest.getMethod")
def _get_method(request: HttpRequest) -> str | None:
    return request.http_method


@method("HttpRequest.setHeader")
def _set_header(request: HttpRequest, name: str, value: str | None) -> None:
    request.headers = {n: v for n, v in request.headers.items() if n.lower() != name.lower()}
    if value is not None:
        request.headers[name] = value


@method("HttpRequest.getHeader")
def _get_header(request: HttpRequest, name: str) -> str | None:
    return next((v for n, v in request.headers.items() if n.lower() == name.lower()), None)


@method("HttpRequest.setBody")
def _set_body(request: HttpRequest, text: str) -> None:
    request.body = text.encode("utf-8", "surrogatepass")


@method("HttpRequest.setBodyAsBlob")
def _set_body_as_blob(request: HttpRequest, body: bytes | None) -> None:
    request.body = body


@method("HttpRequest.getBody")
def _get_body(request: HttpRequest) -> str | None:
    return None if request.body is None else request.body.decode()


@method("HttpRequest.getBodyAsBlob")
def _get_body_as_blob(request: HttpRequest) -> bytes | None:
    return request.body


@method("HttpRequest.setCompressed")
def _set_compressed(request: HttpRequest, flag: bool) -> None:
    request.compressed = flag


@method("HttpRequest.setTimeout")
def _set_timeout(m: Machine, request: HttpRequest, milliseconds: int) -> None:
    if not 1 <= milliseconds <= CALLOUT_TIME_MS:
        raise m.throw("CalloutException", f"Invalid timeout value: {milliseconds}")
    request.timeout_ms = milliseconds


@method("HttpRequest.getTimeout")
def _get_timeout(request: HttpRequest) -> int:
    return request.timeout_ms


@method("HttpResponse.setStatusCode")
def _set_status_code(response: HttpResponse, code: int) -> None:
    response.status_code = code


@method("HttpResponse.getStatusCode")
def _get_status_code(response: HttpResponse) -> int:
    return response.status_code


@method("HttpResponse.setStatus")
def _set_status(response: HttpResponse, text: str) -> None:
    response.status = text


@method("HttpResponse.getStatus")
def _get_status(response: HttpResponse) -> str:
    return response.status


@method("HttpResponse.setHeader")
def _set_answer_header(response: HttpResponse, name: str, value: str) -> None:
    response.headers = [(n, v) for n, v in response.headers if n != name]
    response.headers.append((name, value))


@method("HttpResponse.getHeader")
def _get_answer_header(response: HttpResponse, name: str) -> str | None:
    """Return a header by its name in the very case it was sent in.

    Source: https://salesforce.stackexchange.com/questions/81523
    """
    return next((v for n, v in response.headers if n == name), None)


@method("HttpResponse.getHeaderKeys")
def _get_header_keys(response: HttpResponse) -> ApexList:
    return apex_list(STRING, dict.fromkeys(n for n, _ in response.headers))


@method("HttpResponse.setBody")
def _set_answer_body(response: HttpResponse, text: str | None) -> None:
    response.body = (text or "").encode("utf-8", "surrogatepass")


@method("HttpResponse.getBody")
def _get_answer_body(response: HttpResponse) -> str:
    return response.body.decode("utf-8", "replace")


@method("HttpResponse.setBodyAsBlob")
def _set_answer_blob(response: HttpResponse, body: bytes) -> None:
    response.body = body


@method("HttpResponse.getBodyAsBlob")
def _get_answer_blob(response: HttpResponse) -> bytes:
    return response.body


@method("Http.send")
def _send(m: Machine, _http: Http, request: HttpRequest) -> HttpResponse:
    """Send a request: to the mock in tests, over the network outside of them."""
    begin_callout(m)
    if not request.endpoint or not request.http_method:
        raise m.throw(
            "CalloutException",
            f"no protocol: {request.endpoint}" if request.http_method else "Method is required",
        )
    _check_size(m, request.body)
    return send_request(m, request)


def send_request(m: Machine, request: HttpRequest, mock: str = "httpcalloutmock") -> HttpResponse:
    """Return the answer: the mock's in a test, the network's outside of one."""
    return _mocked(m, request, mock) if m.test is not None else _real(m, request)


def begin_callout(m: Machine) -> None:
    """Count a callout; refuse it where none is allowed, and while work is uncommitted."""
    m.transaction.limits.count("callouts")
    refusal = why_no_callout(m)
    if refusal is not None:
        raise m.throw("CalloutException", refusal)
    if m.transaction.pending:
        raise m.throw(
            "CalloutException",
            "You have uncommitted work pending. Please commit or rollback before calling out",
        )
    if m.transaction.locked is not None:
        raise LostLock(f"the rows locked at {m.transaction.locked} are free at {m.place}")


def _check_size(m: Machine, body: bytes | None) -> None:
    largest = _LARGEST_BODY * (2 if m.transaction.limits.asynchronous else 1)
    if body is not None and len(body) > largest:
        raise m.throw("CalloutException", f"Exceeded max size limit of {largest}")


def _mocked(m: Machine, request: HttpRequest, name: str) -> HttpResponse:
    mock = m.test.mocks.get(name) if m.test else None
    if mock is None:
        text = "Methods defined as TestMethod do not support Web service callouts"
        raise m.throw("TypeException", text)
    answer = m.invoke(mock, "respond", [request])
    if answer is None:
        raise m.null_pointer()
    _check_size(m, answer.body)
    response: HttpResponse = answer
    return response


def _real(m: Machine, request: HttpRequest) -> HttpResponse:
    """Call out for real. Others may run meanwhile, so what came before is not undone after."""
    limits = m.transaction.limits
    left = CALLOUT_TIME_MS - limits.callout_ms
    if left <= 0:
        raise Uncatchable("System.LimitException: Exceeded maximum time allotted for callout")
    url, headers = _resolved(m, request)
    call = OutgoingCall(
        method=(request.http_method or "").upper(),
        url=url,
        headers=headers,
        body=request.body or b"",
        timeout_ms=int(min(request.timeout_ms, left)),
    )
    started = time.monotonic()
    m.org.turn.release()
    try:
        answer = m.org.transport(call)
    except CalloutFailed as error:
        raise m.throw("CalloutException", str(error)) from error
    finally:
        m.org.turn.acquire()
        limits.callout_ms += (time.monotonic() - started) * 1000
        m.begin_undo()
    _check_size(m, answer.body)
    return _response(answer)


def _resolved(m: Machine, request: HttpRequest) -> tuple[str, dict[str, str]]:
    """Return the address and headers of a request, with a named credential filled in."""
    url = request.endpoint or ""
    if not url.lower().startswith("callout:"):
        return url, dict(request.headers)
    name, slash, path = url[len("callout:") :].partition("/")
    held = m.org.named_credentials.get(name)
    if held is None:
        text = (
            "The callout couldn't access the endpoint. You might not have the required "
            f'permissions, or the named credential "{name}" might not exist.'
        )
        raise m.throw("CalloutException", text)
    return held.url.rstrip("/") + slash + path, {**request.headers, **held.headers}


def _response(answer: IncomingAnswer) -> HttpResponse:
    return HttpResponse(answer.reason, answer.status, list(answer.headers), answer.body)
