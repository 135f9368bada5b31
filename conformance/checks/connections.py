"""Whether its connections can be kept, as the proxy keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.event import HEALTH_CHECK, Event, payload_of
from conformance.fault import Fault
from conformance.server import Server, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.connection import Answer, Connection

IDLE_S: Final = 4.2
"""The proxy uses a connection again that has been idle for up to 4 s."""
_CALLS: Final = 3


def keeps_a_connection(server: Server) -> str:
    """Answer several requests over one connection: each one whole, and nothing more."""
    with server.connect() as connection:
        if _post(connection, HEALTH_CHECK).closes:
            return "closes its connections, so each call pays for a new one"
        for number in range(_CALLS):
            _post(connection, Event().headers(), payload_of("throw", message="no"))
            answer = _post(connection, Event().headers(), payload_of("echo", value=number))
            if result_of(answer) != number:
                raise Fault(
                    "a call over a kept connection gets another one's answer",
                    "answer the requests of a connection in their order",
                )
    return ""


def _post(connection: Connection, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    answer = connection.post(headers, body)
    if not answer.closes and not connection.stays_silent():
        raise Fault(
            "it sends more than it has announced, or closes without a word",
            "send as many bytes as Content-Length says, and Connection: close before you close",
        )
    return answer


def keeps_an_idle_one(server: Server) -> str:
    """Keep a connection that is idle for longer than the proxy keeps it."""
    with server.connect() as connection:
        if connection.post(HEALTH_CHECK).closes:
            return "closes its connections"
        if not connection.stays_silent(IDLE_S):
            raise Fault(
                f"it closes a connection that has been idle for less than {IDLE_S:g} s: a call "
                "that is sent at that instant is lost (502)",
                "keep idle connections for 5 s or longer",
            )
        connection.post(HEALTH_CHECK)
    return ""
