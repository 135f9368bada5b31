"""Limits of time and size in a call of the function."""

import contextlib
import math
import operator
import threading
import time
from collections.abc import Callable

import pytest

from invocation.errors import AnswerTooLarge, FunctionBroke, FunctionTimedOut, FunctionUnavailable
from invocation.function.client import FunctionClient, Health
from invocation.request import ASYNC, SYNC
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
    Connection,
    answer,
    answering,
    scripted_server,
)


@pytest.mark.parametrize("left_s", [0.0, -1.0])
def test_without_time_the_function_is_not_called(left_s: float) -> None:
    """At the deadline nothing is started, over a new connection or a kept one."""
    with scripted_server(answering(answer(), answer())) as server:
        with client_of(server.port) as client:
            with pytest.raises(FunctionUnavailable):
                client.invoke(HEADERS, b"{}", deadline=time.monotonic() + left_s)
            client.invoke(HEADERS, b"{}", deadline=soon())
            with pytest.raises(FunctionUnavailable):
                client.invoke(HEADERS, b"{}", deadline=time.monotonic() + left_s)

        assert len(server.requests) == 1


ENDLESS = {
    "silence": b"",
    "dripping-head": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 10_000,
    "dripping-body": b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n" + b"x" * 9_000,
    "dripping-chunks": CHUNKED.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + b"1\r\nx\r\n" * 9_000,
    "dripping-interim": b"HTTP/1.1 102 Processing\r\n\r\n" * 9_000,
}


@pytest.mark.parametrize("data", ENDLESS.values(), ids=ENDLESS.keys())
def test_the_deadline_is_that_of_the_whole_answer(data: bytes) -> None:
    """Bytes that keep coming do not keep a call alive; the message says what to do instead."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.drip(data, every_s=0.01)
        connection.until_stopped()

    with scripted_server(script) as server, client_of(server.port) as client:
        started = time.monotonic()
        with pytest.raises(FunctionTimedOut, match="invoke it asynchronously"):
            client.invoke(HEADERS, b"{}", deadline=started + 0.15)
        took_s = time.monotonic() - started

    assert 0.14 < took_s < 1


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        (SYNC, "invoke it asynchronously, or make it faster"),
        (ASYNC, "make it faster, or raise ASYNC_FUNCTION_TIMEOUT_S"),
    ],
)
def test_advice_is_for_the_kind_of_invocation(kind: str, advice: str) -> None:
    """A job is not told to become one."""
    with (
        scripted_server(lambda connection: connection.until_stopped()) as server,
        client_of(server.port) as client,
        pytest.raises(FunctionTimedOut, match=f"may still be running: {advice}$"),
    ):
        client.invoke([*HEADERS, ("ce-type", kind)], b"{}", deadline=time.monotonic() + 0.15)


@pytest.mark.parametrize(("left_s", "limit"), [(900, "898.000"), (27, "25.000"), (2, "1.000")])
def test_the_runtime_hears_of_a_shorter_limit(left_s: float, limit: str) -> None:
    """So that its answer, which says what happened, comes before we give up."""
    with scripted_server(answering(answer())) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=LIMIT, clock=lambda: 100)
        with contextlib.closing(client):
            client.invoke([*HEADERS, ("ce-type", SYNC)], b"{}", deadline=100 + left_s)

    assert f"\r\nx-time-limit-s: {limit}\r\n".encode() in server.requests[0]


def test_a_health_check_has_no_limit_of_time() -> None:
    """It is no invocation."""
    with scripted_server(answering(answer())) as server, client_of(server.port) as client:
        assert client.health(timeout_s=10) is Health.WELL

    assert b"x-time-limit-s" not in server.requests[0]


@pytest.mark.slow
def test_the_deadline_holds_while_sending() -> None:
    """A function that does not read its payload is not waited for either."""
    with (
        scripted_server(lambda connection: connection.until_stopped()) as server,
        client_of(server.port) as client,
    ):
        started = time.monotonic()
        with pytest.raises(FunctionTimedOut):
            client.invoke(HEADERS, b"x" * 20_000_000, deadline=started + 1)

        assert time.monotonic() - started < 5


@pytest.mark.slow
def test_nobody_is_waited_for_when_the_process_must_end() -> None:
    """A call that runs then is told so, by an error that Apex does not repeat."""
    ends = [math.inf]
    with scripted_server(answering(answer()), lambda each: each.until_stopped()) as server:
        client = FunctionClient(
            port=server.port, max_answer_bytes=LIMIT, last_answer_s=lambda: ends[0]
        )
        with contextlib.closing(client):
            assert client.invoke(HEADERS, b"{}", deadline=soon()) == OK

            stop = threading.Timer(0.1, lambda: operator.setitem(ends, 0, time.monotonic()))
            stop.start()
            with pytest.raises(FunctionTimedOut, match="is being stopped"):
                client.invoke(HEADERS, b"{}", deadline=soon())


def early_answer_then_close(connection: Connection) -> None:
    """Refuse a payload after its head, and hang up with most of it unread."""
    connection.head()
    connection.send(answer(b"too large", status="413 Content Too Large"))


def early_answer_then_drain(connection: Connection) -> None:
    """Refuse a payload after its head, and read on so that nothing is lost."""
    early_answer_then_close(connection)
    connection.end_output()
    connection.until_closed()


def early_answer_without_reading(connection: Connection) -> None:
    """Refuse a payload after its head, read no more, and keep the connection open."""
    early_answer_then_close(connection)
    connection.until_stopped()


@pytest.mark.parametrize(
    "script",
    [early_answer_then_close, early_answer_then_drain, early_answer_without_reading],
    ids=["close", "drain", "no-reading"],
)
def test_an_early_answer_counts(script: Callable[[Connection], None]) -> None:
    """A function may answer before it read everything, such as 413; the answer is what it said."""
    with scripted_server(script) as server, client_of(server.port) as client:
        answered = client.invoke(HEADERS, b"x" * 20_000_000, deadline=time.monotonic() + 2)

    assert (answered.status, answered.body) == (413, b"too large")


@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1, LIMIT * 30])
def test_an_answer_has_a_limit(framing: str, size: int) -> None:
    """The largest answer is passed on, one byte more is told as too large."""
    body = b"x" * size
    head = {
        "length": f"Content-Length: {size}\r\n".encode(),
        "chunks": b"Transfer-Encoding: chunked\r\n",
        "close": b"",
    }[framing]
    sent = f"{size:x}\r\n".encode() + body + b"\r\n0\r\n\r\n" if framing == "chunks" else body

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + sent)

    with scripted_server(script) as server:
        if size > LIMIT:
            with pytest.raises(AnswerTooLarge, match=f"larger than {LIMIT} bytes"):
                call(server)
        else:
            assert call(server).body == body


ENDLESS_HEADS = {
    "trailer": (CHUNKED[:-2] + b"A: ", b"b" * 30_000),
    "many-headers": (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 5_000),
    "one-header": (b"HTTP/1.1 200 OK\r\nA: ", b"b" * 30_000),
    "one-name": (b"HTTP/1.1 200 OK\r\n", b"a" * 30_000),
    "status-line": (b"HTTP/1.1 200 ", b"x" * 30_000),
}


@pytest.mark.parametrize(("start", "part"), ENDLESS_HEADS.values(), ids=ENDLESS_HEADS.keys())
def test_a_head_has_a_limit(start: bytes, part: bytes) -> None:
    """A head without end is refused when it is too large, not collected until the deadline."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(start)
        for _ in range(200):
            connection.send(part)
        connection.until_closed()

    with (
        scripted_server(script) as server,
        client_of(server.port) as client,
        pytest.raises((AnswerTooLarge, FunctionBroke)),
    ):
        client.invoke(HEADERS, b"{}", deadline=time.monotonic() + 2)


def test_a_large_head_is_fine() -> None:
    """X-Extra-Info may hold what the org can store, and more headers may come with it."""
    headers = ("X-Extra-Info: " + "x" * 32_768, *(f"X-{n}: {'y' * 1000}" for n in range(100)))

    with scripted_server(answering(answer(headers=headers))) as server:
        assert call(server).extra_info == "x" * 32_768
