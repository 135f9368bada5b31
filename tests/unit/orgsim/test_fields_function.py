"""SOQL's FIELDS(): all fields of an object without naming them."""

from typing import Any

import pytest
import requests

from orgsim.data.objects import object_type
from tests.unit.orgsim.world import SOBJECT, Caller


def ask(caller: Caller, soql: str, version: str = "v57.0") -> requests.Response:
    """Send a query."""
    return caller.call("GET", f"/services/data/{version}/query", params={"q": soql})


@pytest.mark.parametrize(
    "soql", ["FIELDS(ALL) FROM Account LIMIT 200", "Fields(STANDARD) FROM Account"]
)
def test_fields_stand_for_all_of_a_standard_object(caller: Caller, soql: str) -> None:
    """In any case; an object of the platform's own has no custom ones here."""
    caller.org.data.insert("Account", {"Name": "Acme"})
    (record,) = ask(caller, f"SELECT {soql}").json()["records"]

    account = object_type("Account")
    assert account
    assert set(record) == {"attributes", *account.fields}
    assert record["Name"] == "Acme"


@pytest.mark.parametrize(
    ("selected", "has", "has_not"),
    [
        ("FIELDS(CUSTOM)", "Status__c", "CreatedDate"),
        ("FIELDS(STANDARD)", "CreatedDate", "Status__c"),
        ("FIELDS(STANDARD), RequestId__c", "RequestId__c", "Status__c"),
        ("Id, FIELDS(CUSTOM)", "Id", "CreatedDate"),
    ],
)
def test_custom_fields_are_told_from_standard_ones(
    caller: Caller, selected: str, has: str, has_not: str
) -> None:
    """By their ending; and others can be named beside."""
    caller.org.create_record()
    reply = ask(caller, f"SELECT {selected} FROM {SOBJECT} LIMIT 1")  # noqa: S608

    (record,) = reply.json()["records"]
    assert has in record
    assert has_not not in record


def test_sub_queries_know_them_too(caller: Caller) -> None:
    """Within the same limit."""
    account = caller.org.data.insert("Account", {"Name": "Acme"})
    caller.org.data.insert("Contact", {"LastName": "Ada", "AccountId": account})
    soql = "SELECT Name, (SELECT FIELDS(ALL) FROM Contacts LIMIT 200) FROM Account"
    (record,) = ask(caller, soql).json()["records"]

    assert record["Contacts"]["records"][0]["LastName"] == "Ada"


MOST = "The SOQL FIELDS function must have a LIMIT of at most 200"


@pytest.mark.parametrize(
    ("soql", "code", "said"),
    [
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", MOST),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY", MOST),
        ("SELECT FIELDS(CUSTOM) FROM Account", "MALFORMED_QUERY", MOST),
        ("SELECT (SELECT FIELDS(ALL) FROM Contacts) FROM Account", "MALFORMED_QUERY", MOST),
        (
            "SELECT Id, FIELDS(STANDARD) FROM Account",
            "INVALID_FIELD",
            "duplicate field selected: Id",
        ),
        ("SELECT FIELDS(STANDARD), FIELDS(ALL) FROM Account LIMIT 1", "INVALID_FIELD", "duplicate"),
        ("SELECT FIELDS(SOME) FROM Account", "MALFORMED_QUERY", "unexpected token: 'SOME'"),
        ("SELECT FIELDS() FROM Account", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT FIELDS(STANDARD) f FROM Account", "MALFORMED_QUERY", "unexpected token: 'f'"),
    ],
)
def test_what_must_not_be_asked_so_is_refused(
    caller: Caller, soql: str, code: str, said: str
) -> None:
    """In the platform's words."""
    reply = ask(caller, soql)

    error: dict[str, Any] = reply.json()[0]
    assert (reply.status_code, error["errorCode"]) == (400, code)
    assert said in error["message"]


def test_old_versions_do_not_know_them(caller: Caller) -> None:
    """They came with version 51.0."""
    soql = "SELECT FIELDS(STANDARD) FROM Account"
    old, new = ask(caller, soql, "v50.0"), ask(caller, soql, "v51.0")

    assert (old.status_code, old.json()[0]["errorCode"]) == (400, "UNSUPPORTED_API_VERSION")
    assert new.status_code == 200
