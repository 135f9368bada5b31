"""Whether it takes what the proxy lets through."""

from __future__ import annotations

from typing import Final

from conformance.event import LONGEST_CONTEXT, Event, payload_of
from conformance.fault import Fault
from conformance.server import Server, result_of

LARGEST: Final = 12_000_000
"""Bytes of a payload that Apex can send."""
_TEXT: Final = "0123456789abcdef"


def takes_long_headers(server: Server) -> str:
    """Take two contexts of 32 KiB each."""
    event = Event(context_size=LONGEST_CONTEXT)
    answer = server.call("context", event=event)
    if answer.status in {400, 413, 431}:
        raise Fault(
            f"two contexts of 32 KiB are refused with {answer.status}",
            "take 128 KiB of headers; Node: node --max-http-header-size=131072",
        )
    if result_of(answer).get("id") != event.id:
        raise Fault("long headers are cut", "take 128 KiB of headers")
    return ""


def takes_large_payloads(server: Server) -> str:
    """Take 12 MB, and answer as much."""
    frame = len(payload_of("echo", value=""))
    value = (_TEXT * (LARGEST // len(_TEXT) + 1))[: LARGEST - frame]
    answer = server.call("echo", value=value)
    if answer.status != 200:
        raise Fault(
            f"a payload of 12 MB is refused with {answer.status} {answer.value()!r:.100}",
            "take bodies of 12 MB, and answer as large ones",
        )
    if result_of(answer) != value:
        raise Fault("12 MB do not come back as they were sent", "do not cut payload or answer")
    return ""
