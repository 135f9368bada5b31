"""What the Data API makes of refusals, of nonsense, and of silence."""

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from salesforce_functions import Record, RecordQueryResult, UnitOfWork
from salesforce_functions.data_api import DEFAULT_TIMEOUT_S, DataAPI
from salesforce_functions.data_api.exceptions import (
    ClientError,
    DataApiError,
    InnerSalesforceRestApiError,
    MissingFieldError,
    SalesforceRestApiError,
    UnexpectedRestApiResponsePayload,
)
from tests.support.runtime_org import (
    CUT,
    NEVER,
    ORG_TOKEN,
    answer,
    data_api,
    refused,
    scripted,
)

ROOT = "/services/data/v56.0"
UNEXPECTED = "The API response payload doesn't match the expected structure."
REFUSAL = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
RECORD = Record(type="Account", fields={"Id": "001A", "Name": "Acme"})
PART = RecordQueryResult(done=False, total_size=5, records=[], next_records_url="/x")

Use = Callable[[DataAPI], Awaitable[object]]


def unit() -> UnitOfWork:
    """Return two changes."""
    work = UnitOfWork()
    work.register_create(RECORD)
    work.register_delete("Account", "001A")
    return work


CALLS: dict[str, Use] = {
    "query": lambda api: api.query("SELECT Id FROM Account"),
    "query_more": lambda api: api.query_more(PART),
    "create": lambda api: api.create(RECORD),
    "update": lambda api: api.update(RECORD),
    "delete": lambda api: api.delete("Account", "001A"),
    "commit": lambda api: api.commit_unit_of_work(unit()),
}
SUCCESS = {"query": 200, "query_more": 200, "create": 201, "commit": 200}
"""The calls whose success comes with a body."""

every_call = pytest.mark.parametrize("use", CALLS.values(), ids=CALLS.keys())


@every_call
@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_a_refusal_says_why(use: Use, status: int) -> None:
    """Every reason, each with code, text and fields."""
    reasons = [*REFUSAL, {"errorCode": "X", "message": "m", "fields": ["Name"]}]
    error, _ = refused(use, answer(status, reasons))

    assert isinstance(error, SalesforceRestApiError)
    assert error.api_errors == [
        InnerSalesforceRestApiError(
            message="The requested resource does not exist", error_code="NOT_FOUND", fields=[]
        ),
        InnerSalesforceRestApiError(message="m", error_code="X", fields=["Name"]),
    ]
    assert str(error) == (
        "Salesforce REST API reported the following error(s):\n---\n"
        "NOT_FOUND error:\nThe requested resource does not exist\n---\nX error:\nm"
    )


def test_null_for_fields_is_none_of_them() -> None:
    """As when the key is not there."""
    error, _ = refused(CALLS["query"], answer(400, [REFUSAL[0] | {"fields": None}]))

    assert isinstance(error, SalesforceRestApiError)
    assert error.api_errors[0].fields == []


@every_call
@pytest.mark.parametrize("status", [200, 201, 400, 503])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"\xff", b'{"records": [', b"NaN", b"\xef\xbb\xbf{}"]
)
def test_what_is_not_json_is_said_so(use: Use, status: int, body: bytes) -> None:
    """Whatever the status: a maintenance page is no answer."""
    error, _ = refused(use, answer(status, body=body))

    assert isinstance(error, UnexpectedRestApiResponsePayload)
    start = "The server didn't respond with valid JSON: JSONDecodeError: "
    assert str(error).startswith(start)
    assert str(error).endswith(f" (HTTP status {status})")


@every_call
@pytest.mark.parametrize(
    "payload",
    [
        None,
        5,
        {},
        {"message": "m", "errorCode": "X"},
        [],
        [5],
        [{}],
        [{"errorCode": "X"}],
        [{"message": "m"}],
        [{"message": 5, "errorCode": "X"}],
        [{"message": "m", "errorCode": None}],
        [{"message": "m", "errorCode": "X", "fields": "Name"}],
    ],
    ids=json.dumps,
)
def test_a_refusal_of_another_shape_is_said_so(use: Use, payload: object) -> None:
    """These used to escape as KeyError and TypeError."""
    error, _ = refused(use, answer(400, payload))

    assert isinstance(error, UnexpectedRestApiResponsePayload)
    assert str(error) == UNEXPECTED


ACCOUNT = {"attributes": {"type": "Account"}, "Name": "Acme"}


def found(**changes: object) -> dict[str, object]:
    """Return a good answer to a query, with some of it changed; `None` leaves it out."""
    good = {"done": True, "totalSize": 1, "records": [ACCOUNT]} | changes
    return {name: value for name, value in good.items() if value is not None}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "text",
        {},
        found(totalSize=None),
        found(totalSize="1"),
        found(totalSize=True),
        found(done=None),
        found(done="true"),
        found(records=None),
        found(records={}),
        found(records=[5]),
        found(records=[{"Name": "Acme"}]),
        found(records=[{"attributes": None}]),
        found(records=[{"attributes": {}}]),
        found(records=[{"attributes": {"type": 5}}]),
        found(nextRecordsUrl=5),
        found(records=[ACCOUNT | {"Contacts": {"records": []}}]),
        found(records=[ACCOUNT | {"Contacts": {"totalSize": 1, "done": True}}]),
        found(records=[ACCOUNT | {"Owner": {"attributes": {}}}]),
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("call", ["query", "query_more"])
def test_a_result_of_another_shape_is_said_so(call: str, payload: object) -> None:
    """Also within sub-queries and parents. A missing totalSize used to escape as KeyError."""
    error, _ = refused(CALLS[call], answer(200, payload))

    assert isinstance(error, UnexpectedRestApiResponsePayload)
    assert str(error) == UNEXPECTED


@pytest.mark.parametrize("payload", [None, [], {}, {"id": None}, {"id": 5}], ids=json.dumps)
def test_a_created_record_without_an_id_is_said_so(payload: object) -> None:
    """It was created, and nobody knows as what."""
    error, _ = refused(CALLS["create"], answer(201, payload))

    assert str(error) == UNEXPECTED


@pytest.mark.parametrize(
    ("call", "status"),
    [("query", 201), ("create", 200), ("update", 200), ("delete", 200), ("commit", 201)],
)
def test_another_success_is_none(call: str, status: int) -> None:
    """Each call has the one status that means what it wants to hear."""
    error, _ = refused(CALLS[call], answer(status, {"id": "001A", "records": []}))

    assert str(error) == UNEXPECTED


@pytest.mark.parametrize("call", ["query", "create", "commit"])
def test_no_content_is_no_answer_to_a_question(call: str) -> None:
    """204 has no body, so nothing can be read from it."""
    error, _ = refused(CALLS[call], answer(204))

    assert str(error) == UNEXPECTED


def graph(*steps: dict[str, object]) -> dict[str, object]:
    """Return the answer to a unit of work."""
    return {"graphs": [{"graphId": "graph0", "graphResponse": {"compositeResponse": steps}}]}


def step(number: int, status: int, body: object = None) -> dict[str, object]:
    """Return the answer to a step of it."""
    name = f"referenceId{number}"
    return {"referenceId": name, "httpStatusCode": status, "body": body}


def test_a_unit_of_work_tells_all_reasons() -> None:
    """Those of all steps in one error, in their order."""
    halted = [{"errorCode": "PROCESSING_HALTED", "message": "rolled back"}]
    steps = (step(0, 404, [*REFUSAL, *REFUSAL]), step(1, 400, halted))
    error, _ = refused(CALLS["commit"], answer(200, graph(*steps)))

    assert isinstance(error, SalesforceRestApiError)
    assert [each.error_code for each in error.api_errors] == [
        "NOT_FOUND",
        "NOT_FOUND",
        "PROCESSING_HALTED",
    ]


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {},
        {"graphs": []},
        {"graphs": [{}]},
        {"graphs": [{"graphResponse": {}}]},
        graph(),
        graph(step(0, 201, {"id": "001A"})),
        graph(step(0, 201, {}), step(1, 204)),
        graph(step(0, 201, {"id": "001A"}), step(1, 400, {})),
        graph(step(0, 201, {"id": "001A"}), step(1, 200)),
        graph(step(0, 201, {"id": "001A"}), step(1, 204) | {"httpStatusCode": "204"}),
        graph(step(0, 201, {"id": "001A"}), step(1, 204) | {"referenceId": 1}),
    ],
    ids=json.dumps,
)
def test_a_graph_of_another_shape_is_said_so(payload: object) -> None:
    """Each step needs an answer of its own, with its own status."""
    error, _ = refused(CALLS["commit"], answer(200, payload))

    assert str(error) == UNEXPECTED


def test_a_reference_to_a_foreign_unit_of_work_is_not_followed() -> None:
    """No org would say yes to it; one that does is not believed."""
    first, second = UnitOfWork(), UnitOfWork()
    first.register_create(RECORD)
    reference = first.register_create(RECORD)
    second.register_delete("Account", reference)
    error, _ = refused(
        lambda api: api.commit_unit_of_work(second), answer(200, graph(step(0, 204)))
    )

    assert str(error) == UNEXPECTED


FILE = {"attributes": {"type": "ContentVersion"}, "VersionData": "/data"}


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (answer(404, REFUSAL), SalesforceRestApiError, "NOT_FOUND error:"),
        (answer(503, body=b"<html>"), UnexpectedRestApiResponsePayload, "valid JSON"),
        (answer(302, body=b""), UnexpectedRestApiResponsePayload, "valid JSON"),
        (answer(204), UnexpectedRestApiResponsePayload, UNEXPECTED),
    ],
    ids=["refused", "maintenance", "redirected", "nothing"],
)
def test_a_failed_download_is_an_error(reply: bytes, kind: type[Exception], text: str) -> None:
    """The error's text used to become the file's content."""
    error, _ = refused(CALLS["query"], answer(200, found(records=[FILE])), reply)

    assert type(error) is kind
    assert text in str(error)


@pytest.mark.parametrize("value", [5, {"a": 1}, "", "@evil.example/", "http://evil.example/", "x"])
def test_content_is_not_fetched_from_elsewhere(value: object) -> None:
    """Whatever does not begin with a slash could lead the token to another host."""
    record = FILE | {"VersionData": value}
    error, seen = refused(CALLS["query"], answer(200, found(records=[record])))

    assert str(error) == UNEXPECTED
    assert len(seen) == 1


@pytest.mark.parametrize("url", ["@evil.example/", "http://evil.example/", ".evil.example", ""])
def test_the_next_part_is_not_fetched_from_elsewhere(url: str) -> None:
    """The same for what a result names."""
    part = RecordQueryResult(done=False, total_size=5, records=[], next_records_url=url)
    error, seen = refused(lambda api: api.query_more(part))

    assert str(error) == UNEXPECTED
    assert seen == []


def test_a_redirect_is_not_followed() -> None:
    """The token is for the org that called."""
    redirect = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    error, seen = refused(CALLS["query"], redirect, answer(200, found()))

    assert isinstance(error, UnexpectedRestApiResponsePayload)
    assert len(seen) == 1


@every_call
@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nxxxxxxxxx",
    ],
    ids=["no-http", "bad-length", "bad-chunk", "bad-gzip"],
)
def test_what_is_not_http_is_a_client_error(use: Use, raw: bytes) -> None:
    """Broken heads and broken bodies alike."""
    error, _ = refused(use, raw)

    assert isinstance(error, ClientError)
    assert str(error).startswith("An error occurred while making the request: ")


@pytest.mark.parametrize("call", ["create", "update", "commit"])
def test_a_lost_answer_is_a_client_error(call: str) -> None:
    """The connection ends instead; and what was asked for is not asked for again."""
    error, seen = refused(CALLS[call])

    assert isinstance(error, ClientError)
    assert str(error) == (
        "An error occurred while making the request: ServerDisconnectedError: Server disconnected"
    )
    assert len(seen) == 1


def test_half_an_answer_is_a_client_error() -> None:
    """A body that ends early is not taken for a whole one."""
    error, _ = refused(CALLS["query"], b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}" + CUT)

    assert isinstance(error, ClientError)
    assert "ClientPayloadError" in str(error)


def test_an_org_that_is_not_there_is_a_client_error() -> None:
    """The text names class and reason."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(ClientError) as caught:
        asyncio.run(data_api(url).create(RECORD))

    assert str(caught.value).startswith(
        "An error occurred while making the request: ClientConnectorError: Cannot connect to host"
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://example.com",
        "http://[bad",
        "http://127.0.0.1:99999",
        "http://a..b",
        f"http://{'a' * 300}",
        "http://no-such-host.invalid",
    ],
)
def test_an_impossible_url_is_a_client_error(url: str) -> None:
    """Also those at which Python's own libraries raise ValueError and UnicodeError."""
    with pytest.raises(ClientError, match="An error occurred while making the request: "):
        asyncio.run(data_api(url).create(RECORD))


@every_call
def test_silence_is_a_client_error(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a default time that leaves Apex' own 120 s room; it used to be a bare TimeoutError."""
    assert DEFAULT_TIMEOUT_S == 30
    monkeypatch.setattr("salesforce_functions.data_api.DEFAULT_TIMEOUT_S", 0.05)
    error, _ = refused(use, NEVER)

    assert isinstance(error, ClientError)
    assert str(error) == (
        "An error occurred while making the request: TimeoutError: It took longer than 0.05 seconds"
    )
    assert isinstance(error.__cause__, TimeoutError)


@pytest.mark.parametrize(
    "use",
    [
        lambda api: api.query("SELECT Id FROM Account", timeout=0.05),
        lambda api: api.query_more(PART, timeout=0.05),
        lambda api: api.create(RECORD, timeout=0.05),
        lambda api: api.update(RECORD, timeout=0.05),
        lambda api: api.delete("Account", "001A", timeout=0.05),
        lambda api: api.commit_unit_of_work(unit(), timeout=0.05),
    ],
    ids=CALLS.keys(),
)
def test_every_call_takes_a_timeout(use: Use) -> None:
    """In seconds."""
    error, _ = refused(use, NEVER)

    assert "TimeoutError: It took longer than 0.05 seconds" in str(error)


def test_a_timeout_is_for_the_whole_call() -> None:
    """Downloads included."""
    error, seen = refused(
        lambda api: api.query("SELECT VersionData FROM ContentVersion", timeout=0.2),
        answer(200, found(records=[FILE])),
        NEVER,
    )

    assert isinstance(error, ClientError)
    assert [request.target for request in seen][1:] == ["/data"]


def test_a_timeout_of_a_given_session_is_a_client_error() -> None:
    """Whoever sets one, our error says so."""

    async def use(api: DataAPI) -> object:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(sock_read=0.05)) as own:
            return await data_api(api._org_domain_url, session=own).query("SELECT Id FROM A")

    error, _ = refused(use, NEVER)

    assert isinstance(error, ClientError)
    assert "Timeout" in str(error)


def test_an_outer_timeout_stays_the_callers() -> None:
    """A function that limits itself gets its own TimeoutError."""

    async def use(api: DataAPI) -> object:
        async with asyncio.timeout(0.05):
            return await api.query("SELECT Id FROM Account")

    with pytest.raises(TimeoutError):
        scripted(use, NEVER)


def test_the_errors_are_one_family() -> None:
    """Whoever wants to catch them all can; the reasons are no exceptions."""
    family = [
        SalesforceRestApiError,
        MissingFieldError,
        ClientError,
        UnexpectedRestApiResponsePayload,
    ]

    assert {kind.__base__ for kind in family} == {DataApiError}
    assert DataApiError.__base__ is Exception
    assert not issubclass(InnerSalesforceRestApiError, BaseException)


@pytest.mark.parametrize("token", [ORG_TOKEN, "secret\nnewline", "secret-é"])
@pytest.mark.parametrize(
    "reply",
    [b"", b"nonsense\r\n\r\n", answer(400, REFUSAL), answer(200, []), answer(500, body=b"<")],
)
def test_no_error_and_no_log_tells_the_token(
    token: str, reply: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither its text, nor its repr, nor its traceback with all causes."""
    caplog.set_level(logging.DEBUG)
    error, _ = refused(
        lambda api: api.query("SELECT Id FROM Account", timeout=0.2), reply, access_token=token
    )

    told = "".join(traceback.format_exception(error)) + repr(error) + str(error) + caplog.text
    assert token not in told
    assert "secret" not in told


def test_no_repr_tells_the_token() -> None:
    """That of the Data API says which org it is."""
    api: Any = data_api("https://acme.my.salesforce.com/")

    assert repr(api) == "DataAPI('https://acme.my.salesforce.com', api_version='56.0')"
    assert api.access_token == ORG_TOKEN
