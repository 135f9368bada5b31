"""How the sample function is tested: with a made-up caller, and an org that answers as told."""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from main import function, soql_text

from salesforce_functions import QueriedRecord, RecordQueryResult, ReferenceId, UnitOfWork
from salesforce_functions.data_api.exceptions import ClientError
from salesforce_functions.testing import mock_context, mock_event


def result_of(*records: QueriedRecord) -> RecordQueryResult:
    """Return what a query finds."""
    return RecordQueryResult(
        done=True, total_size=len(records), records=list(records), next_records_url=None
    )


ADA = QueriedRecord(type="Contact", fields={"Id": "003A"})
ACME = QueriedRecord(type="Account", fields={"Id": "001A", "Contacts": None})
ACME_WITH_ADA = QueriedRecord(
    type="Account", fields={"Id": "001A"}, sub_query_results={"Contacts": result_of(ADA)}
)


class Org:
    """An org: what it finds is given, what it is asked for is kept."""

    def __init__(self, *found: QueriedRecord) -> None:
        self.found = result_of(*found)
        self.queries: list[str] = []
        self.units: list[UnitOfWork] = []

    async def query(self, soql: str) -> RecordQueryResult:
        """Stand for ``data_api.query``."""
        self.queries.append(soql)
        return self.found

    async def commit_unit_of_work(self, unit: UnitOfWork) -> dict[ReferenceId, str]:
        """Stand for ``data_api.commit_unit_of_work``; the ids are those of new records."""
        self.units.append(unit)
        return {ReferenceId(id=f"referenceId{n}"): f"new-{n}" for n in range(2)}

    def call(self, data: object) -> dict[str, Any]:
        """Call the function with a payload, as a user called Joe."""
        context = mock_context(username="joe@example.com")
        with patch.multiple(
            context.org.data_api, query=self.query, commit_unit_of_work=self.commit_unit_of_work
        ):
            return asyncio.run(function(mock_event(data=data), context))


VISITOR = {"name": "Ada Lovelace", "company": "Acme"}


def test_a_visitor_of_a_new_company_becomes_an_account_and_a_contact() -> None:
    """Both in one unit of work: there is never an account without its first contact."""
    org = Org()

    assert org.call(VISITOR) == {
        "greeting": "Hello, Ada Lovelace!",
        "isNew": True,
        "contactId": "new-1",
        "calledBy": "joe@example.com",
    }
    assert len(org.units) == 1


def test_a_new_visitor_of_a_known_company_becomes_its_contact() -> None:
    """Nothing is created but the contact."""
    org = Org(ACME)

    result = org.call(VISITOR)

    assert (result["isNew"], result["contactId"]) == (True, "new-0")


def test_a_known_visitor_is_left_alone() -> None:
    """Calling twice does no harm."""
    org = Org(ACME_WITH_ADA)

    result = org.call(VISITOR)

    assert (result["isNew"], result["contactId"]) == (False, "003A")
    assert org.units == []


@pytest.mark.parametrize("data", [None, {}, {"name": " ", "company": None}, [], "text"])
def test_a_payload_that_names_nobody_is_no_error(data: object) -> None:
    """The world walks in."""
    org = Org()

    assert org.call(data)["greeting"] == "Hello, World!"
    assert "WHERE Name = 'World'" in org.queries[0]
    assert "WHERE Name = 'Walk-in'" in org.queries[0]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Acme", "'Acme'"),
        ("O'Hara", r"'O\'Hara'"),
        (r"\' OR Name != '", r"'\\\' OR Name != \''"),
    ],
)
def test_a_payload_cannot_change_the_query(text: str, quoted: str) -> None:
    """Quotation marks and backslashes are escaped."""
    assert soql_text(text) == quoted


def test_an_org_that_is_away_is_an_error() -> None:
    """Apex sees the error's text; nothing is half done."""
    context = mock_context()
    with (
        patch.object(context.org.data_api, "query", side_effect=ClientError("away")),
        pytest.raises(ClientError),
    ):
        asyncio.run(function(mock_event(data=VISITOR), context))


def test_what_was_done_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """With attributes that can be searched for."""
    Org(ACME_WITH_ADA).call(VISITOR)

    assert capsys.readouterr().out == (
        'company=Acme contact=003A is_new=false level=info msg="Greeted Ada Lovelace"\n'
    )
