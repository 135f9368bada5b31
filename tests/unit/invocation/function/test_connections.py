"""Kept connections to the function: used again when that is safe, and only then."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from invocation.errors import FunctionBroke
from invocation.function.client import IDLE_LIMIT_S, FunctionClient
from tests.unit.invocation.scripted_server import (
    SOON_S,
    Connection,
    answer,
    answering,
    scripted_server,
)

HEADERS = [("ce-id", "id-1")]


@dataclass
class Clock:
    """Real time, plus what the test lets pass."""

    passed_s: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return time.monotonic() + self.passed_s


def echo(connection: Connection) -> None:
    """Answer each request with its own body."""
    while request := connection.request():
        connection.send(answer(request.partition(b"\r\n\r\n")[2]))


def calls(client: FunctionClient, times: int) -> list[bytes]:
    """Call one after the other and return the bodies."""
    deadline = client._clock() + SOON_S
    return [client.invoke(HEADERS, b"%d" % n, deadline=deadline).body for n in range(times)]


def test_a_connection_is_used_again() -> None:
    """Calls one after the other share one connection."""
    with scripted_server(echo) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000)
        assert calls(client, 20) == [b"%d" % n for n in range(20)]
        client.close()

        assert server.connections == 1


@pytest.mark.parametrize(
    "response",
    [
        pytest.param(answer(headers=("Connection: close",)), id="close"),
        pytest.param(answer().replace(b"1.1", b"1.0"), id="http-1.0"),
        pytest.param(
            answer() + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", id="second-answer"
        ),
        pytest.param(answer() + b"HTTP/1.1 20", id="half-a-second-answer"),
        pytest.param(answer() + b"garbage", id="garbage-after"),
        pytest.param(answer() + b"{}", id="body-longer-than-told"),
        pytest.param(answer(b"", status="204 No Content"), id="204"),
        pytest.param(answer(b"", status="304 Not Modified"), id="304"),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}", id="body-where-none-may-be"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\nHTTP/1.1 5",
            id="chunks-and-more",
        ),
    ],
)
def test_a_connection_in_doubt_is_not_used_again(response: bytes) -> None:
    """After anything but one answer, the next call can't trust what it would read there."""
    with scripted_server(answering(response), answering(answer(b"mine"))) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000)
        first = client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S)
        second = client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S)
        client.close()

        assert first.body in (b"{}", b"")
        assert second.body == b"mine"
        assert server.connections == 2


def test_what_arrives_unasked_is_never_an_answer() -> None:
    """A second answer that comes while the connection is idle is not given to the next caller."""
    late = threading.Event()
    sent = threading.Event()

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(answer(b"first"))
        assert late.wait(SOON_S)
        connection.send(answer(b"nobody asked"))
        sent.set()
        connection.until_closed()

    with scripted_server(script, answering(answer(b"mine"))) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000)
        first = client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S)
        late.set()
        assert sent.wait(SOON_S)
        second = client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S)
        client.close()

    assert (first.body, second.body) == (b"first", b"mine")


def close_after_one(connection: Connection) -> None:
    """Answer once, promise to keep the connection, close it."""
    connection.request()
    connection.send(answer(b"last words"))


def reset_after_one(connection: Connection) -> None:
    """The same with a reset, as a crash shows it."""
    close_after_one(connection)
    connection.reset()


@pytest.mark.parametrize("script", [close_after_one, reset_after_one])
def test_a_connection_closed_while_idle_fails_no_call(script: Callable[[Connection], None]) -> None:
    """The function closed what we kept (it restarted): the next call connects anew."""
    with scripted_server(script, script, answering(answer(b"mine"))) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000)
        bodies = []
        for _ in range(2):
            bodies += [client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S).body]
            assert server.finished.acquire(timeout=SOON_S)
        bodies += [client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S).body]
        client.close()

    assert bodies == [b"last words", b"last words", b"mine"]


def test_a_connection_idle_for_long_is_left_alone() -> None:
    """Servers close idle connections after a few seconds: ours is given up before."""
    clock = Clock()
    with scripted_server(echo) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000, clock=clock)
        calls(client, 1)
        clock.passed_s += IDLE_LIMIT_S - 1
        calls(client, 1)
        before = server.connections
        clock.passed_s += IDLE_LIMIT_S
        calls(client, 1)
        after = server.connections
        client.close()

        assert (before, after) == (1, 2)
        assert all(server.finished.acquire(timeout=SOON_S) for _ in range(2))


def test_unused_connections_are_closed() -> None:
    """After a burst only the connections in use stay open; the others are closed in time."""
    clock, together = Clock(), threading.Barrier(8)

    def script(connection: Connection) -> None:
        first = True
        while connection.request():
            if first:
                together.wait(SOON_S)
            first = False
            connection.send(answer())

    with scripted_server(script) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000, clock=clock)
        with ThreadPoolExecutor(8) as pool:
            for result in [pool.submit(calls, client, 1) for _ in range(8)]:
                assert result.result(SOON_S) == [b"{}"]
        clock.passed_s += IDLE_LIMIT_S - 1
        calls(client, 1)
        clock.passed_s += 1.5
        calls(client, 1)

        assert server.connections == 8
        assert all(server.finished.acquire(timeout=SOON_S) for _ in range(7))
        assert not server.finished.acquire(blocking=False)
        client.close()
        assert server.finished.acquire(timeout=SOON_S)


def test_a_broken_connection_is_not_used_again() -> None:
    """After a failure the next call starts on a connection of its own."""
    broken = answering(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")
    with scripted_server(broken, answering(answer(b"mine"))) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000)
        with pytest.raises(FunctionBroke):
            client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S)
        assert server.finished.acquire(timeout=SOON_S)
        second = client.invoke(HEADERS, b"", deadline=time.monotonic() + SOON_S)
        client.close()

    assert second.body == b"mine"


def test_threads_get_their_own_answers() -> None:
    """Sixteen threads over shared connections: everyone gets the answer to his own question."""
    with scripted_server(echo) as server:
        client = FunctionClient(port=server.port, max_answer_bytes=1000)

        def work(number: int) -> bool:
            for turn in range(50):
                body = f"{number}-{turn}".encode()
                got = client.invoke(HEADERS, body, deadline=time.monotonic() + SOON_S)
                if got.body != body:
                    return False
            return True

        with ThreadPoolExecutor(16) as pool:
            right = list(pool.map(work, range(16)))
        client.close()

        assert right == [True] * 16
        assert 1 <= server.connections <= 16
