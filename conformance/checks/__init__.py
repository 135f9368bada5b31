"""What is checked, in this order.

Each check takes the server, returns what it noticed besides, and raises a `Fault`. One that is
skipped raises `Skipped`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.checks import connections, errors, results, sizes, starting, stopping, times

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.server import Server

CHECKS: Final[Mapping[str, Callable[[Server], str]]] = {
    "start": starting.listens,
    "health": starting.is_healthy,
    "loopback": starting.is_private,
    "context": results.knows_its_caller,
    "echo": results.echoes,
    "null": results.answers_null,
    "error": errors.tells_an_error,
    "error text": errors.survives_any_text,
    "bad payload": errors.refuses_what_is_no_json,
    "extra info": results.tells_extra_info,
    "keep-alive": connections.keeps_a_connection,
    "idle": connections.keeps_an_idle_one,
    "headers": sizes.takes_long_headers,
    "12 MB": sizes.takes_large_payloads,
    "slow call": times.waits_for_a_slow_call,
    "busy": times.is_healthy_when_busy,
    "concurrent": times.serves_many_at_once,
    "stop": stopping.finishes_calls,
}
