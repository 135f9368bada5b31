"""Calling a function that a test scripted."""

import contextlib
import time
from collections.abc import Iterator

from invocation.function.answer import FunctionAnswer
from invocation.function.client import FunctionClient
from tests.unit.invocation.scripted_server import (
    SOON_S,
    Server,
)

HEADERS = [("content-type", "application/json"), ("ce-id", "id-1")]


LIMIT = 100_000


OK = FunctionAnswer(status=200, content_type="application/json", extra_info=None, body=b"{}")
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n"
    b"5;x=y\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"
)


@contextlib.contextmanager
def client_of(port: int) -> Iterator[FunctionClient]:
    """Return a client that is closed at the end."""
    client = FunctionClient(port=port, max_answer_bytes=LIMIT)
    try:
        yield client
    finally:
        client.close()


def soon() -> float:
    """Return a deadline that no good call reaches."""
    return time.monotonic() + SOON_S


def call(server: Server, body: bytes = b"{}") -> FunctionAnswer:
    """Call once, over a connection of its own."""
    with client_of(server.port) as client:
        return client.invoke(HEADERS, body, deadline=soon())
