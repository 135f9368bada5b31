"""Answers and failures of /sync as Apex sees them. Routes: test_web_routes."""

import json

import pytest

from invocation import errors
from invocation.errors import ProxyError
from invocation.function.answer import FunctionAnswer
from localstack.apex import ADMIN, apex_request
from proxy.http.failures import STATUS_OF
from tests.unit.proxy.http.edge import (
    MAX_BODY,
    REQUEST,
    Edge,
    client_of,
    extra_info,
    post,
    require_error,
)


def test_the_functions_answer_is_passed_back() -> None:
    """Status, body, content type and X-Extra-Info come from the function; nothing else does."""
    edge = Edge()

    result = post(edge)

    assert (result.status, result.content) == ("200 OK", b'"done"')
    assert dict(result.headers) == {
        "content-type": "application/json",
        "x-extra-info": "%7B%22a%22%3A1%7D",
        "content-length": "6",
    }
    assert [(i.id, i.body) for i in edge.invocations] == [(REQUEST.headers["ce-id"], REQUEST.body)]


@pytest.mark.parametrize(
    "status", [201, 204, 299, 302, 304, 400, 401, 404, 418, 422, 499, 500, 502, 503, 504, 599, 999]
)
def test_any_status_of_the_function_is_passed_back(status: int) -> None:
    """What the function answered by itself is not judged; without its own word we describe it."""
    edge = Edge(FunctionAnswer(status=status, content_type=None, extra_info=None, body=b""))

    result = post(edge)

    described = {
        "requestId": REQUEST.headers["ce-id"],
        "source": REQUEST.headers["ce-source"],
        "statusCode": status,
    }
    failed = {"isFunctionError": True, "stack": ""} if status >= 400 else {}
    assert result.status_code == status
    assert extra_info(result) == described | failed
    assert "Retry-After" not in result.headers


@pytest.mark.parametrize("told", ["", "a\r\nb: c", "a\n", "a\x00", "\u00e4", "x" * 32_769])
def test_extra_info_that_does_not_fit_is_replaced(told: str) -> None:
    """A header that would split the answer, or that the org could not store, is written anew."""
    result = post(Edge(FunctionAnswer(status=200, content_type=None, extra_info=told, body=b"{}")))

    assert extra_info(result)["statusCode"] == 200
    assert "b" not in result.headers


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        ("text/plain; charset=latin-1", "text/plain; charset=latin-1"),
        ("image/png", "image/png"),
        (None, "application/json; charset=utf-8"),
        ("", "application/json; charset=utf-8"),
        ("a/b\r\nSet-Cookie: x=y", "application/json; charset=utf-8"),
        ("a/b\n", "application/json; charset=utf-8"),
        ("\u00e4/b", "application/json; charset=utf-8"),
    ],
)
def test_the_content_type_is_one_line(given: str | None, passed_on: str) -> None:
    """The function's content type is kept when it is one; else it is JSON."""
    result = post(Edge(FunctionAnswer(status=200, content_type=given, extra_info=None, body=b"x")))

    assert result.headers["Content-Type"] == passed_on
    assert "Set-Cookie" not in result.headers


def every_error(kind: type[ProxyError] = ProxyError) -> list[type[ProxyError]]:
    """Return all kinds of expected failures."""
    return [found for sub in kind.__subclasses__() for found in [sub, *every_error(sub)]]


def test_every_failure_has_a_status() -> None:
    """A new ProxyError cannot be added without deciding its status."""
    assert set(STATUS_OF) == set(every_error())
    assert len(every_error()) > 10


STATUSES = {
    errors.InvalidRequest: 400,
    errors.CallerRejected: 401,
    errors.OrgNotAllowed: 403,
    errors.IdentityMismatch: 403,
    errors.PermissionSetNotAllowed: 403,
    errors.PermissionSetRequired: 403,
    errors.IntrospectionRefused: 403,
    errors.TokenRefused: 403,
    errors.ActivationRefused: 403,
    errors.BodyTooLarge: 413,
    errors.FunctionTimedOut: 500,
    errors.FunctionBroke: 502,
    errors.OrgUnavailable: 503,
    errors.SessionExpired: 503,
    errors.ProxyFull: 503,
    errors.FunctionUnavailable: 503,
}


@pytest.mark.parametrize(("kind", "status"), STATUSES.items(), ids=lambda value: str(value)[-30:])
def test_a_failure_becomes_its_status(kind: type[ProxyError], status: int) -> None:
    """The table of the contract: which failure Apex sees how, in one shape for all."""
    result = post(Edge(kind("What went wrong")))

    require_error(result, status, "What went wrong")


def test_apex_repeats_only_what_is_safe_to_repeat() -> None:
    """502, 503 and 504 are sent again by Apex: a call that may have run must be none of them."""
    may_have_run = {errors.FunctionTimedOut, errors.AnswerTooLarge}

    assert {STATUS_OF[kind] for kind in may_have_run} == {500}
    assert 504 not in STATUS_OF.values()


def test_a_bug_shows_nothing() -> None:
    """An unexpected exception is a bare 500: its text may hold a token."""
    edge = Edge(RuntimeError(f"token={ADMIN.token}"))

    result = post(edge)

    require_error(result, 500, "Internal error of the proxy; its log has the details")
    assert ADMIN.token not in str(result.headers)


@pytest.mark.parametrize("header", ["x-request-id", "ce-id", "authorization", "ce-sffncontext"])
def test_a_bad_request_reaches_nobody(header: str) -> None:
    """What is malformed is told at once, with as much of its id as is known."""
    edge = Edge()
    request = apex_request(headers={header: None})

    result = post(edge, request)

    assert result.status_code == 400
    message = json.loads(result.text)["message"].split("] ")[-1]
    require_error(result, 400, message, request=request)
    assert edge.invocations == []


@pytest.mark.parametrize("value", ["a\x00b", "\u00e4", "x" * 1025, "a\x1b[31mb"])
def test_an_id_that_is_no_id_is_not_echoed(value: str) -> None:
    """An answer or a log line holds only ids that are one short printable line."""
    request = apex_request(headers={"x-request-id": value, "ce-id": value, "ce-source": value})

    result = post(Edge(), request)

    assert result.status_code == 400
    assert extra_info(result)["requestId"] == extra_info(result)["source"] == "n/a"
    assert value not in json.loads(result.text)["message"]


@pytest.mark.parametrize("size", [0, 1, MAX_BODY])
def test_a_payload_up_to_the_limit(size: int) -> None:
    """The largest payload is passed on byte for byte, and so is none."""
    edge = Edge()

    result = client_of(edge).simulate_post("/sync", headers=REQUEST.headers, body=b"\xff" * size)

    assert result.status_code == 200
    assert edge.invocations[0].body == b"\xff" * size


def test_a_payload_over_the_limit() -> None:
    """One byte more is refused before anything else is looked at."""
    for request in (REQUEST, apex_request(headers={"authorization": None})):
        result = client_of(Edge()).simulate_post(
            "/sync", headers=request.headers, body=b"x" * (MAX_BODY + 1)
        )

        require_error(result, 413, f"The payload is larger than {MAX_BODY} bytes", request=request)
