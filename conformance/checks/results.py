"""Whether the function gets what was sent, and its caller what the function returned."""

from __future__ import annotations

from typing import Final

from conformance.event import ORG_ID, USERNAME, Event
from conformance.fault import Fault
from conformance.server import Server, result_of

VALUE: Final = {
    "ascii and latin": "".join(map(chr, range(0x250))),
    "escapes": '"\\/\b\f\n\r\t\u2028\u2029</script>',
    "scripts": "Grüße, שלום, 你好, नमस्ते, e\u0301",
    "beyond 16 bits": "🎉 👩🏽\u200d🚀 \U0010ffff",
    "numbers": [0, -1, 0.5, 1e-7, 2**53 - 1, -(2**53) + 1],
    "nothing": ["", [], {}, False, True],
    "nested": {"a": [{"b": [[["c"]]]}]},
    "": "a key without a name",
}
"""What JSON can say, without what readers disagree about: larger integers, and null in objects."""


def knows_its_caller(server: Server) -> str:
    """Give the function the caller's org and user, and the token of this very call."""
    event = Event()
    found = server.result("context", event=event)
    wanted = {"id": event.id, "orgId": ORG_ID, "username": USERNAME, "accessToken": event.token}
    if found != wanted:
        raise Fault(
            f"the function is told {found!r:.300} instead of {wanted!r}",
            "read ce-id, and ce-sfcontext and ce-sffncontext, which are base64 of JSON",
        )
    return ""


def echoes(server: Server) -> str:
    """Return any JSON value as it came."""
    found = server.result("echo", value=VALUE)
    if not isinstance(found, dict):
        raise Fault(f"an object comes back as {found!r:.80}", "return the payload's value")
    for name, value in VALUE.items():
        if found.get(name) != value:
            raise Fault(
                f"{value!r:.60} ({name}) comes back as {found.get(name)!r:.60}",
                "read and write JSON as UTF-8, and count bytes, not characters, for Content-Length",
            )
    return ""


def answers_null(server: Server) -> str:
    """Answer a function that returns nothing with 200."""
    answer = server.call("echo", value=None)
    if answer.status == 200 and not answer.body:
        return "an empty body"
    if result_of(answer) is not None:
        raise Fault(f"null comes back as {answer.value()!r:.80}", "answer null")
    return ""


def tells_extra_info(server: Server) -> str:
    """Say by ``X-Extra-Info`` which call was answered, and how long it took."""
    event = Event()
    info = server.call("echo", value=1, event=event).extra_info()
    if info.get("requestId") != event.id:
        raise Fault(f"its requestId is {info.get('requestId')!r}", "send the call's ce-id")
    if info.get("statusCode") != 200:
        raise Fault(f"its statusCode is {info.get('statusCode')!r}", "send the answer's status")
    took = info.get("execTimeMs", 0)
    if isinstance(took, bool) or not isinstance(took, int | float) or took < 0:
        raise Fault(f"its execTimeMs is {took!r}", "send milliseconds, as a number")
    if info.get("isFunctionError") not in {None, False}:
        raise Fault("its isFunctionError is true for a result", "send it for errors alone")
    return ""
