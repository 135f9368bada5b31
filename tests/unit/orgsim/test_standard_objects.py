"""Records of standard objects over REST."""

import base64
import threading
from typing import Any

import pytest

from orgsim import SimulatedOrg
from orgsim.data import records as data
from orgsim.data.objects import OBJECTS, object_type
from orgsim.refusals import ApiRefused
from tests.unit.orgsim.world import ADMIN, JOE, Caller

SOBJECTS = "/services/data/v57.0/sobjects"
USER_ID = "005xx000001X8UzAAK"
NOW_TEXT = "2027-01-15T08:00:00.000+0000"
FILE = {"PathOnClient": "a.bin", "VersionData": base64.b64encode(bytes(range(256))).decode()}


def create(caller: Caller, sobject: str, **fields: Any) -> str:  # noqa: ANN401
    """Create a record and return its id."""
    reply = caller.call("POST", f"{SOBJECTS}/{sobject}", json=fields)
    assert reply.status_code == 201, reply.text
    record_id: str = reply.json()["id"]
    return record_id


def test_a_record_is_created_read_updated_and_deleted(caller: Caller) -> None:
    """201 with the id, 200 with all fields, 204, 204, and then it is gone."""
    created = caller.call("POST", f"{SOBJECTS}/Account", json={"Name": "Acme", "Industry": ""})
    url = f"{SOBJECTS}/Account/001xx0000000001AAA"
    read = caller.call("GET", url).json()
    caller.clock.now += 60
    updated = caller.call("PATCH", url, json={"Name": "Acme 2", "AnnualRevenue": 5})
    changed = caller.call("GET", url).json()
    deleted = caller.call("DELETE", url)
    gone = caller.call("GET", url)

    assert created.status_code == 201
    assert created.json() == {"id": "001xx0000000001AAA", "success": True, "errors": []}
    assert created.headers["Location"] == url
    assert read == {
        "attributes": {"type": "Account", "url": url},
        "Id": "001xx0000000001AAA",
        "IsDeleted": False,
        "CreatedDate": NOW_TEXT,
        "CreatedById": USER_ID,
        "LastModifiedDate": NOW_TEXT,
        "LastModifiedById": USER_ID,
        "SystemModstamp": NOW_TEXT,
        "OwnerId": USER_ID,
        "Name": "Acme",
        **dict.fromkeys(
            ["AccountNumber", "AccountSource", "AnnualRevenue", "BillingCity", "BillingCountry",
             "BillingPostalCode", "BillingState", "BillingStreet", "Description", "Fax",
             "Industry", "NumberOfEmployees", "Ownership", "ParentId", "Phone", "Rating",
             "ShippingCity", "ShippingCountry", "ShippingPostalCode", "ShippingState",
             "ShippingStreet", "Sic", "Site", "TickerSymbol", "Type", "Website"]
        ),
    }  # fmt: skip
    later = "2027-01-15T08:01:00.000+0000"
    assert (updated.status_code, updated.content) == (204, b"")
    assert changed == read | {
        "Name": "Acme 2",
        "AnnualRevenue": 5.0,
        "LastModifiedDate": later,
        "SystemModstamp": later,
    }
    assert deleted.status_code == 204
    assert gone.json()[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_a_reader_may_name_the_fields(caller: Caller) -> None:
    """``?fields=`` lists what is wanted; the id always comes along."""
    record_id = create(caller, "Account", Name="Acme", Phone="1")

    answer = caller.call("GET", f"{SOBJECTS}/Account/{record_id}?fields=Phone,Name")

    assert set(answer.json()) == {"attributes", "Id", "Name", "Phone"}


def test_a_contact_has_the_name_of_its_parts(caller: Caller) -> None:
    """Name cannot be written; it is first and last name, whichever there are."""
    contact = create(caller, "Contact", FirstName="Ada", LastName="Lovelace")
    url = f"{SOBJECTS}/Contact/{contact}"
    before = caller.call("GET", url).json()
    caller.call("PATCH", url, json={"FirstName": None})

    assert (before["Name"], before["HasOptedOutOfEmail"]) == ("Ada Lovelace", False)
    assert caller.call("GET", url).json()["Name"] == "Lovelace"


def test_a_file_is_stored_as_bytes(caller: Caller) -> None:
    """Base64 goes in; the record names where the bytes are; the first version makes a document."""
    version = create(caller, "ContentVersion", **FILE)
    url = f"{SOBJECTS}/ContentVersion/{version}"
    record = caller.call("GET", url).json()
    content = caller.call("GET", record["VersionData"])
    document = caller.call("GET", f"{SOBJECTS}/ContentDocument/{record['ContentDocumentId']}")
    second = create(
        caller, "ContentVersion", ContentDocumentId=record["ContentDocumentId"], Title="b", **FILE
    )
    again = caller.call("GET", f"{SOBJECTS}/ContentVersion/{second}").json()

    assert record["VersionData"] == f"{url}/VersionData"
    assert (record["ContentSize"], record["Title"]) == (256, "a.bin")
    assert content.content == bytes(range(256))
    assert content.headers["Content-Type"] == "application/octetstream"
    assert document.json()["Title"] == "a.bin"
    assert again["ContentDocumentId"] == record["ContentDocumentId"]


@pytest.mark.parametrize(
    "path", ["ContentVersion/{}/Title", "ContentVersion/{}/Nope", "Account/{}/Name", "Nope/{}/X"]
)
def test_only_binary_fields_have_an_address_of_their_own(caller: Caller, path: str) -> None:
    """Everything else below a record is not found."""
    version = create(caller, "ContentVersion", **FILE)
    reply = caller.call("GET", f"{SOBJECTS}/{path.format(version)}")

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_dates_come_back_as_the_platform_writes_them(caller: Caller) -> None:
    """A date stays one, whatever form of ISO 8601 it came in."""
    bounced = "2027-01-15T09:00:00+01:00"
    contact = create(
        caller, "Contact", LastName="L", Birthdate="18151210", EmailBouncedDate=bounced
    )

    shown = caller.call("GET", f"{SOBJECTS}/Contact/{contact}").json()
    assert shown["Birthdate"] == "1815-12-10"
    assert shown["EmailBouncedDate"] == NOW_TEXT


@pytest.mark.parametrize(
    ("sobject", "fields", "code", "named"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ("Account", {"Name": None}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ("Account", {"Name": ""}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ("ContentVersion", {}, "REQUIRED_FIELD_MISSING", ["PathOnClient", "VersionData"]),
        ("Account", {"Name": "x" * 256}, "STRING_TOO_LONG", ["Name"]),
        ("Account", {"Name": 5}, "JSON_PARSER_ERROR", None),
        ("Account", {"Name": "x", "Nope": 1}, "INVALID_FIELD", None),
        ("Account", {"name": "x"}, "INVALID_FIELD", None),
        (
            "Account",
            {"Name": "x", "CreatedById": "x"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            ["CreatedById"],
        ),
        ("Account", {"Name": "x", "AnnualRevenue": "5"}, "JSON_PARSER_ERROR", None),
        ("Account", {"Name": "x", "AnnualRevenue": True}, "JSON_PARSER_ERROR", None),
        ("Account", {"Name": "x", "NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR", None),
        (
            "Account",
            {"Name": "x", "NumberOfEmployees": 10**8},
            "NUMBER_OUTSIDE_VALID_RANGE",
            ["NumberOfEmployees"],
        ),
        (
            "Account",
            {"Name": "x", "AnnualRevenue": 10**400},
            "NUMBER_OUTSIDE_VALID_RANGE",
            ["AnnualRevenue"],
        ),
        ("Account", {"Name": "x", "ParentId": "x"}, "MALFORMED_ID", ["ParentId"]),
        ("Account", {"Name": "x", "ParentId": 5}, "MALFORMED_ID", ["ParentId"]),
        ("Account", {"Name": "x", "ParentId": USER_ID}, "FIELD_INTEGRITY_EXCEPTION", ["ParentId"]),
        (
            "Account",
            {"Name": "x", "ParentId": "001xx000000zzzzAAA"},
            "INVALID_CROSS_REFERENCE_KEY",
            ["ParentId"],
        ),
        ("Contact", {"LastName": "x", "Name": "x"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Name"]),
        ("Contact", {"LastName": "x", "HasOptedOutOfEmail": 1}, "JSON_PARSER_ERROR", None),
        ("Contact", {"LastName": "x", "Birthdate": "x"}, "JSON_PARSER_ERROR", None),
        ("Contact", {"LastName": "x", "Birthdate": 5}, "JSON_PARSER_ERROR", None),
        ("Contact", {"LastName": "x", "EmailBouncedDate": "x"}, "JSON_PARSER_ERROR", None),
        (
            "Contact",
            {"LastName": "x", "EmailBouncedDate": "9999-12-31T23:59:59-23:00"},
            "JSON_PARSER_ERROR",
            None,
        ),
        ("ContentVersion", FILE | {"VersionData": "*"}, "JSON_PARSER_ERROR", None),
        ("ContentVersion", FILE | {"VersionData": "é"}, "JSON_PARSER_ERROR", None),
        ("ContentVersion", FILE | {"VersionData": 5}, "JSON_PARSER_ERROR", None),
        (
            "ContentDocumentLink",
            {},
            "REQUIRED_FIELD_MISSING",
            ["ContentDocumentId", "LinkedEntityId"],
        ),
        ("User", {}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", None),
        ("ContentDocument", {}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", None),
    ],
)
def test_refused_values(
    caller: Caller, sobject: str, fields: dict[str, Any], code: str, named: list[str] | None
) -> None:
    """A record that does not fit is refused with 400, in the platform's shape."""
    reply = caller.call("POST", f"{SOBJECTS}/{sobject}", json=fields)

    (error,) = reply.json()
    assert (reply.status_code, error["errorCode"], error.get("fields")) == (400, code, named)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Name": None}, "REQUIRED_FIELD_MISSING"),
        ({"Name": ""}, "REQUIRED_FIELD_MISSING"),
        ({"ParentId": "001xx000000zzzzAAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"CreatedDate": NOW_TEXT}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_refused_changes(caller: Caller, fields: dict[str, Any], code: str) -> None:
    """A change that does not fit leaves the record as it was."""
    url = f"{SOBJECTS}/Account/{create(caller, 'Account', Name='Acme')}"
    before = caller.call("GET", url).json()
    reply = caller.call("PATCH", url, json={"Phone": "1"} | fields)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)
    assert caller.call("GET", url).json() == before


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("name", ["Id", "id"])
def test_an_id_is_no_field_to_be_given(caller: Caller, method: str, name: str) -> None:
    """The record is named by the path, never by the body; said in the platform's words."""
    record_id = create(caller, "Account", Name="Acme")
    path = "Account" if method == "POST" else f"Account/{record_id}"
    reply = caller.call(method, f"{SOBJECTS}/{path}", json={"Name": "x", name: record_id})

    assert reply.status_code == 400
    assert reply.json() == [
        {
            "message": "The Id field should not be specified in the sobject data.",
            "errorCode": "INVALID_FIELD",
        }
    ]


@pytest.mark.parametrize(
    ("body", "said", "place"),
    [
        ('{"Name":"x","NumberOfEmployees":"many"}', "int from VALUE_STRING value many", "1, 13"),
        ('{"Name":5}', "string from VALUE_NUMBER_INT value 5", "1, 2"),
        (
            '\n { "Phone" : "a\\"{,",\n\t"Name" : 1.5 }',
            "string from VALUE_NUMBER_FLOAT value 1.5",
            "3, 2",
        ),
        ('{"Name":{"a":1}}', "string from START_OBJECT value {", "1, 2"),
        ('{"Phone":null,"Name":["a"]}', "string from START_ARRAY value", "1, 15"),
        ('{"AnnualRevenue":true}', "double from VALUE_BOOLEAN value true", "1, 2"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_as_the_platform_does(
    caller: Caller, body: str, said: str, place: str
) -> None:
    """By JSON's kinds and the place in the request, never by Python's names; briefly of a list."""
    headers = {"Authorization": f"Bearer {caller.token()}", "Content-Type": "application/json"}
    reply = caller.session.post(f"{caller.url}{SOBJECTS}/Account", data=body, headers=headers)

    line, column = place.split(", ")
    hint = "" if "START_ARRAY" in said else " or request may be missing a required field at"
    message = f"Cannot deserialize instance of {said}{hint} [line:{line}, column:{column}]"
    assert reply.json() == [{"message": message, "errorCode": "JSON_PARSER_ERROR"}]


def test_content_of_a_file_cannot_be_replaced(caller: Caller) -> None:
    """A new content is a new version."""
    url = f"{SOBJECTS}/ContentVersion/{create(caller, 'ContentVersion', **FILE)}"
    reply = caller.call("PATCH", url, json={"VersionData": ""})

    assert reply.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["Account/x", "Account/001xx000000zzzzAAA", "Account/003xx0000000001AAA", "account/x"]
)
def test_what_does_not_exist_is_not_found(caller: Caller, method: str, path: str) -> None:
    """An id of nothing, of another object, and a misspelt object."""
    create(caller, "Contact", LastName="Lovelace")
    reply = caller.call(method, f"{SOBJECTS}/{path}", json={})

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")


def test_users_can_be_read(caller: Caller) -> None:
    """They are records like others, but for the control API to change."""
    url = f"{SOBJECTS}/User/{USER_ID}"

    assert caller.call("GET", url).json() == {
        "attributes": {"type": "User", "url": url},
        "Id": USER_ID,
        "IsActive": True,
        "Name": "admin",
        "FirstName": None,
        "LastName": "admin",
        "Email": ADMIN,
        "Username": ADMIN,
    }
    assert caller.call("DELETE", url).status_code == 400


def test_a_record_belongs_to_whoever_made_it(caller: Caller) -> None:
    """Owner and creator are the session's user; the owner may be chosen."""
    token = caller.org.open_session(JOE)
    made = caller.call("POST", f"{SOBJECTS}/Account", token, json={"Name": "Joe's"}).json()
    given = create(caller, "Account", Name="Given", OwnerId="005xx000001X8V0AAK")
    mine = caller.call("GET", f"{SOBJECTS}/Account/{made['id']}").json()

    assert mine["OwnerId"] == mine["CreatedById"] == "005xx000001X8V0AAK"
    shown = caller.call("GET", f"{SOBJECTS}/Account/{given}").json()
    assert (shown["OwnerId"], shown["CreatedById"]) == ("005xx000001X8V0AAK", USER_ID)


def test_tests_can_insert_without_a_session() -> None:
    """As the first user, or another; what is no object is a ValueError."""
    org = SimulatedOrg.built_in()
    row = org.data.find(org.data.insert("Account", {"Name": "Acme"}))

    assert row is not None
    assert row["OwnerId"] == USER_ID
    with pytest.raises(ValueError, match="'Nope' is not an object"):
        org.data.insert("Nope", {})
    assert SimulatedOrg().data.insert("Account", {"Name": "Acme"}) == "001xx0000000001AAA"


def test_storage_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full org says so, as the platform does, and forgets nothing."""
    monkeypatch.setattr(data, "MOST_RECORDS", 2)
    org = SimulatedOrg.built_in()
    org.data.insert("Account", {"Name": "1"})
    org.data.insert("Account", {"Name": "2"})

    with pytest.raises(ApiRefused, match="STORAGE_LIMIT_EXCEEDED"):
        org.data.insert("Account", {"Name": "3"})


def test_a_transaction_happens_as_a_whole_or_not_at_all() -> None:
    """What was done before an error is undone; others see nothing of it meanwhile."""
    org = SimulatedOrg.built_in()
    account = object_type("Account")
    assert account
    kept = org.data.insert("Account", {"Name": "kept"})
    seen: list[int] = []
    reader = threading.Thread(target=lambda: seen.append(len(org.data.rows(account))))

    def fail() -> None:
        with org.data.transaction():
            org.data.insert("Account", {"Name": "lost"})
            org.data.update(account, kept, {"Name": "changed"}, username=ADMIN)
            reader.start()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    reader.join()

    assert seen == [1]
    assert [row["Name"] for row in org.data.rows(account)] == ["kept"]


def test_the_schema_holds_together() -> None:
    """Every reference leads to an object, and every relationship back to a field."""
    names = {each.name for each in OBJECTS}
    prefixes = {each.prefix for each in OBJECTS}

    assert len(prefixes) == len(OBJECTS)
    for each in OBJECTS:
        assert each.name_field in each.fields
        for field in each.fields.values():
            assert (field.kind == "reference") == bool(field.refers_to) == bool(field.relationship)
            assert names.issuperset(field.refers_to)
        for child, name in each.children.values():
            target = object_type(child)
            assert target
            assert each.name in target.fields[name].refers_to
