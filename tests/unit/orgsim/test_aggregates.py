"""SOQL that asks for groups of records and for what they come to."""

import dataclasses
from typing import Any

import pytest
import requests

from tests.unit.orgsim.world import JOE, Caller

QUERY = "/services/data/v57.0/query"


def ask(caller: Caller, soql: str) -> requests.Response:
    """Send a query."""
    return caller.call("GET", QUERY, params={"q": soql})


def found(caller: Caller, soql: str) -> list[dict[str, Any]]:
    """Return the records of the answer, each without what it says about itself."""
    reply = ask(caller, soql)
    assert reply.status_code == 200, reply.text
    records: list[dict[str, Any]] = reply.json()["records"]
    for record in records:
        assert record.pop("attributes") == {"type": "AggregateResult"}
    return records


@pytest.fixture(name="caller")
def _caller(caller: Caller) -> Caller:
    """An org with some accounts and contacts."""
    insert = caller.org.data.insert
    acme = insert("Account", {"Name": "Acme", "Industry": "Food", "NumberOfEmployees": 7})
    insert("Account", {"Name": "beta", "Industry": "food", "NumberOfEmployees": 8})
    insert("Account", {"Name": "Coal", "AnnualRevenue": 2.5}, username=JOE)
    insert("Contact", {"LastName": "Lovelace", "AccountId": acme, "Birthdate": "1815-12-10"})
    insert("Contact", {"LastName": "Babbage", "AccountId": acme, "Birthdate": "1791-12-26"})
    insert("Contact", {"LastName": "Nobody"})
    return caller


def test_a_count_of_a_field_is_one_record(caller: Caller) -> None:
    """It is called expr0, and its record says that it is none of the org's."""
    reply = ask(caller, "SELECT COUNT(Id) FROM Account")

    assert reply.json() == {
        "totalSize": 1,
        "done": True,
        "records": [{"attributes": {"type": "AggregateResult"}, "expr0": 3}],
    }


@pytest.mark.parametrize(
    ("selected", "values"),
    [
        ("COUNT(Industry), count_distinct(Industry)", {"expr0": 2, "expr1": 1}),
        (
            "SUM(NumberOfEmployees), AVG(NumberOfEmployees), SUM(AnnualRevenue)",
            {"expr0": 15, "expr1": 7.5, "expr2": 2.5},
        ),
        ("MIN(Name), MAX(Name) most", {"expr0": "Acme", "most": "Coal"}),
        ("MAX(NumberOfEmployees) m, COUNT(Id), MIN(Id) i",
         {"m": 8, "expr0": 3, "i": "001xx0000000001AAA"}),
        ("MAX(CreatedDate)", {"expr0": "2027-01-15T08:00:00.000+0000"}),
        ("COUNT(Owner.Name)", {"expr0": 3}),
    ],
)  # fmt: skip
def test_functions_make_one_value_of_all_records(
    caller: Caller, selected: str, values: dict[str, Any]
) -> None:
    """Without those that have none; named by alias, or else counted from expr0."""
    assert found(caller, f"SELECT {selected} FROM Account") == [values]  # noqa: S608


def test_functions_of_nothing_are_null(caller: Caller) -> None:
    """But for counts, which are 0."""
    soql = "SELECT COUNT(Id), SUM(AnnualRevenue), AVG(AnnualRevenue), MAX(Name), MIN(Name)"
    (record,) = found(caller, f"{soql} FROM Account WHERE Name = 'x'")

    assert record == {"expr0": 0, "expr1": None, "expr2": None, "expr3": None, "expr4": None}


def test_records_are_grouped_by_values(caller: Caller) -> None:
    """Texts without regard to case, as everywhere; null is a value, too."""
    records = found(
        caller,
        "SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry ORDER BY Industry NULLS LAST",
    )

    assert records == [{"Industry": "Food", "n": 2}, {"Industry": None, "n": 1}]


def test_groups_may_be_of_several_fields_and_of_parents(caller: Caller) -> None:
    """A parent's field is called as itself, without the way to it."""
    records = found(
        caller,
        "SELECT Account.Name, Account.Owner.Username u, COUNT(Id) FROM Contact"
        " GROUP BY Account.Name, Account.Owner.Username ORDER BY COUNT(Id) DESC",
    )

    assert records == [
        {"Name": "Acme", "u": "admin@example.com", "expr0": 2},
        {"Name": None, "u": None, "expr0": 1},
    ]


def test_groups_need_no_function(caller: Caller) -> None:
    """The values that there are, each once."""
    records = found(caller, "SELECT Owner.Username FROM Account GROUP BY Owner.Username")

    assert records == [{"Username": "admin@example.com"}, {"Username": JOE}]


@pytest.mark.parametrize(
    ("rest", "names"),
    [
        ("HAVING COUNT(Id) > 1", ["Acme"]),
        ("HAVING COUNT(Id) > 1 OR Account.Name = null ORDER BY Account.Name", [None, "Acme"]),
        ("HAVING Account.Name LIKE 'a%'", ["Acme"]),
        ("HAVING MIN(Birthdate) < 1800-01-01 AND NOT MAX(Birthdate) < 1800-01-01", ["Acme"]),
        ("HAVING MAX(LastName) IN ('nobody')", [None]),
        ("ORDER BY Account.Name LIMIT 1 OFFSET 1", ["Acme"]),
    ],
)
def test_groups_can_be_chosen(caller: Caller, rest: str, names: list[str | None]) -> None:
    """By what they have in common, by what they come to, and by number."""
    soql = f"SELECT Account.Name FROM Contact GROUP BY Account.Name {rest}"  # noqa: S608

    assert [record["Name"] for record in found(caller, soql)] == names


def test_where_comes_before_groups(caller: Caller) -> None:
    """Records that are not wanted are in no group."""
    soql = "SELECT Industry FROM Account WHERE Industry != null GROUP BY Industry"

    assert found(caller, soql) == [{"Industry": "Food"}]


@pytest.mark.parametrize(
    ("soql", "code", "said"),
    [
        (
            "SELECT COUNT(Id) FROM Account LIMIT 1",
            "MALFORMED_QUERY",
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        ),
        (
            "SELECT COUNT(Id) FROM Account OFFSET 1",
            "MALFORMED_QUERY",
            "Non-grouped query that uses overall aggregate functions cannot also use OFFSET",
        ),
        (
            "SELECT Name, COUNT(Id) FROM Account",
            "MALFORMED_QUERY",
            "Field must be grouped or aggregated: Name",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Name ORDER BY Industry",
            "MALFORMED_QUERY",
            "Ordered field must be grouped or aggregated: Industry",
        ),
        (
            "SELECT Name FROM Account GROUP BY Name HAVING Industry = 'x'",
            "MALFORMED_QUERY",
            "Field must be grouped or aggregated: Industry",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Id",
            "MALFORMED_QUERY",
            "Grouped field should not be aggregated: Id",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY CreatedDate",
            "INVALID_FIELD",
            "field 'CreatedDate' can not be grouped in a query call",
        ),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Description",
            "INVALID_FIELD",
            "field 'Description' can not be grouped in a query call",
        ),
        (
            "SELECT COUNT(IsDeleted) FROM Account",
            "MALFORMED_QUERY",
            "field IsDeleted does not support aggregate operator COUNT",
        ),
        (
            "SELECT SUM(Name) FROM Account",
            "MALFORMED_QUERY",
            "field Name does not support aggregate operator SUM",
        ),
        (
            "SELECT MAX(Description) FROM Account",
            "MALFORMED_QUERY",
            "field Description does not support aggregate operator MAX",
        ),
        (
            "SELECT Name, Owner.Name, COUNT(Id) FROM Account GROUP BY Name, Owner.Name",
            "MALFORMED_QUERY",
            "duplicate alias: Name",
        ),
        (
            "SELECT Name n FROM Account",
            "MALFORMED_QUERY",
            "only aggregate expressions use field aliasing",
        ),
        (
            "SELECT (SELECT COUNT(Id) FROM Contacts) FROM Account",
            "MALFORMED_QUERY",
            "only root queries support aggregate expressions",
        ),
        ("SELECT COUNT(Nope) FROM Account", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT COUNT(Id) FROM Account GROUP BY Nope", "INVALID_FIELD", "No such column 'Nope'"),
        (
            "SELECT COUNT(Id) FROM Account GROUP BY Name HAVING COUNT(Id) > 'x'",
            "INVALID_FIELD",
            "must be of type int",
        ),
    ],
)
def test_what_cannot_be_grouped_is_refused(caller: Caller, soql: str, code: str, said: str) -> None:
    """In the platform's words."""
    reply = ask(caller, soql)

    (error,) = reply.json()
    assert (reply.status_code, error["errorCode"]) == (400, code)
    assert said in error["message"]


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT COUNT(Id FROM Account",
        "SELECT COUNT(*) FROM Account",
        "SELECT COUNT(DISTINCT Id) FROM Account",
        "SELECT COUNT(Id), COUNT() FROM Account",
        "SELECT COUNT() n FROM Account",
        "SELECT COUNT() FROM Account GROUP BY Name",
        "SELECT COUNT() FROM Account ORDER BY Name",
        "SELECT COUNT_DISTINCT() FROM Account",
        "SELECT MEDIAN(AnnualRevenue) FROM Account",
        "SELECT COUNT(Id) a.b FROM Account",
        "SELECT COUNT(Id) group FROM Account",
        "SELECT COUNT(Id) n m FROM Account",
        "SELECT CALENDAR_YEAR(CreatedDate) FROM Account GROUP BY CALENDAR_YEAR(CreatedDate)",
        "SELECT Name FROM Account GROUP BY",
        "SELECT Name FROM Account GROUP Name",
        "SELECT Name FROM Account GROUP BY ROLLUP(Name)",
        "SELECT Name FROM Account GROUP BY COUNT(Id)",
        "SELECT Name FROM Account HAVING COUNT(Id) > 1",
        "SELECT Name FROM Account WHERE COUNT(Id) > 1",
        "SELECT Name FROM Account WHERE COUNT(Id) > 1 GROUP BY Name",
        "SELECT Name FROM Account GROUP BY Name HAVING",
        "SELECT Name FROM Account GROUP BY Name WHERE Name = 'x'",
        "SELECT Name FROM Account ORDER BY COUNT(Id)",
        "SELECT Name, (SELECT Id FROM Contacts) FROM Account GROUP BY Name",
        "SELECT (SELECT LastName FROM Contacts GROUP BY LastName) FROM Account",
        "SELECT FIELDS(STANDARD), COUNT(Id) FROM Account",
        "SELECT FIELDS(STANDARD) FROM Account GROUP BY Name",
    ],
)
def test_what_is_not_understood_is_malformed(caller: Caller, soql: str) -> None:
    """Never answered as if it were not there."""
    reply = ask(caller, soql)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


def test_groups_come_in_one_part_or_not_at_all(caller: Caller) -> None:
    """There is no nextRecordsUrl for them."""
    caller.org.settings = dataclasses.replace(caller.org.settings, query_batch_size=2)
    few = ask(caller, "SELECT Industry FROM Account GROUP BY Industry")
    many = ask(caller, "SELECT Name FROM Account GROUP BY Name")

    assert few.json()["done"] is True
    assert (many.status_code, many.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
