"""Whether the caller learns that a function failed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.event import Event
from conformance.fault import Fault

if TYPE_CHECKING:
    from conformance.connection import Answer
    from conformance.server import Server

MESSAGE: Final = "no such account 4711"
NASTY: Final = 'Grüße 🎉 "quoted" 100% \\ + ,\r\nX-Injected: yes\r\n\r\n\x00'
_NOT_STARTED: Final = {502, 503, 504}


def tells_an_error(server: Server) -> str:
    """Answer a function that raises with 500, its message, and whose error it was."""
    event = Event()
    answer = server.call("throw", message=MESSAGE, event=event)
    _check_status(answer)
    if MESSAGE not in str(answer.value()):
        raise Fault(
            f"the body of an error is {answer.value()!r:.80}",
            f"let it hold the function's own message, here {MESSAGE!r}",
        )
    info = answer.extra_info()
    wanted = {"isFunctionError": True, "statusCode": 500, "requestId": event.id}
    wrong = {name for name, value in wanted.items() if info.get(name) != value}
    if wrong:
        raise Fault(
            f"X-Extra-Info of an error says { ({name: info.get(name) for name in sorted(wrong)}) }",
            f"send { ({name: wanted[name] for name in sorted(wrong)}) }",
        )
    if not isinstance(info.get("stack", ""), str | list):
        raise Fault("the stack in X-Extra-Info is no text", "send a text, or a list of lines")
    return ""


def survives_any_text(server: Server) -> str:
    """Answer an error whose text would end a header, or is not ASCII."""
    answer = server.call("throw", message=NASTY)
    if "x-injected" in answer.headers:
        raise Fault("the text of an error became a header", "percent-encode X-Extra-Info")
    _check_status(answer)
    answer.extra_info()
    return ""


def refuses_what_is_no_json(server: Server) -> str:
    """Answer a payload that is no JSON with an error, and serve the next call."""
    with server.connect() as connection:
        refused = connection.post(Event().headers(), b'{"action": "echo", "value": ')
    if refused.status < 400:
        raise Fault(
            f"a payload that is no JSON is answered with {refused.status}", "answer it with 400"
        )
    if "retry-after" in refused.headers:
        raise Fault(
            "its refusal has a Retry-After, for which Apex sends the same call again",
            "leave it out",
        )
    server.result("echo", value=1)
    return "" if refused.status == 400 else f"with {refused.status}"


def _check_status(answer: Answer) -> None:
    if answer.status != 500:
        meaning = ""
        if answer.status < 400:
            meaning = ", which Apex takes for a result"
        elif answer.status in _NOT_STARTED:
            meaning = ", which means that it never ran"
        raise Fault(
            f"a function that fails is answered with {answer.status}{meaning}", "answer 500"
        )
    if "retry-after" in answer.headers:
        raise Fault(
            "its error has a Retry-After, for which Apex calls the function again", "leave it out"
        )
