"""What counts as an invocation, and what is said about a request that is none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from salesforce_functions._internal.cloud_event import (
    CloudEventError,
    SalesforceCloudEvent,
    UserContext,
    parse_cloud_event,
)
from tests.support.runtime import TOKEN, encode, headers, sfcontext, sffncontext


def refusal(request: dict[str, str], body: bytes = b"") -> str:
    """Return why a request is refused."""
    with pytest.raises(CloudEventError) as caught:
        parse_cloud_event(request, body)
    return str(caught.value)


def test_every_field_of_an_invocation_is_read() -> None:
    """Headers and body become one value; whatever else is in the contexts is ignored."""
    event = parse_cloud_event(
        headers(
            ce_id="id",
            ce_source="source",
            ce_type="type",
            ce_time="2023-03-23T15:18:53Z",
            ce_sfcontext=sfcontext(onBehalfOfUserId="005B", salesforceInstance=None),
            ce_sffncontext=sffncontext(requestId="request", deadline="2023-03-23T15:20:53Z"),
            x_time_limit_s="25.5",
        ),
        b'{"a": [1]}',
    )

    assert event == SalesforceCloudEvent(
        id="id",
        source="source",
        type="type",
        time=datetime(2023, 3, 23, 15, 18, 53, tzinfo=UTC),
        data={"a": [1]},
        user_context=UserContext(
            org_id="00DJS0000000123ABC",
            user_id="005JS000000H123",
            username="user@example.tld",
            salesforce_base_url="https://example-base-url.salesforce.tld",
            org_domain_url="https://example-domain-url.my.salesforce.tld",
            on_behalf_of_user_id="005B",
        ),
        request_id="request",
        deadline=datetime(2023, 3, 23, 15, 20, 53, tzinfo=UTC),
        time_limit_s=25.5,
        access_token=TOKEN,
    )


@pytest.mark.parametrize("context", [sffncontext(), sffncontext(requestId=None)])
def test_request_id_is_the_events_id_when_the_caller_has_none(context: str) -> None:
    """Apex sends no requestId; the withdrawn runtime refused all its calls for that."""
    assert parse_cloud_event(headers(ce_id="x", ce_sffncontext=context), b"").request_id == "x"


def test_only_the_access_token_is_needed_of_the_function_context() -> None:
    """Everything else in ce-sffncontext is optional."""
    event = parse_cloud_event(headers(ce_sffncontext=encode({"accessToken": "t"})), b"")

    assert event.access_token == "t"


def test_a_null_access_token_is_a_call_without_an_org() -> None:
    """The key must be there, its value may be null."""
    event = parse_cloud_event(headers(ce_sffncontext=sffncontext(accessToken=None)), b"")

    assert event.access_token == ""


def test_the_access_token_is_in_no_repr() -> None:
    """A value that somebody logs or prints does not give the token away."""
    assert TOKEN not in repr(parse_cloud_event(headers(), b""))


@pytest.mark.parametrize("name", ["ce-id", "ce-source", "ce-type", "ce-specversion"])
def test_an_empty_header_is_there(name: str) -> None:
    """A required header may have any value, also none."""
    parse_cloud_event(headers() | {name: ""}, b"")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "application/json;x"]
)
def test_content_type_may_have_parameters(content_type: str) -> None:
    """Only how the content type begins counts."""
    parse_cloud_event(headers(content_type=content_type), b"")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "Application/JSON", "application/cloudevents+json"]
)
def test_another_content_type_is_refused(content_type: str) -> None:
    """Structured mode and everything that is not JSON is refused."""
    reason = refusal(headers(content_type=content_type))

    assert reason == f"Content-Type must be 'application/json' not '{content_type}'"


def test_a_missing_content_type_is_refused() -> None:
    """No content type is a wrong one."""
    assert refusal(headers(content_type=None)) == "Content-Type must be 'application/json' not ''"


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b"", None),
        (b"null", None),
        (b"0", 0),
        (b'"x"', "x"),
        (b"[1]", [1]),
        ('"日本"'.encode(), "日本"),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b"18446744073709551616", 18446744073709551616.0),
    ],
)
def test_any_json_value_is_a_payload(body: bytes, data: object) -> None:
    """Nothing is null; large integers become floats; the last of two equal keys counts."""
    assert parse_cloud_event(headers(), body).data == data


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b" ", id="blank"),
        pytest.param(b"{", id="cut-off"),
        pytest.param(b"NaN", id="nan"),
        pytest.param(b"\xef\xbb\xbf1", id="byte-order-mark"),
        pytest.param(b'"\xff"', id="not-utf-8"),
        pytest.param(b"[" * 100_000, id="too-deep"),
        pytest.param('"x"'.encode("utf-16"), id="utf-16"),
    ],
)
def test_a_payload_that_is_not_strict_json_is_refused(body: bytes) -> None:
    """JSON is what RFC 8259 says it is."""
    assert refusal(headers(), body).startswith("Data payload isn't valid JSON: ")


@pytest.mark.parametrize(
    "name", ["ce-id", "ce-source", "ce-specversion", "ce-type", "ce-sfcontext", "ce-sffncontext"]
)
def test_a_missing_header_is_named(name: str) -> None:
    """Each header that must be there is asked for by its name."""
    assert refusal(headers(**{name: None})) == f"Missing required header '{name}'"


def test_the_first_problem_in_a_fixed_order_is_reported() -> None:
    """Content type, body, id, source, specversion, type, time, sfcontext, sffncontext."""
    fixes: list[tuple[str, str, str]] = [
        ("content-type", "application/json", "Content-Type must be"),
        ("body", "", "Data payload"),
        ("ce-id", "i", "Missing required header 'ce-id'"),
        ("ce-source", "s", "Missing required header 'ce-source'"),
        ("ce-specversion", "1.0", "Missing required header 'ce-specversion'"),
        ("ce-type", "t", "Missing required header 'ce-type'"),
        ("ce-time", "2023-01-01", "Unable to parse event time"),
        ("ce-sfcontext", sfcontext(), "sfcontext isn't correctly encoded"),
        ("ce-sffncontext", sffncontext(), "Missing required header 'ce-sffncontext'"),
    ]
    request = {"ce-time": "noon", "ce-sfcontext": "!"}
    body = b"{"

    for name, value, reason in fixes:
        with pytest.raises(CloudEventError, match=reason):
            parse_cloud_event(request, body)
        body = b"" if name == "body" else body
        request |= {} if name == "body" else {name: value}

    assert parse_cloud_event(request, body).id == "i"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (None, None),
        ("2023-03-23T15:18:53Z", datetime(2023, 3, 23, 15, 18, 53, tzinfo=UTC)),
        (
            "2023-03-23T15:18:53.429-0700",
            datetime(2023, 3, 23, 15, 18, 53, 429000, tzinfo=timezone(timedelta(hours=-7))),
        ),
        ("20230323T151853Z", datetime(2023, 3, 23, 15, 18, 53, tzinfo=UTC)),
        ("2023-03-23", datetime(2023, 3, 23)),  # noqa: DTZ001  # a date has no time zone
    ],
)
def test_time_may_have_any_iso_form(text: str | None, time: datetime | None) -> None:
    """Apex sends no time; others write it in several ways."""
    assert parse_cloud_event(headers(ce_time=text), b"").time == time


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        (None, None),
        ("", None),
        ("2022-02-10T17:59:11.000Z", datetime(2022, 2, 10, 17, 59, 11, tzinfo=UTC)),
        (
            "2022-02-10T17:59:11+01:00",
            datetime(2022, 2, 10, 17, 59, 11, tzinfo=timezone(timedelta(hours=1))),
        ),
        ("2022-02-10T17:59:11", datetime(2022, 2, 10, 17, 59, 11, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_in_utc_unless_it_says_otherwise(
    text: str | None, deadline: datetime | None
) -> None:
    """Optional; in any form that a time may have."""
    request = headers(ce_sffncontext=sffncontext(deadline=text))

    assert parse_cloud_event(request, b"").deadline == deadline


@pytest.mark.parametrize("deadline", ["soon", "13:00", 1644515951, False, ["x"], {}])
def test_a_deadline_of_no_form_is_none(deadline: object) -> None:
    """No other runtime reads it, so what callers write there was never checked."""
    request = headers(ce_sffncontext=sffncontext(deadline=deadline))

    assert parse_cloud_event(request, b"").deadline is None


@pytest.mark.parametrize("text", [None, "", "soon", "-1", "nan", "inf", "1e3", "9999999"])
def test_a_time_limit_of_no_form_is_none(text: str | None) -> None:
    """Only the proxy sends one; from anybody else it may be anything."""
    assert parse_cloud_event(headers(x_time_limit_s=text), b"").time_limit_s is None


def test_what_nothing_needs_is_ignored() -> None:
    """Other attributes of CloudEvents, and the ids that Apex sends besides ``ce-id``."""
    request = headers(ce_subject="s", ce_dataschema="d", x_request_id="x", request_id="y")

    assert parse_cloud_event(request, b"") == parse_cloud_event(headers(), b"")


@pytest.mark.parametrize("text", ["", "noon", "2023-13-01", "1679584733"])
def test_a_time_of_no_form_is_refused(text: str) -> None:
    """A time that cannot be read is an error, not None."""
    assert refusal(headers(ce_time=text)).startswith("Unable to parse event time: ")


CONTEXTS = ["sfcontext", "sffncontext"]


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("text", ["e30", "e30!", "a", "日本", "-_-_"])
def test_a_context_must_be_base64(context: str, text: str) -> None:
    """The standard alphabet, with padding, and nothing else in between."""
    reason = refusal(headers(**{f"ce-{context}": text}))

    assert reason.startswith(f"{context} isn't correctly encoded: ")


def test_a_context_may_be_broken_into_lines() -> None:
    """Encoders of the MIME kind separate lines by white space."""
    text = sfcontext()
    parse_cloud_event(headers(ce_sfcontext=f"{text[:76]}\r\n {text[76:]}"), b"")


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("text", ["", "ew==", "/w==", "TmFO"], ids=["", "{", "0xff", "NaN"])
def test_a_context_must_be_json(context: str, text: str) -> None:
    """Also an empty header is no JSON."""
    assert refusal(headers(**{f"ce-{context}": text})).startswith(f"{context} isn't valid JSON: ")


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize(
    ("value", "kind"), [([], "an array"), ("x", "a string"), (1, "a number"), (None, "null")]
)
def test_a_context_must_be_an_object(context: str, value: object, kind: str) -> None:
    """The reason names what is there instead, never its value."""
    reason = refusal(headers(**{f"ce-{context}": encode(value)}))

    assert reason == f"{context} contains unexpected data type: it must be an object, not {kind}"


def test_user_context_must_be_an_object() -> None:
    """The same one level down."""
    context = encode({"apiVersion": "57.0", "payloadVersion": "0.1", "userContext": True})

    assert refusal(headers(ce_sfcontext=context)) == (
        "sfcontext contains unexpected data type: 'userContext' must be an object, not a boolean"
    )


@pytest.mark.parametrize("key", ["apiVersion", "payloadVersion", "userContext"])
def test_a_missing_key_of_sfcontext_is_named(key: str) -> None:
    """Each key that must be there is asked for by its name."""
    context: dict[str, object] = {"apiVersion": "57.0", "payloadVersion": "0.1", "userContext": {}}
    del context[key]

    assert (
        refusal(headers(ce_sfcontext=encode(context))) == f"sfcontext missing required key '{key}'"
    )


USER_KEYS = ["orgId", "userId", "username", "salesforceBaseUrl", "orgDomainUrl"]


@pytest.mark.parametrize("key", USER_KEYS)
def test_a_missing_key_of_the_user_context_is_named(key: str) -> None:
    """Without who calls from where there is no context to hand to a function."""
    user = dict.fromkeys(USER_KEYS, "x")
    del user[key]
    context = encode({"apiVersion": "57.0", "payloadVersion": "0.1", "userContext": user})

    assert refusal(headers(ce_sfcontext=context)) == f"sfcontext missing required key '{key}'"


@pytest.mark.parametrize("key", [*USER_KEYS, "onBehalfOfUserId"])
def test_a_user_field_must_be_a_string(key: str) -> None:
    """A function whose types say `str` gets a str."""
    assert refusal(headers(ce_sfcontext=sfcontext(**{key: 5}))) == (
        f"sfcontext contains unexpected data type: '{key}' must be a string, not a number"
    )


def test_a_missing_access_token_is_named() -> None:
    """The proxy puts it there; a call that went around the proxy is told so."""
    reason = refusal(headers(ce_sffncontext=encode({})))

    assert reason == "sffncontext missing required key 'accessToken'"


def test_an_access_token_of_another_type_is_not_shown() -> None:
    """Whatever arrives as a token is not repeated in an answer."""
    reason = refusal(headers(ce_sffncontext=sffncontext(accessToken=[TOKEN])))

    assert reason == (
        "sffncontext contains unexpected data type: 'accessToken' must be a string, not an array"
    )
