"""What a function may answer, and what its answers mean. Limits: test_function_limits."""

import time
from collections.abc import Callable

import pytest

from invocation.errors import FunctionBroke, FunctionUnavailable
from invocation.function.answer import FunctionAnswer
from invocation.function.client import Health
from tests.unit.invocation.function.function_calls import (
    CHUNKED,
    HEADERS,
    LIMIT,
    OK,
    call,
    client_of,
    soon,
)
from tests.unit.invocation.scripted_server import (
    SOON_S,
    Connection,
    answer,
    answering,
    closed_port,
    scripted_server,
)


def answering_in_parts(data: bytes, size: int) -> Callable[[Connection], None]:
    """Return a script that answers in parts that arrive apart."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.drip(data, every_s=0.0005, size=size)

    return script


@pytest.mark.parametrize(
    "body", [b"", b'{"a":1}', b"\x00\xff" * 50_000], ids=["none", "few", "many"]
)
def test_the_function_receives_one_plain_request(body: bytes) -> None:
    """A POST to /, our headers in their order, the body byte for byte, and nothing else."""
    with scripted_server(answering(answer())) as server:
        assert call(server, body) == OK

        assert server.requests == [
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "content-type: application/json\r\nce-id: id-1\r\n\r\n".encode()
            + body
        ]


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 404, 418, 429, 500, 502, 503, 599])
def test_any_status_is_an_answer(status: int) -> None:
    """Whatever the function answers by itself is passed on, an error too."""
    response = answer(b"", status=f"{status} Whatever", headers=("X-Extra-Info: %7B%7D",))

    with scripted_server(answering(response)) as server:
        assert call(server) == FunctionAnswer(
            status=status, content_type=None, extra_info="%7B%7D", body=b""
        )


FRAMED = answer(b"hello world")


UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\nhello world"


HTTP_1_0 = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\nhello world"


INTERIM = (
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 102 Processing\r\nX-Extra-Info: early\r\n\r\n"
    b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\n"
)


ANSWERS = {
    "framed": FRAMED,
    "chunked": CHUNKED,
    "until-close": UNTIL_CLOSE,
    "http-1.0": HTTP_1_0,
    "interim-first": INTERIM + FRAMED,
    "interim-before-chunks": INTERIM + CHUNKED,
    "lower-case": FRAMED.replace(b"Content-Type", b"content-type"),
    "no-reason": FRAMED.replace(b"200 OK", b"200 "),
}


@pytest.mark.parametrize("size", [1, 7, 60, 10_000])
@pytest.mark.parametrize("response", ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_may_arrive_in_any_parts(response: bytes, size: int) -> None:
    """However it is framed and wherever it is cut, the whole answer is read, and only it."""
    with scripted_server(answering_in_parts(response, size)) as server:
        assert call(server) == FunctionAnswer(
            status=200, content_type="application/json", extra_info=None, body=b"hello world"
        )


def test_headers_after_the_body_change_nothing() -> None:
    """A trailer is no header: it can't replace what was said before the body."""
    response = CHUNKED.replace(
        b"0\r\n\r\n", b"0\r\nContent-Type: text/html\r\nX-Extra-Info: late\r\n\r\n"
    )

    with scripted_server(answering(response)) as server:
        answered = call(server)

    assert (answered.content_type, answered.extra_info) == ("application/json", None)


NO_ANSWERS = {
    "nothing": b"",
    "garbage": b"garbage\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "tls": b"\x15\x03\x03\x00\x02\x02\x28",
    "http-2": b"HTTP/2 200\r\n\r\n",
    "no-status": b"HTTP/1.1 OK\r\n\r\n",
    "status-of-two-digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "status-of-four-digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "request": b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "half-status": b"HTTP/1.1 20",
    "half-head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "head-without-its-end": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
    "half-body": answer(b"hello world")[:-4],
    "no-body": answer(b"hello world")[:-11],
    "half-chunk": CHUNKED[:-20],
    "no-last-chunk": CHUNKED[:-5],
    "no-end-of-last-chunk": CHUNKED[:-2],
    "bad-chunk-size": CHUNKED.replace(b"5;x=y", b"zz"),
    "two-lengths": answer(b"hello", headers=("Content-Length: 4",)),
    "negative-length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "length-and-chunks": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 11\r\n\r\n", 1),
    "folded-header": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n d: e\r\nContent-Length: -\r\n\r\n",
    "nul-in-header": answer(headers=("A: b\x00c",)),
    "only-interim": INTERIM,
    "switching-protocols": b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nxyz",
}


@pytest.mark.parametrize("response", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_a_broken_answer_is_none(response: bytes) -> None:
    """Half an answer, or what is no HTTP: the function may have run, and we say that it broke."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(response)

    with scripted_server(script) as server:
        with pytest.raises(FunctionBroke) as failure:
            call(server)

        assert server.connections == 1
    assert str(failure.value) == "The function's connection broke before its whole answer arrived"


@pytest.mark.parametrize("when", ["before-reading", "after-reading", "within-the-answer"])
def test_a_reset_connection_is_broken(when: str) -> None:
    """A crash shows as a reset: it may have run, and is not tried again from here."""

    def script(connection: Connection) -> None:
        if when != "before-reading":
            connection.request()
        if when == "within-the-answer":
            connection.send(FRAMED[:-4])
        connection.reset()

    with scripted_server(script) as server:
        with pytest.raises(FunctionBroke):
            call(server, b"x" * 300_000)

        assert server.connections == 1


def test_a_refused_connection_means_not_called() -> None:
    """Where nobody listens, nothing ran: that is another failure than a broken connection."""
    with client_of(closed_port()) as client, pytest.raises(FunctionUnavailable):
        client.invoke(HEADERS, b"{}", deadline=soon())


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\n", "a\x00", "\u00e4", "\u2028"])
def test_a_header_that_is_more_than_one_line_is_a_bug(value: str) -> None:
    """No request with a smuggled line leaves here; the message holds the name, not the value."""
    with scripted_server(answering(answer())) as server:
        with client_of(server.port) as client, pytest.raises(AssertionError) as failure:
            client.invoke([("ce-id", value)], b"{}", deadline=soon())

        assert server.requests == []
    assert str(failure.value) == "ce-id is not one line of ASCII"


def test_health_is_200_and_any_other_answer_is_no_silence() -> None:
    """A health check is an empty POST with its header, and of no content type."""
    answers = (answer(), answer(status="503 Down"), answer(b"", status="204 No"), b"garbage\r\n")
    scripts = [answering(each) for each in answers]
    too_much = answering(answer(b"x" * (LIMIT + 1)))

    with scripted_server(*scripts) as server, client_of(server.port) as client:
        seen = [client.health(timeout_s=SOON_S) for _ in range(4)]
        first = server.requests[0]
    with scripted_server(too_much) as server, client_of(server.port) as client:
        seen.append(client.health(timeout_s=SOON_S))

    assert seen == [Health.WELL, Health.UNWELL, Health.UNWELL, Health.SILENT, Health.UNWELL]
    assert b"x-health-check: true\r\n" in first
    assert b"Content-Length: 0\r\n" in first
    assert b"content-type" not in first.lower()


def test_a_function_that_is_down_or_hangs_is_silent() -> None:
    """Refused, or no answer: told within the time given."""
    with client_of(closed_port()) as client:
        assert client.health(timeout_s=SOON_S) is Health.SILENT
    with (
        scripted_server(lambda connection: connection.until_stopped()) as server,
        client_of(server.port) as client,
    ):
        started = time.monotonic()
        assert client.health(timeout_s=0.1) is Health.SILENT
        assert time.monotonic() - started < 1
