"""Case, Lead, Opportunity and Task: what the org fills in by itself, and how they are related."""

from typing import Any

import pytest

from tests.unit.orgsim.world import Caller

DATA = "/services/data/v57.0"


def create(caller: Caller, sobject: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Create a record and return it."""
    made = caller.call("POST", f"{DATA}/sobjects/{sobject}", json=fields)
    assert made.status_code == 201, made.text
    url = f"{DATA}/sobjects/{sobject}/{made.json()['id']}"
    shown: dict[str, Any] = caller.call("GET", url).json()
    return shown


def change(caller: Caller, record: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Change a record and return it."""
    url = record["attributes"]["url"]
    assert caller.call("PATCH", url, json=fields).status_code == 204
    shown: dict[str, Any] = caller.call("GET", url).json()
    return shown


def query(caller: Caller, soql: str) -> list[dict[str, Any]]:
    """Return what a query finds."""
    reply = caller.call("GET", f"{DATA}/query", params={"q": soql})
    assert reply.status_code == 200, reply.text
    records: list[dict[str, Any]] = reply.json()["records"]
    return records


def test_a_case_has_a_number_and_a_status(caller: Caller) -> None:
    """Numbers count up; a new case is new; closing one sets the date, reopening empties it."""
    case = create(caller, "Case", Subject="It squeaks", Origin="Web")
    second = create(caller, "Case")
    closed = change(caller, case, Status="Closed")
    caller.clock.now += 60
    still_closed = change(caller, case, Subject="It squeaked")
    open_again = change(caller, case, Status="New")

    assert (case["CaseNumber"], second["CaseNumber"]) == ("00001000", "00001001")
    assert (case["Status"], case["Priority"], case["IsClosed"]) == ("New", "Medium", False)
    assert (closed["IsClosed"], closed["ClosedDate"]) == (True, closed["SystemModstamp"])
    assert still_closed["ClosedDate"] == closed["ClosedDate"]
    assert (open_again["IsClosed"], open_again["ClosedDate"]) == (False, None)


def test_a_lead_has_a_status_and_the_name_of_its_parts(caller: Caller) -> None:
    """As a contact, and it needs a company."""
    lead = create(caller, "Lead", LastName="Lovelace", FirstName="Ada", Company="Engines")
    without = caller.call("POST", f"{DATA}/sobjects/Lead", json={"LastName": "x"})

    assert (lead["Name"], lead["Status"]) == ("Ada Lovelace", "Open - Not Contacted")
    assert lead["IsConverted"] is False
    assert without.json()[0]["fields"] == ["Company"]


def test_an_opportunity_follows_its_stage(caller: Caller) -> None:
    """The stage sets probability, and whether it is closed and won, unless told otherwise."""
    fields = {"Name": "Big", "StageName": "Needs Analysis", "CloseDate": "2027-02-01"}
    begun = create(caller, "Opportunity", **fields, Amount=1000)
    sure = create(caller, "Opportunity", **fields, Probability=99)
    renamed = change(caller, sure, Name="Bigger")
    won = change(caller, begun, StageName="Closed Won")
    other = change(caller, sure, StageName="Of our own")

    assert (begun["Probability"], begun["ExpectedRevenue"], begun["IsClosed"]) == (20, 200, False)
    assert (sure["Probability"], sure["ExpectedRevenue"], renamed["Probability"]) == (99, None, 99)
    assert (won["Probability"], won["IsClosed"], won["IsWon"]) == (100, True, True)
    assert (other["Probability"], other["IsClosed"], other["IsWon"]) == (99, False, False)


def test_a_task_is_open_until_it_is_completed(caller: Caller) -> None:
    """With the time of it; high priority is a flag, too."""
    task = create(caller, "Task", Subject="Call", Priority="High", ActivityDate="2027-02-01")
    done = change(caller, task, Status="Completed")

    assert (task["Status"], task["IsClosed"], task["IsHighPriority"]) == (
        "Not Started",
        False,
        True,
    )
    assert (done["IsClosed"], done["CompletedDateTime"]) == (True, done["SystemModstamp"])


def test_relationships_lead_both_ways(caller: Caller) -> None:
    """From the account to what belongs to it, and back."""
    account = create(caller, "Account", Name="Acme")["Id"]
    contact = create(caller, "Contact", LastName="Ada", AccountId=account)["Id"]
    create(caller, "Case", Subject="s", AccountId=account, ContactId=contact)
    create(caller, "Task", Subject="t", WhatId=account, WhoId=contact)
    create(
        caller,
        "Opportunity",
        Name="o",
        StageName="Prospecting",
        CloseDate="2027-02-01",
        AccountId=account,
    )

    (found,) = query(
        caller,
        "SELECT (SELECT Subject FROM Cases), (SELECT Name FROM Opportunities),"
        " (SELECT Subject FROM Tasks), (SELECT Name FROM Contacts) FROM Account",
    )
    assert [found[name]["totalSize"] for name in ("Cases", "Opportunities", "Tasks")] == [1, 1, 1]
    (case,) = query(caller, "SELECT Contact.Account.Name, Account.Name FROM Case")
    assert case["Contact"]["Account"]["Name"] == case["Account"]["Name"] == "Acme"


def test_a_parent_may_be_one_of_several_objects(caller: Caller) -> None:
    """It is then seen as a Name, which says what it is; null when there is none."""
    case = create(caller, "Case", Subject="s")
    lead = create(caller, "Lead", LastName="Ada", Company="c", Email="a@example.com")
    create(caller, "Task", Subject="1", WhatId=case["Id"])
    create(caller, "Task", Subject="2", WhoId=lead["Id"])

    first, second = query(
        caller,
        "SELECT What.Name, What.Type, Who.Name, Who.Email FROM Task ORDER BY Subject",
    )
    assert (first["What"]["Name"], first["What"]["Type"]) == ("00001000", "Case")
    assert first["What"]["attributes"] == {
        "type": "Name",
        "url": f"{DATA}/sobjects/Case/{case['Id']}",
    }
    assert (first["Who"], second["What"]) == (None, None)
    assert (second["Who"]["Name"], second["Who"]["Email"]) == ("Ada", "a@example.com")
    (found,) = query(caller, "SELECT Subject FROM Task WHERE Who.Type = 'Lead'")
    assert found["Subject"] == "2"


@pytest.mark.parametrize(
    "soql", ["SELECT What.StageName FROM Task", "SELECT Id FROM Name", "SELECT Id FROM Event"]
)
def test_a_name_is_no_object_to_be_queried(caller: Caller, soql: str) -> None:
    """It has a few fields only, and none of its own records."""
    reply = caller.call("GET", f"{DATA}/query", params={"q": soql})

    assert reply.json()[0]["errorCode"] in {"INVALID_FIELD", "INVALID_TYPE"}


def test_a_task_is_about_what_it_can_be_about(caller: Caller) -> None:
    """A person is no What."""
    contact = create(caller, "Contact", LastName="Ada")["Id"]
    reply = caller.call("POST", f"{DATA}/sobjects/Task", json={"WhatId": contact})

    assert reply.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
