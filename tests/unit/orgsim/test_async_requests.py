from typing import Any

import pytest

from orgsim import SimulatedOrg
from orgsim.data.async_requests import MOST_CHANGES, MOST_RECORDS
from tests.unit.orgsim.world import ADMIN, SOBJECT, Caller

SOBJECTS = "/services/data/v57.0/sobjects"
URL = f"{SOBJECTS}/{SOBJECT}"
OUTCOME = {
    "ExtraInfo__c": "%7B%7D",
    "Response__c": '"ok"',
    "Status__c": "SUCCESS",
    "StatusCode__c": 200,
}


def test_an_outcome_is_written_and_read_back(caller: Caller) -> None:
    """PATCH answers 204 without a body, and GET shows what it wrote."""
    record = caller.org.create_record({"RequestId__c": "r-1"})
    patched = caller.call("PATCH", f"{URL}/{record.id}", json=OUTCOME)
    shown = caller.call("GET", f"{URL}/{record.id}").json()

    assert (patched.status_code, patched.content) == (204, b"")
    assert shown == {
        "attributes": {"type": SOBJECT, "url": f"{URL}/{record.id}"},
        "Id": record.id,
        "IsDeleted": False,
        "CreatedDate": "2027-01-15T08:00:00.000+0000",
        "LastModifiedDate": "2027-01-15T08:00:00.000+0000",
        "RequestId__c": "r-1",
        **OUTCOME,
    }


def test_a_record_can_be_inserted_by_rest(caller: Caller) -> None:
    """POST answers 201 with the new id and where it is."""
    reply = caller.call("POST", URL, json={"Status__c": "PENDING"})

    body = reply.json()
    assert reply.status_code == 201
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert reply.headers["Location"] == f"{URL}/{body['id']}"
    assert caller.org.record(body["id"]).fields == {"Status__c": "PENDING"}


def test_every_patch_is_remembered_in_order(caller: Caller) -> None:
    """Two deliveries of the same outcome are two changes, even when nothing changed."""
    first, second = caller.org.create_record(), caller.org.create_record()
    for record in (first, second, first):
        caller.call("PATCH", f"{URL}/{record.id}", json=OUTCOME)
    told = caller.org.record(first.id)

    assert told.patches == 2
    assert [(c.order, c.kind, c.username) for c in told.history] == [
        (1, "create", "apex@simulated"),
        (3, "update", ADMIN),
        (5, "update", ADMIN),
    ]
    assert told.history[1].fields == OUTCOME


def test_post_can_stand_for_patch(caller: Caller) -> None:
    """``?_HttpMethod=PATCH`` is the documented way for clients that have no PATCH."""
    record = caller.org.create_record()
    patched = caller.call("POST", f"{URL}/{record.id}?_HttpMethod=PATCH", json=OUTCOME)
    plain = caller.call("POST", f"{URL}/{record.id}", json=OUTCOME)

    assert (patched.status_code, plain.status_code) == (204, 405)
    assert plain.json()[0]["errorCode"] == "METHOD_NOT_ALLOWED"
    assert caller.org.record(record.id).patches == 1


def test_null_empties_a_field(caller: Caller) -> None:
    """``null`` is a value like any other, of every field."""
    record = caller.org.create_record({"Response__c": "x", "StatusCode__c": 1})
    caller.call("PATCH", f"{URL}/{record.id}", json={"Response__c": None, "StatusCode__c": None})

    assert caller.org.record(record.id).fields == {
        "Status__c": "PENDING",
        "Response__c": None,
        "StatusCode__c": None,
    }


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"Response__c": "x" * 131_073}, "STRING_TOO_LONG", ["Response__c"]),
        ({"Response__c": "\U0001f600" * 65_537}, "STRING_TOO_LONG", ["Response__c"]),
        ({"ExtraInfo__c": "x" * 32_769}, "STRING_TOO_LONG", ["ExtraInfo__c"]),
        ({"Status__c": "x" * 21}, "STRING_TOO_LONG", ["Status__c"]),
        ({"RequestId__c": "x" * 201}, "STRING_TOO_LONG", ["RequestId__c"]),
        ({"StatusCode__c": 1000}, "NUMBER_OUTSIDE_VALID_RANGE", ["StatusCode__c"]),
        ({"StatusCode__c": "200"}, "JSON_PARSER_ERROR", None),
        ({"StatusCode__c": True}, "JSON_PARSER_ERROR", None),
        ({"Response__c": {}}, "JSON_PARSER_ERROR", None),
        ({"Response__c": 5}, "JSON_PARSER_ERROR", None),
        ({"Nope__c": "x"}, "INVALID_FIELD", None),
        ({"ns__Status__c": "x"}, "INVALID_FIELD", None),
        ({"status__C": "x"}, "INVALID_FIELD", None),
        ({"Id": "x"}, "INVALID_FIELD", None),
        ({"CreatedDate": "x"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]),
    ],
)
def test_refused_values(
    caller: Caller, fields: dict[str, Any], code: str, named: list[str] | None
) -> None:
    """A value that does not fit is refused with 400, and the record stays as it was."""
    record = caller.org.create_record()
    reply = caller.call("PATCH", f"{URL}/{record.id}", json=OUTCOME | fields)

    (error,) = reply.json()
    assert (reply.status_code, error["errorCode"]) == (400, code)
    assert error.get("fields") == named
    assert caller.org.record(record.id) == record


def test_a_wrong_kind_is_said_as_salesforce_says_it(caller: Caller) -> None:
    """With JSON's name of the kind, and where the field is."""
    record = caller.org.create_record()
    reply = caller.call("PATCH", f"{URL}/{record.id}", json={"StatusCode__c": "200"})

    (error,) = reply.json()
    assert error["message"] == (
        "Cannot deserialize instance of double from VALUE_STRING value 200 or request may be"
        " missing a required field at [line:1, column:2]"
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"Response__c": "x" * 131_072},
        {"Response__c": "\U0001f600" * 65_536},
        {"ExtraInfo__c": "x" * 32_768},
        {"Status__c": "x" * 20},
        {"StatusCode__c": 999},
        {},
    ],
)
def test_accepted_values(caller: Caller, fields: dict[str, Any]) -> None:
    """A value of exactly the longest length fits; length is counted in UTF-16 code units."""
    record = caller.org.create_record()

    assert caller.call("PATCH", f"{URL}/{record.id}", json=fields).status_code == 204


def test_too_long_is_said_as_salesforce_says_it(caller: Caller) -> None:
    """The message names the field's label and the limit."""
    record = caller.org.create_record()
    reply = caller.call("PATCH", f"{URL}/{record.id}", json={"Status__c": "x" * 21})

    assert reply.json() == [
        {
            "message": f"Status: data value too large: {'x' * 21} (max length=20)",
            "errorCode": "STRING_TOO_LONG",
            "fields": ["Status__c"],
        }
    ]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        f"{SOBJECT}/a00xx000000zzzzAAA",
        f"{SOBJECT}/a00xx0000000009AAA",
        f"{SOBJECT}/x",
        f"{SOBJECT}/005xx000001X8UzAAK",
        "Account/a00xx0000000001AAA",
        f"ns__{SOBJECT}/a00xx0000000001AAA",
        f"{SOBJECT}x/a00xx0000000001AAA",
    ],
)
def test_what_does_not_exist_is_not_found(caller: Caller, method: str, path: str) -> None:
    """Another id, object or namespace is a 404 in the REST interface's shape."""
    caller.org.create_record()
    reply = caller.call(method, f"{SOBJECTS}/{path}", json={})

    assert reply.status_code == 404
    assert reply.json() == [
        {"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}
    ]


def test_a_deleted_record_is_told_apart_from_an_unknown_one(caller: Caller) -> None:
    """After DELETE every access says ENTITY_IS_DELETED; its history can still be seen."""
    record = caller.org.create_record()
    deleted = caller.call("DELETE", f"{URL}/{record.id}")
    replies = [
        caller.call(method, f"{URL}/{record.id}", json={}) for method in ("GET", "PATCH", "DELETE")
    ]

    assert deleted.status_code == 204
    assert [reply.status_code for reply in replies] == [404, 404, 404]
    assert replies[1].json() == [
        {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}
    ]
    assert [change.kind for change in caller.org.record(record.id).history] == ["create", "delete"]


def test_a_packaged_object_has_prefixed_fields(caller: Caller) -> None:
    """In a managed package the object and all its fields carry the namespace."""
    record = caller.org.create_record(namespace="ns")
    url = f"{SOBJECTS}/ns__{SOBJECT}/{record.id}"
    bare = caller.call("PATCH", url, json={"Status__c": "SUCCESS"})
    full = caller.call("PATCH", url, json={"ns__Status__c": "SUCCESS"})
    elsewhere = caller.call("GET", f"{URL}/{record.id}")

    assert (bare.status_code, full.status_code, elsewhere.status_code) == (400, 204, 404)
    assert caller.org.record(record.id).fields == {"ns__Status__c": "SUCCESS"}


@pytest.mark.parametrize("form", ["a00xx0000000001", "a00xx0000000001AAA", "A00XX0000000001aaa"])
def test_every_form_of_an_id_finds_the_record(caller: Caller, form: str) -> None:
    """15 characters, 18, and 18 in any case name the same record."""
    caller.org.create_record()

    assert caller.call("GET", f"{URL}/{form}").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "POST"])
def test_a_dead_session_reaches_no_record(caller: Caller, method: str) -> None:
    """Without a live session nothing is told or changed, whether it exists or not."""
    record = caller.org.create_record()
    path = URL if method == "POST" else f"{URL}/{record.id}"
    reply = caller.call(method, path, "dead", json={})

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    assert caller.org.record(record.id) == record


@pytest.mark.parametrize("path", ["/nope", "/services/data/v57.0/search", "/services/oauth2/x"])
def test_unknown_paths_are_not_found(caller: Caller, path: str) -> None:
    """Whatever is not simulated is a 404 in the REST interface's shape."""
    reply = caller.call("GET", path)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    """The oldest records and changes are forgotten; the number of updates is not."""
    org = SimulatedOrg()
    first = org.create_record()
    last = [org.create_record() for _ in range(MOST_RECORDS - 1)][-1]
    for _ in range(MOST_CHANGES + 5):
        org.records.update(last.id, {}, namespace="", username=ADMIN)

    assert org.record(first.id) == first
    org.create_record()
    with pytest.raises(KeyError):
        org.record(first.id)
    assert org.record(last.id).patches == MOST_CHANGES + 5
    assert len(org.record(last.id).history) == MOST_CHANGES
