"""Writing an outcome to its record, and looking at it: what each answer of the org means."""

import json
from collections.abc import Mapping

import pytest

from invocation.errors import FieldTooLong, OrgUnavailable, RecordRefused, SessionExpired
from invocation.org.client import OrgClient
from invocation.org.names import OrgUrl
from tests.unit.invocation.org.org_answers import HTML, LONG_TIME, MINTED, NONSENSE, headers_of
from tests.unit.invocation.scripted_server import answer, answering, closed_port, scripted_server

PATH = "/services/data/v57.0/sobjects/AsyncFunctionInvocationRequest__c/a00xx000000bz3tAAA"
FIELDS = {"Response__c": 'ä"\n', "StatusCode__c": 200}
RECORD = {"attributes": {"type": "X"}, "Id": "a00xx000000bz3tAAA", "StatusCode__c": 200.0}
NO_CONTENT = answer(b"", status="204 No Content", headers=())


def write(client: OrgClient, *responses: bytes) -> bytes:
    """Write to an org that answers so; return the request."""
    with scripted_server(answering(*responses)) as server:
        client.update_record(OrgUrl(server.origin), MINTED, PATH, FIELDS, deadline=LONG_TIME)
        (request,) = server.requests
    return request


def read(client: OrgClient, *responses: bytes) -> Mapping[str, object]:
    """Read from an org that answers so."""
    with scripted_server(answering(*responses)) as server:
        return client.read_record(OrgUrl(server.origin), MINTED, PATH, deadline=LONG_TIME)


def refusal(status: str, code: object, message: object = "why") -> bytes:
    """Return an error of the REST API."""
    return answer(json.dumps([{"message": message, "errorCode": code}]).encode(), status=status)


def test_a_record_is_written_with_one_patch(client: OrgClient) -> None:
    """The fields as JSON, with the minted token, to the record's path."""
    request = write(client, NO_CONTENT)

    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(f"PATCH {PATH} HTTP/1.1\r\n".encode())
    assert headers_of(request)["authorization"] == f"Bearer {MINTED}"
    assert headers_of(request)["content-type"] == "application/json"
    assert json.loads(body) == FIELDS


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted"])
def test_only_no_content_is_a_written_record(client: OrgClient, status: str) -> None:
    """A maintenance page comes with a 200: the outcome must not be thrown away for it."""
    with pytest.raises(OrgUnavailable):
        write(client, answer(HTML, status=status))


REFUSALS = {
    "gone": ("404 Not Found", "NOT_FOUND"),
    "deleted": ("404 Not Found", "ENTITY_IS_DELETED"),
    "no-field": ("400 Bad Request", "INVALID_FIELD_FOR_INSERT_UPDATE"),
    "no-rights": ("403 Forbidden", "INSUFFICIENT_ACCESS_OR_READONLY"),
    "trigger": ("400 Bad Request", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
    "no-object": ("404 Not Found", "INVALID_TYPE"),
    "conflict": ("409 Conflict", "DUPLICATE_VALUE"),
}
PASSING = {
    "locked": ("400 Bad Request", "UNABLE_TO_LOCK_ROW"),
    "limit": ("403 Forbidden", "REQUEST_LIMIT_EXCEEDED"),
    "unavailable": ("400 Bad Request", "SERVER_UNAVAILABLE"),
    "unknown": ("400 Bad Request", "UNKNOWN_EXCEPTION"),
    "disabled": ("400 Bad Request", "API_CURRENTLY_DISABLED"),
    "no-code": ("404 Not Found", None),
    "no-text": ("400 Bad Request", 7),
}


@pytest.mark.parametrize(("status", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_for_ever_is_told_with_its_reason(
    client: OrgClient, status: str, code: str
) -> None:
    """Trying again would change nothing: a person has to see the org's words."""
    for ask in (write, read):
        with pytest.raises(RecordRefused) as failure:
            ask(client, refusal(status, code))
        assert str(failure.value) == f"why ({code})"


@pytest.mark.parametrize(("status", "code"), PASSING.values(), ids=PASSING.keys())
def test_a_refusal_for_now_is_an_outage(client: OrgClient, status: str, code: object) -> None:
    """Locked, over the limit, or no answer of the REST API at all: later it may be taken."""
    for ask in (write, read):
        with pytest.raises(OrgUnavailable):
            ask(client, refusal(status, code))


@pytest.mark.parametrize(
    "body", [b'[{"errorCode":"INVALID_SESSION_ID","message":"expired"}]', b"", HTML], ids=len
)
def test_an_unknown_token_is_told_as_such(client: OrgClient, body: bytes) -> None:
    """A 401 says so, whatever stands in it."""
    for ask in (write, read):
        with pytest.raises(SessionExpired):
            ask(client, answer(body, status="401 Unauthorized"))


def test_a_field_that_is_too_short_is_told_as_such(client: OrgClient) -> None:
    """Then a shorter text may fit."""
    with pytest.raises(FieldTooLong, match="Response: data value too large"):
        write(client, refusal("400 Bad", "STRING_TOO_LONG", "Response: data value too large: xxx"))


@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found"])
def test_nonsense_is_an_outage(client: OrgClient, status: str, body: bytes) -> None:
    """A page of a proxy on the way says nothing about the record."""
    with pytest.raises(OrgUnavailable):
        write(client, answer(body, status=status))


@pytest.mark.parametrize("body", [b"[]", b"[7]", b"{}", b'[[{"errorCode":"X"}]]', b"[null]"])
def test_errors_of_another_shape_are_an_outage(client: OrgClient, body: bytes) -> None:
    """The code stands in the first object of an array, or there is none."""
    with pytest.raises(OrgUnavailable):
        write(client, answer(body, status="400 Bad Request"))


def test_the_reason_is_one_printable_line(client: OrgClient) -> None:
    """An org's text goes to a log and a terminal."""
    with pytest.raises(RecordRefused) as failure:
        write(client, refusal("400 Bad Request", "A\nB", "x\x1b[2J\n" + "y" * 1000))

    assert str(failure.value).isprintable()
    assert len(str(failure.value)) < 700


@pytest.mark.parametrize("status", ["500 Server Error", "503 Service Unavailable"])
def test_a_write_is_never_repeated_by_itself(client: OrgClient, status: str) -> None:
    """Each write starts the caller's callback: whether to repeat it is the relay's decision."""
    trouble = answer(b"", status=status)
    with scripted_server(answering(trouble, trouble)) as server:
        with pytest.raises(OrgUnavailable):
            client.update_record(OrgUrl(server.origin), MINTED, PATH, FIELDS, deadline=LONG_TIME)

        assert len(server.requests) == 1


def test_a_look_is_repeated_once(client: OrgClient) -> None:
    """It changes nothing; the second try has a connection of its own."""
    busy, found = answer(b"", status="503 Busy"), answer(json.dumps(RECORD).encode())
    with scripted_server(answering(busy), answering(found)) as server:
        org = OrgUrl(server.origin)

        assert client.read_record(org, MINTED, PATH, deadline=LONG_TIME) == RECORD


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", HTML, b""], ids=len)
def test_a_record_that_is_none_is_an_outage(client: OrgClient, body: bytes) -> None:
    """A 200 without fields says nothing about the record."""
    with pytest.raises(OrgUnavailable):
        read(client, answer(body))


def test_an_org_out_of_reach_is_an_outage(client: OrgClient) -> None:
    """Told without its address."""
    org = OrgUrl(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(OrgUnavailable, match=r"^The org can't be reached$"):
        client.update_record(org, MINTED, PATH, FIELDS, deadline=LONG_TIME)
