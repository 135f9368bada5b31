"""What the Data API sends to the org, to the byte, and what it makes of proper answers."""

import enum
import json
import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from salesforce_functions import (
    QueriedRecord,
    Record,
    RecordQueryResult,
    ReferenceId,
    UnitOfWork,
    __version__,
)
from salesforce_functions.data_api.exceptions import MissingFieldError
from tests.support.runtime_org import ORG_TOKEN, Seen, answer, refused, scripted

ROOT = "/services/data/v56.0"
NOTHING = {"done": True, "totalSize": 0, "records": []}
CREATED = {"id": "001A", "success": True, "errors": []}


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


def sent(seen: list[Seen]) -> tuple[str, str, object]:
    """Return method, target and body of the one request, after checking its headers."""
    (request,) = seen
    headers = request.headers
    assert headers["authorization"] == f"Bearer {ORG_TOKEN}"
    assert headers["sforce-call-options"] == f"client=salesforce-functions:{__version__}"
    assert headers["user-agent"] == f"salesforce-functions/{__version__}"
    assert "cookie" not in headers
    assert headers.get("content-type") == ("application/json" if request.body else None)
    return request.method, request.target, json.loads(request.body) if request.body else None


def test_query() -> None:
    """GET with the query as a form writes it."""
    result, seen = scripted(
        lambda api: api.query("SELECT Id FROM Account WHERE Name = 'é+&'"), answer(200, NOTHING)
    )

    soql = "SELECT+Id+FROM+Account+WHERE+Name+%3D+%27%C3%A9%2B%26%27"
    assert sent(seen) == ("GET", f"{ROOT}/query?q={soql}", None)
    assert result == RecordQueryResult(done=True, total_size=0, records=[], next_records_url=None)


def test_what_a_query_found() -> None:
    """Parents, children and compound fields are objects in JSON; only the first two are records."""
    address = {"city": "London", "street": None}
    contact = {"attributes": {"type": "Contact", "url": "/c"}, "LastName": "L"}
    record = {
        "attributes": {"type": "Account", "url": "/a"},
        "Name": "Acme",
        "Nothing": None,
        "Amount": 1.5,
        "Number": 2**53,
        "IsDeleted": False,
        "BillingAddress": address,
        "Owner": {"attributes": {"type": "User"}, "Name": "Ada"},
        "Contacts": {"totalSize": 1, "done": True, "records": [contact]},
        "Cases": None,
    }
    more = f"{ROOT}/query/01g-1"
    payload = {"done": False, "totalSize": 2, "nextRecordsUrl": more, "records": [record]}
    result, _ = scripted(lambda api: api.query("whatever"), answer(200, payload))

    children = RecordQueryResult(
        done=True,
        total_size=1,
        records=[QueriedRecord(type="Contact", fields={"LastName": "L"})],
        next_records_url=None,
    )
    expected = QueriedRecord(
        type="Account",
        fields={
            "Name": "Acme",
            "Nothing": None,
            "Amount": 1.5,
            "Number": 2**53,
            "IsDeleted": False,
            "BillingAddress": address,
            "Owner": QueriedRecord(type="User", fields={"Name": "Ada"}),
            "Cases": None,
        },
        sub_query_results={"Contacts": children},
    )
    assert result == RecordQueryResult(
        done=False, total_size=2, records=[expected], next_records_url=more
    )


def test_content_of_files_is_fetched() -> None:
    """Of every ContentVersion in a result; other objects' fields of that name are what they are."""
    file = {"attributes": {"type": "ContentVersion"}, "VersionData": "/data/1"}
    other = {"attributes": {"type": "Other__c"}, "VersionData": "/data/2", "File__r": file}
    none = file | {"VersionData": None}
    payload = {"done": True, "totalSize": 3, "records": [file, other, none]}
    result, seen = scripted(
        lambda api: api.query("whatever"),
        answer(200, payload),
        answer(200, body=b"1"),
        answer(200, body=b""),
    )

    first, second, third = result.records
    assert [request.target for request in seen[1:]] == ["/data/1", "/data/1"]
    assert first.fields == {"VersionData": b"1"}
    assert second.fields["VersionData"] == "/data/2"
    assert second.fields["File__r"].fields == {"VersionData": b""}
    assert third.fields == {"VersionData": None}


def test_query_more() -> None:
    """GET whatever the last part said, as it said it."""
    part = RecordQueryResult(
        done=False, total_size=5, records=[], next_records_url=f"{ROOT}/query/01g%41-2000"
    )
    result, seen = scripted(lambda api: api.query_more(part), answer(200, NOTHING))

    assert sent(seen) == ("GET", f"{ROOT}/query/01g%41-2000", None)
    assert result.done is True


def test_query_more_without_more_asks_nobody() -> None:
    """The size stays, the records are none."""
    part = RecordQueryResult(done=True, total_size=5, records=[], next_records_url=None)
    result, seen = scripted(lambda api: api.query_more(part))

    assert seen == []
    assert result == RecordQueryResult(done=True, total_size=5, records=[], next_records_url=None)


def test_create() -> None:
    """POST of the fields; the answer has the id."""
    record = Record(type="ns__Thing__c", fields={"Name": "é", "Empty": None, "Number": 1.5})
    result, seen = scripted(lambda api: api.create(record), answer(201, CREATED))

    assert sent(seen) == (
        "POST",
        f"{ROOT}/sobjects/ns__Thing__c",
        {"Name": "é", "Empty": None, "Number": 1.5},
    )
    assert result == "001A"


def test_create_without_fields() -> None:
    """An empty object is sent all the same: the org must say what is missing."""
    _, seen = scripted(
        lambda api: api.create(Record(type="Account", fields={})), answer(201, CREATED)
    )

    assert sent(seen) == ("POST", f"{ROOT}/sobjects/Account", {})


def test_update() -> None:
    """PATCH of all fields but Id, which is in the path; the record stays as it was."""
    record = Record(type="Account", fields={"Id": "001A", "Name": "Acme"})
    result, seen = scripted(lambda api: api.update(record), answer(204))

    assert sent(seen) == ("PATCH", f"{ROOT}/sobjects/Account/001A", {"Name": "Acme"})
    assert result == "001A"
    assert record == Record(type="Account", fields={"Id": "001A", "Name": "Acme"})


def test_delete() -> None:
    """DELETE without a body."""
    result, seen = scripted(lambda api: api.delete("Account", "001A"), answer(204))

    assert sent(seen) == ("DELETE", f"{ROOT}/sobjects/Account/001A", None)
    assert result == "001A"


@pytest.mark.parametrize(
    ("object_type", "record_id", "path"),
    [
        ("Account", "../Contact/003A", "Account/..%2FContact%2F003A"),
        ("Account", "001A?x=y#z", "Account/001A%3Fx%3Dy%23z"),
        ("Acc/ount", "é", "Acc%2Fount/%C3%A9"),
    ],
)
def test_an_id_cannot_lead_elsewhere(object_type: str, record_id: str, path: str) -> None:
    """Ids often come from a payload."""
    _, seen = scripted(lambda api: api.delete(object_type, record_id), answer(204))

    assert seen[0].target == f"{ROOT}/sobjects/{path}"


@pytest.mark.parametrize("fields", [{}, {"id": "001A"}, {"ID": "001A"}, {"Id": None}, {"Id": ""}])
def test_an_update_needs_an_id(fields: dict[str, Any]) -> None:
    """Under exactly that name; and nothing is sent without one."""
    record = Record(type="Account", fields=fields)

    with pytest.raises(MissingFieldError, match="'Id'"):
        scripted(lambda api: api.update(record))
    with pytest.raises(MissingFieldError, match="'Id'"):
        UnitOfWork().register_update(record)


@pytest.mark.parametrize("record_id", [None, ""])
def test_a_delete_needs_an_id(record_id: Any) -> None:  # noqa: ANN401
    """Otherwise the request would be about the object."""
    with pytest.raises(MissingFieldError):
        scripted(lambda api: api.delete("Account", record_id))


def test_a_reference_is_no_id_outside_of_its_unit_of_work() -> None:
    """It used to end up in the URL as Python writes it."""
    reference: Any = ReferenceId(id="referenceId0")
    record = Record(type="Account", fields={"Id": reference, "Name": "Acme"})

    with pytest.raises(MissingFieldError):
        scripted(lambda api: api.update(record))
    with pytest.raises(MissingFieldError):
        scripted(lambda api: api.delete("Account", reference))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x00\xff>", "AP8+"),
        (bytearray(b"\x00\xff>"), "AP8+"),
        (ReferenceId(id="referenceId0"), "@{referenceId0.id}"),
        (datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC), "2023-01-02T03:04:05+00:00"),
        (date(2023, 1, 2), "2023-01-02"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        ([ReferenceId(id="x")], [{"id": "x"}]),
        ({"a": (1, 2)}, {"a": [1, 2]}),
    ],
    ids=repr,
)
def test_values_of_fields(value: object, expected: object) -> None:
    """Bytes and references have a form of their own at the top; the rest is as in results."""
    record = Record(type="Account", fields={"Field": value})
    _, seen = scripted(lambda api: api.create(record), answer(201, CREATED))

    assert sent(seen)[2] == {"Field": expected}


@pytest.mark.parametrize("value", [{1}, [b"nested"], 2**64, "\ud800"])
def test_values_without_a_form_are_the_functions_mistake(value: object) -> None:
    """A TypeError as from any library; nothing is sent."""
    with pytest.raises(TypeError):
        scripted(lambda api: api.create(Record(type="A", fields={"Field": value})))


def test_commit_unit_of_work() -> None:
    """One POST of one graph, with steps in order, references, and no empty bodies."""
    unit = UnitOfWork()
    account = unit.register_create(Record(type="Account", fields={"Name": "Acme"}))
    contact = unit.register_create(
        Record(type="Contact", fields={"LastName": "L", "AccountId": account, "Photo": b"x"})
    )
    updated = unit.register_update(Record(type="Account", fields={"Id": account, "Phone": "1"}))
    other = unit.register_update(Record(type="Account", fields={"Id": "001/B", "Phone": "1"}))
    empty = unit.register_create(Record(type="Task", fields={}))
    deleted = unit.register_delete("Contact", contact)
    gone = unit.register_delete("Account", "001C")

    def step(number: int, status: int, body: object) -> dict[str, object]:
        name = f"referenceId{number}"
        return {"referenceId": name, "httpStatusCode": status, "body": body, "httpHeaders": {}}

    steps = [
        step(0, 201, {"id": "001A"}),
        step(1, 201, {"id": "003A"}),
        step(2, 204, None),
        step(3, 204, None),
        step(4, 201, {"id": "00TA"}),
        step(5, 204, None),
        step(6, 204, None),
    ]
    graph = {"graphId": "graph0", "graphResponse": {"compositeResponse": steps[::-1]}}
    result, seen = scripted(
        lambda api: api.commit_unit_of_work(unit), answer(200, {"graphs": [graph]})
    )

    references = [account, contact, updated, other, empty, deleted, gone]
    assert references == [ReferenceId(id=f"referenceId{n}") for n in range(7)]
    assert result == {
        account: "001A",
        contact: "003A",
        updated: "001A",
        other: "001/B",
        empty: "00TA",
        deleted: "003A",
        gone: "001C",
    }
    sobjects = f"{ROOT}/sobjects"
    assert sent(seen) == (
        "POST",
        f"{ROOT}/composite/graph",
        {
            "graphs": [
                {
                    "graphId": "graph0",
                    "compositeRequest": [
                        {
                            "url": f"{sobjects}/Account",
                            "method": "POST",
                            "referenceId": "referenceId0",
                            "body": {"Name": "Acme"},
                        },
                        {
                            "url": f"{sobjects}/Contact",
                            "method": "POST",
                            "referenceId": "referenceId1",
                            "body": {
                                "LastName": "L",
                                "AccountId": "@{referenceId0.id}",
                                "Photo": "eA==",
                            },
                        },
                        {
                            "url": f"{sobjects}/Account/@{{referenceId0.id}}",
                            "method": "PATCH",
                            "referenceId": "referenceId2",
                            "body": {"Phone": "1"},
                        },
                        {
                            "url": f"{sobjects}/Account/001%2FB",
                            "method": "PATCH",
                            "referenceId": "referenceId3",
                            "body": {"Phone": "1"},
                        },
                        {
                            "url": f"{sobjects}/Task",
                            "method": "POST",
                            "referenceId": "referenceId4",
                        },
                        {
                            "url": f"{sobjects}/Contact/@{{referenceId1.id}}",
                            "method": "DELETE",
                            "referenceId": "referenceId5",
                        },
                        {
                            "url": f"{sobjects}/Account/001C",
                            "method": "DELETE",
                            "referenceId": "referenceId6",
                        },
                    ],
                }
            ]
        },
    )


def test_an_empty_unit_of_work_is_sent() -> None:
    """Whether that is an error is the org's decision."""
    graph = {"graphId": "graph0", "graphResponse": {"compositeResponse": []}}
    result, seen = scripted(
        lambda api: api.commit_unit_of_work(UnitOfWork()), answer(200, {"graphs": [graph]})
    )

    assert result == {}
    assert seen[0].json == {"graphs": [{"graphId": "graph0", "compositeRequest": []}]}


def test_what_is_registered_is_the_record_at_that_moment() -> None:
    """One record, changed in a loop and registered again and again, is as many records."""
    unit = UnitOfWork()
    record = Record(type="Account", fields={"Name": "0"})
    for name in ("1", "2"):
        record.fields["Name"] = name
        unit.register_create(record)
    refusal = [{"errorCode": "UNKNOWN_EXCEPTION", "message": "whatever"}]
    _, seen = refused(lambda api: api.commit_unit_of_work(unit), answer(500, refusal))

    steps = seen[0].json["graphs"][0]["compositeRequest"]
    assert [step["body"]["Name"] for step in steps] == ["1", "2"]
