"""The HTTP side of an invocation, on the application itself."""

import asyncio
import base64
import contextlib
import functools
import inspect
import json
import string
import threading
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesforce_functions import Context, InvocationEvent, Org, User, get_logger
from salesforce_functions.testing import mock_context
from tests.support.runtime import TOKEN, Answer, Request, app_of, headers, invoke, put, sfcontext
from tests.unit.examples import examples


async def echo(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
    """Return the payload."""
    return event.data


async def never(event: InvocationEvent[Any], context: Context) -> object:
    """Fail: it must not be called."""
    raise AssertionError((event, context))


def put_request(request: Request) -> Answer:
    """Put one request to a function that must not be called."""
    return asyncio.run(request.put_to(app_of(never)))


def test_a_function_gets_the_event_and_the_context() -> None:
    """What the caller sent and who it is, as two frozen values."""
    seen: list[object] = []

    async def function(event: InvocationEvent[Any], context: Context) -> None:
        seen.extend([event, context, context.org.data_api.access_token])

    answer = invoke(function, {"a": 1}, ce_id="i", ce_source="s", ce_type="t")

    assert (answer.status, answer.body) == (200, b"null")
    assert seen == [
        InvocationEvent(id="i", type="t", source="s", data={"a": 1}, time=None),
        Context(
            org=Org(
                id="00DJS0000000123ABC",
                base_url="https://example-base-url.salesforce.tld",
                domain_url="https://example-domain-url.my.salesforce.tld",
                data_api=mock_context().org.data_api,
                user=User(
                    id="005JS000000H123",
                    username="user@example.tld",
                    on_behalf_of_user_id=None,
                ),
            )
        ),
        TOKEN,
    ]


def test_a_success_tells_apex_what_it_reads() -> None:
    """Status and time as integers; no error fields."""
    answer = invoke(echo, ce_id="i +%é")

    assert answer.status == 200
    extra = answer.extra_info
    assert type(extra.pop("execTimeMs")) is int
    assert extra == {
        "requestId": "i +%é",
        "source": "urn:event:from:salesforce/JS/00DJS0000000123ABC/apex",
        "statusCode": 200,
    }


def test_a_success_logs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """The log belongs to the function."""
    invoke(echo)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("value", ["true", "True", "TRUE"])
def test_a_health_check_calls_and_logs_nothing(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is answered before anything else is looked at."""
    answer = put_request(Request(headers={"x-health-check": value}, body=b"{"))

    assert (answer.status, answer.body) == (200, b'"OK"')
    assert answer.headers["content-type"] == "application/json"
    assert answer.extra_info == {"requestId": "n/a", "source": "n/a", "statusCode": 200}
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("value", ["false", "1", "", "true "])
def test_another_health_check_value_is_an_invocation(value: str) -> None:
    """Only `true` asks for health."""
    request = Request(headers=headers(x_health_check=value), body=b"5")

    assert asyncio.run(request.put_to(app_of(echo))).body == b"5"


def test_a_request_that_is_no_invocation_is_a_400(capsys: pytest.CaptureFixture[str]) -> None:
    """The caller is to blame, not the function; one line is logged, without traceback."""
    answer = put_request(Request(headers=headers(ce_id=None)))

    message = "Couldn't parse CloudEvent: Missing required header 'ce-id'"
    assert (answer.status, answer.json) == (400, message)
    assert answer.headers["content-type"] == "application/json"
    info = answer.extra_info
    assert info.pop("stack").endswith("Missing required header 'ce-id'\n")
    assert info == {
        "requestId": "n/a",
        "source": "n/a",
        "statusCode": 400,
        "isFunctionError": False,
    }
    assert capsys.readouterr().out == f'level=error msg="{message}"\n'


@pytest.mark.parametrize("path", ["/x", "//", "/index.html", "/health"])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_another_path_is_not_found(method: str, path: str) -> None:
    """There is one address, also for health checks."""
    request = Request(method=method, path=path, headers={"x-health-check": "true"})

    answer = put_request(request)

    assert (answer.status, answer.body) == (404, b"Not Found")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "x-extra-info" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_not_allowed(method: str) -> None:
    """Only POST; the answer says so."""
    answer = put_request(Request(method=method, headers={"x-health-check": "true"}))

    assert (answer.status, answer.body) == (405, b"Method Not Allowed")
    assert answer.headers["allow"] == "POST"
    assert "x-extra-info" not in answer.headers


def test_a_query_string_is_ignored() -> None:
    """Some callers append one."""
    request = Request(headers=headers(), body=b"5", query=b"x=y")

    assert asyncio.run(request.put_to(app_of(echo))).body == b"5"


def test_of_a_repeated_header_the_first_counts() -> None:
    """As with the withdrawn runtime."""
    pairs = [(name.encode(), text.encode()) for name, text in headers(ce_id="first").items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [*pairs, (b"ce-id", b"second")],
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    answer = asyncio.run(put(app_of(echo), scope, receive))

    assert answer.extra_info["requestId"] == "first"


def test_a_bug_of_the_runtime_is_a_503(capsys: pytest.CaptureFixture[str]) -> None:
    """Apex repeats a 503; so it is kept for failures that are not the function's."""

    async def receive() -> dict[str, object]:
        raise ZeroDivisionError("oops")

    answer = asyncio.run(
        put(app_of(never), {"type": "http", "method": "POST", "path": "/", "headers": []}, receive)
    )

    assert (answer.status, answer.json) == (503, "Internal error: ZeroDivisionError: oops")
    info = answer.extra_info
    assert info.pop("stack").endswith("ZeroDivisionError: oops\n")
    assert info == {
        "requestId": "n/a",
        "source": "n/a",
        "statusCode": 503,
        "isFunctionError": False,
    }
    out = capsys.readouterr().out
    assert out.startswith("Traceback (most recent call last):\n")
    assert out.endswith('level=error msg="Internal error: ZeroDivisionError: oops"\n')


def test_a_caller_that_hangs_up_gets_no_answer() -> None:
    """A request whose body never ends is dropped: not called, not answered, no error."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    pairs = [(name.encode(), text.encode()) for name, text in headers().items()]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: object) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": pairs}

    async def run() -> None:
        await app_of(never)(scope, receive, send)

    asyncio.run(run())

    assert messages == []


def test_the_application_starts_and_ends_with_its_server() -> None:
    """The server tells both by messages and waits for answers."""
    messages = ["lifespan.startup", "lifespan.shutdown"]
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": messages.pop(0)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])

    async def run() -> None:
        await app_of(never)({"type": "lifespan"}, receive, send)

    asyncio.run(run())

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_plain_function_is_called_on_a_thread() -> None:
    """`def function` may block: other invocations go on meanwhile."""
    loops_thread = threading.get_ident()
    both = threading.Barrier(2, timeout=10)

    def function(event: InvocationEvent[Any], context: Context) -> object:  # noqa: ARG001
        both.wait()
        return threading.get_ident() != loops_thread

    async def two() -> list[Answer]:
        app = app_of(function)
        request = functools.partial(Request, headers=headers(), body=b"1")
        return list(await asyncio.gather(request().put_to(app), request().put_to(app)))

    assert [answer.json for answer in asyncio.run(two())] == [True, True]


def test_a_decorated_async_function_is_awaited() -> None:
    """A decorator may be plain where the function under it is async."""

    def decorate(inner: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(inner)
        def outer(*args: object) -> object:
            return inner(*args)

        return outer

    decorated = decorate(echo)
    assert not inspect.iscoroutinefunction(decorated)

    assert invoke(decorated, 5).json == 5


@pytest.mark.slow
@pytest.mark.parametrize("plain", [False, True], ids=["async", "plain"])
def test_concurrent_invocations_never_mix(
    *, plain: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """1,000 at once, each with its own user and id: answers and log lines stay apart."""
    logger = get_logger()
    count = 1_000

    async def on_loop(event: InvocationEvent[Any], context: Context) -> object:
        await asyncio.sleep(event.data % 7 / 1000)
        await asyncio.create_task(child(event.data))
        return [event.id, context.org.user.username]

    async def child(number: int) -> None:
        logger.info("child", number=number)

    def on_thread(event: InvocationEvent[Any], context: Context) -> object:
        logger.info("child", number=event.data)
        return [event.id, context.org.user.username]

    async def everything() -> list[Answer]:
        app = app_of(on_thread if plain else on_loop)
        requests = [
            Request(
                headers=headers(ce_id=f"id-{i}", ce_sfcontext=sfcontext(username=f"user-{i}")),
                body=str(i).encode(),
            )
            for i in range(count)
        ]
        return list(await asyncio.gather(*(request.put_to(app) for request in requests)))

    answers = asyncio.run(everything())

    assert [answer.json for answer in answers] == [[f"id-{i}", f"user-{i}"] for i in range(count)]
    assert [answer.extra_info["requestId"] for answer in answers] == [
        f"id-{i}" for i in range(count)
    ]
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(
        f"number={i} invocationId=id-{i} level=info msg=child" for i in range(count)
    )


def test_log_keys_of_one_request_do_not_reach_the_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Requests that share a context, as pipelined ones do, share no log keys."""

    async def two() -> None:
        app = app_of(echo)
        await Request(headers=headers(ce_id="first"), body=b"1").put_to(app)
        await Request(headers={}, body=b"1").put_to(app)

    asyncio.run(two())

    assert "first" not in capsys.readouterr().out


NAMES = ["content-type", "ce-id", "ce-source", "ce-type", "ce-time", "ce-specversion"]
CONTEXTS = ["ce-sfcontext", "ce-sffncontext"]
ANY_TEXT = st.text(st.characters(max_codepoint=255), max_size=30)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["userContext", "accessToken", "requestId", "orgId"])
            | st.text(string.ascii_letters, max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=examples(400))
@given(
    plain=st.dictionaries(st.sampled_from(NAMES), ANY_TEXT, max_size=3),
    contexts=st.dictionaries(
        st.sampled_from(CONTEXTS), ANY_JSON.map(json.dumps) | ANY_TEXT, max_size=2
    ),
    missing=st.sets(st.sampled_from(NAMES + CONTEXTS), max_size=1),
    body=st.binary(max_size=40) | ANY_JSON.map(lambda value: json.dumps(value).encode()),
)
def test_any_request_gets_a_proper_answer(
    plain: dict[str, str], contexts: dict[str, str], missing: set[str], body: bytes
) -> None:
    """Whatever arrives, the answer is JSON with a readable x-extra-info, and no 503."""
    encoded = {
        name: base64.b64encode(text.encode()).decode() if len(text) % 3 else text
        for name, text in contexts.items()
        if len(text) % 3 or text.isascii()
    }
    sent = headers() | plain | encoded
    for name in missing:
        sent.pop(name, None)
    with contextlib.redirect_stdout(None):
        answer = asyncio.run(Request(headers=sent, body=body).put_to(app_of(echo)))

    assert answer.status in {200, 400}
    json.loads(answer.body)
    assert answer.extra_info["statusCode"] == answer.status
    assert len(answer.headers["x-extra-info"]) <= 8192
