"""10: no caller gets bytes that were meant for the one before, however carelessly they are sent."""

import contextlib
from pathlib import Path

import pytest

from localstack.org import new_org
from orgsim import SimulatedOrg, running
from tests.support.fake_function import FakeFunction
from tests.support.world import running_world
from tests.unit.invocation.scripted_server import Connection, answer, scripted_server

POISON = answer(b'{"answer":"poisoned"}')
"""A body that its sender chose: the whole answer to the next call."""


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_10_body_behind_an_answer_without_one_reaches_nobody(tmp_path: Path, status: str) -> None:
    """It comes so late that the next user's call would be waiting for it on the same connection."""
    org: SimulatedOrg = new_org()

    def careless(connection: Connection) -> None:
        connection.request()
        connection.send(f"HTTP/1.1 {status}\r\n\r\n".encode())
        if connection.request():
            connection.send(POISON)

    def careful(connection: Connection) -> None:
        while connection.request():
            connection.send(answer(b'"mine"'))

    with contextlib.ExitStack() as stack:
        url = stack.enter_context(running(org))
        server = stack.enter_context(scripted_server(careless, careful))
        place = FakeFunction(port=server.port)
        world = stack.enter_context(running_world(org, url, place, tmp_path))
        first = world.call(world.identity("joe@example.com"))
        second = world.call(world.identity("admin@example.com"))

    assert (first.status, first.data) == (int(status[:3]), b"")
    assert (second.status, second.data) == (200, b'"mine"')
