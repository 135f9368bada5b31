"""Whether it serves while calls take long."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from conformance.event import HEALTH_CHECK, Event
from conformance.fault import Fault

if TYPE_CHECKING:
    from conformance.server import Server

MANY: Final = 20
EACH_S: Final = 1.0
_HEALTH_S: Final = 5.0
"""How long the container waits for the answer to a health check."""
_BEGUN_S: Final = 0.5


def waits_for_a_slow_call(server: Server) -> str:
    """Answer a call whenever it is done, not after a limit of the server's own."""
    began = time.monotonic()
    found = server.result("sleep", seconds=server.slow_s, value="slept")
    took_s = time.monotonic() - began
    if found != "slept":
        raise Fault(f"a slow call is answered with {found!r:.80}", "answer the function's result")
    if took_s < server.slow_s * 0.9:
        raise Fault(
            f"a call of {server.slow_s:g} s is answered after {took_s:.1f} s",
            "let the function's `sleep` wait as many seconds as it is told",
        )
    return f"{server.slow_s:g} s"


def is_healthy_when_busy(server: Server) -> str:
    """Answer health checks while a call runs: it is restarted when it does not."""
    seconds = _BEGUN_S + _HEALTH_S + 1
    with ThreadPoolExecutor(1) as pool, server.connect() as connection:
        call = pool.submit(server.result, "sleep", seconds=seconds, value="slept")
        time.sleep(_BEGUN_S)  # nothing tells when it has begun
        began = time.monotonic()
        status = connection.post(HEALTH_CHECK).status
        took_s = time.monotonic() - began
        call.result()
    if status != 200 or took_s > _HEALTH_S:
        raise Fault(
            f"a health check during a call is answered with {status} after {took_s:.1f} s, so the "
            "function is taken for one that hangs and is restarted",
            "serve each call on a thread of its own, or asynchronously",
        )
    return ""


def serves_many_at_once(server: Server) -> str:
    """Serve calls side by side, each with its own data and its own token."""
    began = time.monotonic()
    with ThreadPoolExecutor(MANY) as pool:
        slept = list(
            pool.map(lambda n: server.result("sleep", seconds=EACH_S, value=n), range(MANY))
        )
        took_s = time.monotonic() - began
        events = [Event(token=f"token-{number}") for number in range(MANY)]
        told = list(pool.map(lambda event: server.result("context", event=event), events))
    mixed = slept != list(range(MANY)) or any(
        (one.get("id"), one.get("accessToken")) != (event.id, event.token)
        for one, event in zip(told, events, strict=True)
    )
    if mixed:
        raise Fault(
            "calls at the same time get each other's data",
            "keep nothing of a call in a global variable",
        )
    if took_s > MANY * EACH_S / 2:
        raise Fault(
            f"{MANY} calls of {EACH_S:g} s at once took {took_s:.1f} s",
            "serve calls side by side: on threads, or asynchronously",
        )
    return f"{MANY} calls of {EACH_S:g} s took {took_s:.1f} s"
