"""The server that is tested: one that was started here, or one that runs somewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.connection import Answer, Connection
from conformance.event import Event, payload_of
from conformance.fault import Fault

if TYPE_CHECKING:
    from conformance.program import Program


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """Where it listens, and how it is treated."""

    host: str
    port: int
    program: Program | None = None
    """What was started here, and can be stopped."""
    start_s: float = 60
    """How long it may take until it listens."""
    slow_s: float = 5
    """How long the slow call takes."""
    limit_s: float = 60
    """How long an answer may take besides."""

    def connect(self) -> Connection:
        """Return a connection, not yet opened."""
        return Connection(self.host, self.port, limit_s=self.limit_s + self.slow_s)

    def call(self, action: str, *, event: Event | None = None, **more: object) -> Answer:
        """Call the function once, over a connection of its own."""
        with self.connect() as connection:
            return connection.post((event or Event()).headers(), payload_of(action, **more))

    def result(self, action: str, *, event: Event | None = None, **more: object) -> Any:  # noqa: ANN401
        """Return what a call that succeeds answers.

        Raises:
            Fault: it does not.
        """
        return result_of(self.call(action, event=event, **more))


def result_of(answer: Answer) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a good answer says.

    Raises:
        Fault: it is none.
    """
    if answer.status != 200:
        raise Fault(
            f"a good call is answered with {answer.status} {answer.value()!r:.200}",
            "answer 200 and the result",
        )
    kind = answer.headers.get("content-type", "")
    if not kind.lower().startswith("application/json"):
        raise Fault(f"a result has the content type {kind!r}", "send application/json")
    try:
        return json.loads(answer.body)
    except ValueError:
        raise Fault(f"a result is {answer.body[:80]!r}", "write it as JSON, in UTF-8") from None
