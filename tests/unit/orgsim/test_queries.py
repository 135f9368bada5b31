"""SOQL over REST."""

import base64
import dataclasses
from typing import Any

import pytest
import requests

from orgsim.http import query as queries
from tests.unit.orgsim.world import ADMIN, JOE, SOBJECT, Caller

QUERY = "/services/data/v57.0/query"
SOBJECTS = "/services/data/v57.0/sobjects"


def ask(caller: Caller, soql: str, token: str | None = None) -> requests.Response:
    """Send a query."""
    return caller.call("GET", QUERY, token, params={"q": soql})


def names(caller: Caller, rest: str, field: str = "Name", source: str = "Account") -> list[Any]:
    """Return one field of what a query finds, in order."""
    reply = ask(caller, f"SELECT {field} FROM {source} {rest}")  # noqa: S608  # a test's own
    assert reply.status_code == 200, reply.text
    return [record[field] for record in reply.json()["records"]]


@pytest.fixture(name="caller")
def _caller(caller: Caller) -> Caller:
    """An org with some records."""
    insert = caller.org.data.insert
    acme = insert("Account", {"Name": "Acme", "NumberOfEmployees": 7, "AnnualRevenue": 1.5})
    caller.clock.now += 1
    insert("Account", {"Name": "beta", "Industry": "Food", "ParentId": acme})
    caller.clock.now += 1
    insert("Account", {"Name": "O'Neil 100%", "NumberOfEmployees": 70}, username=JOE)
    insert("Contact", {"LastName": "Lovelace", "FirstName": "Ada", "AccountId": acme})
    insert("Contact", {"LastName": "Babbage", "AccountId": acme, "Birthdate": "1791-12-26"})
    insert("Contact", {"LastName": "Nobody", "HasOptedOutOfEmail": True})
    return caller


def test_a_query_answers_with_records(caller: Caller) -> None:
    """Names are known in any case and come back as they are defined, in the order asked for."""
    reply = ask(caller, "select name, ID, Industry from account limit 1")

    url = f"{SOBJECTS}/Account/001xx0000000001AAA"
    assert reply.json() == {
        "totalSize": 1,
        "done": True,
        "records": [
            {
                "attributes": {"type": "Account", "url": url},
                "Name": "Acme",
                "Id": "001xx0000000001AAA",
                "Industry": None,
            }
        ],
    }
    assert list(reply.json()["records"][0]) == ["attributes", "Name", "Id", "Industry"]


def test_parents_are_nested(caller: Caller) -> None:
    """Fields of related records come as objects, over several levels; null without a parent."""
    reply = ask(
        caller,
        "SELECT LastName, Account.Name, Account.Owner.Username, Contact.Id, Owner.Name"
        " FROM Contact WHERE LastName IN ('Lovelace', 'Nobody') ORDER BY LastName",
    )

    lovelace, nobody = reply.json()["records"]
    user = {
        "type": "User",
        "url": f"{SOBJECTS}/User/005xx000001X8UzAAK",
    }
    assert lovelace["Account"] == {
        "attributes": {"type": "Account", "url": f"{SOBJECTS}/Account/001xx0000000001AAA"},
        "Name": "Acme",
        "Owner": {"attributes": user, "Username": ADMIN},
    }
    assert lovelace["Owner"] == {"attributes": user, "Name": "admin"}
    assert lovelace["Id"] == "003xx0000000001AAA"
    assert nobody["Account"] is None


def test_children_come_by_sub_queries(caller: Caller) -> None:
    """A sub-query is a query result within the record, or null when it finds nothing."""
    reply = ask(
        caller,
        "SELECT Name, (SELECT LastName, Account.Name FROM contacts WHERE LastName != 'x'"
        " ORDER BY LastName LIMIT 5), (SELECT Id FROM ChildAccounts) FROM Account"
        " WHERE Name IN ('Acme', 'beta') ORDER BY Name",
    )

    acme, beta = reply.json()["records"]
    assert acme["Contacts"]["totalSize"] == 2
    assert acme["Contacts"]["done"] is True
    shown = acme["Contacts"]["records"]
    assert [(each["LastName"], each["Account"]["Name"]) for each in shown] == [
        ("Babbage", "Acme"),
        ("Lovelace", "Acme"),
    ]
    assert acme["ChildAccounts"]["totalSize"] == 1
    assert (beta["Contacts"], beta["ChildAccounts"]) == (None, None)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Name = 'ACME'", ["Acme"]),
        ("Name != 'acme'", ["beta", "O'Neil 100%"]),
        ("Name <> 'acme'", ["beta", "O'Neil 100%"]),
        ("Name > 'b'", ["beta", "O'Neil 100%"]),
        ("Name <= 'acme'", ["Acme"]),
        ("Name LIKE 'a%'", ["Acme"]),
        ("Name LIKE 'bet_'", ["beta"]),
        ("Name LIKE '%100\\%'", ["O'Neil 100%"]),
        ("Name LIKE '%\\_%'", []),
        ("Name LIKE 'B.T.'", []),
        ("Name = 'O\\'Neil 100%'", ["O'Neil 100%"]),
        ("Name = 'a\\n'", []),
        ("Name IN ('beta', 'acme')", ["Acme", "beta"]),
        ("Name NOT IN ('beta', 'acme')", ["O'Neil 100%"]),
        ("Industry = null", ["Acme", "O'Neil 100%"]),
        ("Industry != NULL", ["beta"]),
        ("Industry != 'Food'", ["Acme", "O'Neil 100%"]),
        ("Industry LIKE '%'", ["beta"]),
        ("NumberOfEmployees > 7", ["O'Neil 100%"]),
        ("NumberOfEmployees >= 7", ["Acme", "O'Neil 100%"]),
        ("NumberOfEmployees < 7.5", ["Acme"]),
        ("NumberOfEmployees = -7", []),
        ("NumberOfEmployees IN (7, null)", ["Acme", "beta"]),
        ("AnnualRevenue = 1.50", ["Acme"]),
        ("Id = '001xx0000000001'", ["Acme"]),
        ("Id = '001XX0000000001AAA'", ["Acme"]),
        ("ParentId = '001xx0000000001AAA'", ["beta"]),
        ("Parent.Name = 'Acme'", ["beta"]),
        ("Parent.Parent.Name = null", ["Acme", "beta", "O'Neil 100%"]),
        ("Owner.Username LIKE 'joe@%'", ["O'Neil 100%"]),
        ("Account.Name = 'Acme'", ["Acme"]),
        ("CreatedDate > 2027-01-15T08:00:00Z", ["beta", "O'Neil 100%"]),
        ("CreatedDate = 2027-01-15T09:00:01+01:00", ["beta"]),
        ("IsDeleted = FALSE AND Name = 'beta'", ["beta"]),
        ("Name = 'beta' OR Name = 'Acme'", ["Acme", "beta"]),
        ("(Name = 'beta' OR Name = 'Acme') AND Industry = 'food'", ["beta"]),
        ("Name = 'beta' AND (Name = 'x' OR (Industry = 'Food'))", ["beta"]),
        ("NOT Name = 'beta'", ["Acme", "O'Neil 100%"]),
        ("NOT (Name = 'beta' OR Name = 'Acme')", ["O'Neil 100%"]),
        ("NOT Name = 'beta' AND NumberOfEmployees = 7", ["Acme"]),
    ],
)
def test_where(caller: Caller, where: str, found: list[str]) -> None:
    """Texts are compared without regard to case, ids in every form, null is a value."""
    assert names(caller, f"WHERE {where} ORDER BY Name") == found


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("HasOptedOutOfEmail = true", ["Nobody"]),
        ("HasOptedOutOfEmail != true", ["Babbage", "Lovelace"]),
        ("Birthdate < 1800-01-01", ["Babbage"]),
        ("Account.Owner.Name = 'admin'", ["Babbage", "Lovelace"]),
    ],
)
def test_where_of_other_kinds(caller: Caller, where: str, found: list[str]) -> None:
    """Booleans, dates, and parents of parents."""
    assert names(caller, f"WHERE {where} ORDER BY LastName", "LastName", "Contact") == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("ORDER BY Name", ["Acme", "beta", "O'Neil 100%"]),
        ("ORDER BY Name DESC", ["O'Neil 100%", "beta", "Acme"]),
        ("ORDER BY NumberOfEmployees", ["beta", "Acme", "O'Neil 100%"]),
        ("ORDER BY NumberOfEmployees ASC NULLS LAST", ["Acme", "O'Neil 100%", "beta"]),
        ("ORDER BY NumberOfEmployees DESC NULLS FIRST", ["beta", "O'Neil 100%", "Acme"]),
        ("ORDER BY Owner.Username DESC, Name DESC", ["O'Neil 100%", "beta", "Acme"]),
        ("ORDER BY Name LIMIT 1", ["Acme"]),
        ("ORDER BY Name LIMIT 1 OFFSET 1", ["beta"]),
        ("ORDER BY Name OFFSET 2", ["O'Neil 100%"]),
        ("LIMIT 0", []),
    ],
)
def test_order_and_limits(caller: Caller, order: str, found: list[str]) -> None:
    """Several criteria, nulls first unless told otherwise, a part of it all."""
    assert names(caller, order) == found


def test_records_can_be_counted(caller: Caller) -> None:
    """``COUNT()`` answers with the number alone."""
    reply = ask(caller, "SELECT COUNT() FROM Contact WHERE AccountId != null")

    assert reply.json() == {"totalSize": 2, "done": True, "records": []}


def test_deleted_records_are_not_found(caller: Caller) -> None:
    """Nor as parents: whatever referred to one then has none."""
    caller.call("DELETE", f"{SOBJECTS}/Account/001xx0000000001AAA")

    assert names(caller, "ORDER BY Name") == ["beta", "O'Neil 100%"]
    assert names(caller, "WHERE Parent.Name != null") == []


def test_files_name_where_their_content_is(caller: Caller) -> None:
    """The bytes themselves are behind that path."""
    content = base64.b64encode(b"\x00\xff").decode()
    caller.org.data.insert("ContentVersion", {"PathOnClient": "a", "VersionData": content})
    (path,) = names(caller, "", "VersionData", "ContentVersion")

    assert path == f"{SOBJECTS}/ContentVersion/068xx0000000001AAA/VersionData"
    assert caller.call("GET", path).content == b"\x00\xff"


def test_users_and_requests_of_apex_can_be_queried(caller: Caller) -> None:
    """Whatever the org has records of, in every namespace."""
    caller.org.create_record({"RequestId__c": "r-1"})
    packaged = caller.org.create_record(namespace="ns")

    assert names(caller, "WHERE IsActive = true ORDER BY Username", "Username", "User") == [
        ADMIN,
        JOE,
    ]
    assert names(caller, "WHERE Status__c = 'PENDING'", "RequestId__c", SOBJECT) == ["r-1"]
    assert names(caller, "", "Id", f"ns__{SOBJECT}") == [packaged.id]


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id FROM other__AsyncFunctionInvocationRequest__c", "INVALID_TYPE"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id, Nope.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Owner.Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY Nope", "INVALID_FIELD"),
        ("SELECT Id, ID FROM Account", "INVALID_FIELD"),
        ("SELECT Parent.Parent.Parent.Parent.Parent.Parent.Id FROM Account", "INVALID_FIELD"),
        ("SELECT (SELECT Id FROM Nope) FROM Account", "INVALID_TYPE"),
        ("SELECT (SELECT Nope FROM Contacts) FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate = 2020-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE IsDeleted = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM ContentVersion WHERE VersionData = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id LIKE 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Name LIKE 5", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id > '001xx0000000001'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE IsDeleted > true", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Name > null", "INVALID_QUERY_FILTER_OPERATOR"),
        ("x" * 100_001, "QUERY_TOO_COMPLICATED"),
    ],
)
def test_refused_queries(caller: Caller, soql: str, code: str) -> None:
    """Names that do not exist and comparisons that make no sense are 400."""
    reply = ask(caller, soql)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, code)


@pytest.mark.parametrize(
    "soql",
    [
        "",
        " ",
        "SELECT",
        "SELECT FROM Account",
        "SELECT Id",
        "SELECT Id Account",
        "SELECT Id, FROM Account",
        "SELECT Id FROM",
        "SELECT Id FROM Account,Contact",
        "SELECT Id FROM Account.Contacts",
        "SELECT Id FROM Account a",
        "SELECT a.Id FROM Account AS a",
        "SELECT * FROM Account",
        "SELECT COUNT(), Id FROM Account",
        "SELECT Id alias FROM Account",
        "SELECT TYPEOF Owner WHEN User THEN Id END FROM Account",
        "SELECT (SELECT (SELECT Id FROM Contacts) FROM ChildAccounts) FROM Account",
        "SELECT (SELECT COUNT() FROM Contacts) FROM Account",
        "SELECT Id FROM Account FOR UPDATE",
        "SELECT Id FROM Account USING SCOPE mine",
        "SELECT Id FROM Account WITH SECURITY_ENFORCED",
        "SELECT Id FROM Account ALL ROWS",
        "SELECT Id FROM Account;",
        "SELECT Id FROM Account -- comment",
        "SELECT Id FROM Account WHERE",
        "SELECT Id FROM Account WHERE Name",
        "SELECT Id FROM Account WHERE Name =",
        "SELECT Id FROM Account WHERE Name = x",
        "SELECT Id FROM Account WHERE Name = :x",
        'SELECT Id FROM Account WHERE Name = "x"',
        "SELECT Id FROM Account WHERE Name = 'x",
        "SELECT Id FROM Account WHERE Name = 'x\\'",
        "SELECT Id FROM Account WHERE Name = '\\x'",
        "SELECT Id FROM Account WHERE Name = '\\%'",
        "SELECT Id FROM Account WHERE Name == 'x'",
        "SELECT Id FROM Account WHERE Name IS NULL",
        "SELECT Id FROM Account WHERE Name IN 'x'",
        "SELECT Id FROM Account WHERE Name IN ()",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)",
        "SELECT Id FROM Account WHERE Name NOT LIKE 'x'",
        "SELECT Id FROM Account WHERE CreatedDate = TODAY",
        "SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:5",
        "SELECT Id FROM Account WHERE CreatedDate = 2020-13-01T00:00:00Z",
        "SELECT Id FROM Contact WHERE Birthdate = 2020-02-30",
        "SELECT Id FROM Account WHERE NumberOfEmployees = 5x",
        "SELECT Id FROM Account WHERE NumberOfEmployees = 5.",
        "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
        "SELECT Id FROM Account WHERE (Name = 'a'",
        "SELECT Id FROM Account WHERE Name = 'a')",
        "SELECT Id FROM Account WHERE " + "(" * 200 + "Name = 'a'" + ")" * 200,
        "SELECT Id FROM Account ORDER Name",
        "SELECT Id FROM Account ORDER BY",
        "SELECT Id FROM Account ORDER BY Name UP",
        "SELECT Id FROM Account ORDER BY Name NULLS",
        "SELECT Id FROM Account LIMIT",
        "SELECT Id FROM Account LIMIT -1",
        "SELECT Id FROM Account LIMIT 1.5",
        "SELECT Id FROM Account LIMIT 50001",
        "SELECT Id FROM Account OFFSET 2001",
        "SELECT Id FROM Account OFFSET 1 LIMIT 1",
        "DELETE FROM Account",
    ],
)
def test_what_is_no_query_here_is_malformed(caller: Caller, soql: str) -> None:
    """What this org does not understand is refused, never answered as if it were not there."""
    reply = ask(caller, soql)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_a_refusal_points_at_the_place(caller: Caller) -> None:
    """With the line, a mark below it, row and column."""
    reply = ask(caller, "SELECT Id\nFROM Nope")

    message = reply.json()[0]["message"]
    assert message.startswith(
        "\nFROM Nope\n     ^\nERROR at Row:2:Column:6\nsObject type 'Nope' is not supported."
    )


def in_parts(caller: Caller, size: int) -> dict[str, Any]:
    """Let the org answer in parts of a size, ask it for all accounts, return the first part."""
    caller.org.settings = dataclasses.replace(caller.org.settings, query_batch_size=size)
    part: dict[str, Any] = ask(caller, "SELECT Name FROM Account ORDER BY Name").json()
    return part


def test_a_long_result_comes_in_parts(caller: Caller) -> None:
    """Each part says where the next one is; the last one does not."""
    first = in_parts(caller, 2)
    caller.org.data.insert("Account", {"Name": "later"})
    second = caller.call("GET", first["nextRecordsUrl"]).json()

    assert [record["Name"] for record in first.pop("records")] == ["Acme", "beta"]
    assert first == {
        "totalSize": 3,
        "done": False,
        "nextRecordsUrl": f"{QUERY}/01gxx0000000001AAA-2",
    }
    assert [record["Name"] for record in second.pop("records")] == ["O'Neil 100%"]
    assert second == {"totalSize": 3, "done": True}


def test_a_result_that_just_fits_is_one_part(caller: Caller) -> None:
    """No empty last part."""
    assert in_parts(caller, 3)["done"] is True


def test_only_who_asked_gets_the_rest(caller: Caller) -> None:
    """Another user's locator, a forgotten one and one that never was are refused alike."""
    path = in_parts(caller, 1)["nextRecordsUrl"]
    replies = [
        caller.call("GET", path, caller.org.open_session(JOE)),
        caller.call("GET", path.replace("0001AAA", "0009AAA")),
        caller.call("GET", f"{QUERY}/x"),
    ]
    for _ in range(queries.MOST_CURSORS):
        in_parts(caller, 1)
    replies.append(caller.call("GET", path))

    assert [(each.status_code, each.json()[0]["errorCode"]) for each in replies] == [
        (400, "INVALID_QUERY_LOCATOR")
    ] * 4


@pytest.mark.parametrize("path", [f"{QUERY}?q=SELECT+Id+FROM+Account", f"{QUERY}/01gxx-1"])
def test_a_dead_session_finds_nothing(caller: Caller, path: str) -> None:
    """Queries need a live session as everything does."""
    reply = caller.call("GET", path, "dead")

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
