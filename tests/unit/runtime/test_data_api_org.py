"""The Data API against an org, over real sockets."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

import pytest

from orgsim import Fault, SimulatedOrg, running
from salesforce_functions import (
    QueriedRecord,
    Record,
    RecordQueryResult,
    UnitOfWork,
)
from salesforce_functions.data_api import DataAPI
from salesforce_functions.data_api.exceptions import (
    DataApiError,
    SalesforceRestApiError,
    UnexpectedRestApiResponsePayload,
)
from tests.support.runtime_org import data_api

T = TypeVar("T")

CONTENT = bytes(range(256)) * 10


class World:
    """An org that listens, and a way to use its Data API."""

    def __init__(self, org: SimulatedOrg, url: str) -> None:
        self.org = org
        self.url = url
        self.token = org.open_session("admin@example.com")

    def use(self, call: Callable[[DataAPI], Awaitable[T]]) -> T:
        """Make calls, as the administrator."""

        async def run() -> T:
            return await call(data_api(self.url, access_token=self.token))

        return asyncio.run(run())

    def refused(self, call: Callable[[DataAPI], Awaitable[object]]) -> list[str]:
        """Make calls in vain; return the codes of the reasons."""
        with pytest.raises(SalesforceRestApiError) as caught:
            self.use(call)
        return [error.error_code for error in caught.value.api_errors]

    def fields(self, record_id: str) -> dict[str, object]:
        """Return what the org knows of a record."""
        row = self.org.data.find(record_id)
        assert row is not None
        return dict(row)


@pytest.fixture(name="world")
def _world() -> Iterator[World]:
    org = SimulatedOrg.built_in()
    with running(org, threads=4) as url:
        yield World(org, url)


def account(name: str, **fields: object) -> Record:
    """Return an account."""
    return Record(type="Account", fields={"Name": name, **fields})


def test_a_record_is_created_changed_found_and_deleted(world: World) -> None:
    """The four things one does with a record."""

    async def use(api: DataAPI) -> list[RecordQueryResult]:
        record_id = await api.create(account("Acme"))
        change = Record(type="Account", fields={"Id": record_id, "Phone": "1", "Name": "Åcme"})
        assert await api.update(change) == record_id
        before = await api.query("SELECT Id, Name, Phone, Industry FROM Account")
        assert await api.delete("Account", record_id) == record_id
        return [before, await api.query("SELECT Id FROM Account")]

    found = QueriedRecord(
        type="Account",
        fields={"Id": "001xx0000000001AAA", "Name": "Åcme", "Phone": "1", "Industry": None},
    )
    assert world.use(use) == [
        RecordQueryResult(done=True, total_size=1, records=[found], next_records_url=None),
        RecordQueryResult(done=True, total_size=0, records=[], next_records_url=None),
    ]


def test_related_records_come_along(world: World) -> None:
    """A parent is a record among the fields, children are a result of their own, none is None."""
    parent = world.org.data.insert("Account", {"Name": "Acme"})
    world.org.data.insert("Contact", {"LastName": "Lovelace", "AccountId": parent})
    world.org.data.insert("Contact", {"LastName": "Nobody"})
    contacts = world.use(
        lambda api: api.query("SELECT Account.Name, Account.Owner.Name FROM Contact")
    )
    accounts = world.use(
        lambda api: api.query(
            "SELECT (SELECT LastName FROM Contacts), (SELECT Id FROM ChildAccounts) FROM Account"
        )
    )

    owner = QueriedRecord(type="User", fields={"Name": "admin"})
    assert [record.fields for record in contacts.records] == [
        {"Account": QueriedRecord(type="Account", fields={"Name": "Acme", "Owner": owner})},
        {"Account": None},
    ]
    lovelace = QueriedRecord(type="Contact", fields={"LastName": "Lovelace"})
    result = RecordQueryResult(done=True, total_size=1, records=[lovelace], next_records_url=None)
    assert accounts.records == [
        QueriedRecord(
            type="Account",
            fields={"ChildAccounts": None},
            sub_query_results={"Contacts": result},
        )
    ]


def test_a_long_result_is_read_to_its_end(world: World) -> None:
    """Part after part, and once more without asking."""
    world.org.settings = replace(world.org.settings, query_batch_size=2)
    for number in range(5):
        world.org.data.insert("Account", {"Name": str(number)})

    async def use(api: DataAPI) -> list[RecordQueryResult]:
        parts = [await api.query("SELECT Name FROM Account ORDER BY Name")]
        while not parts[-1].done:
            parts.append(await api.query_more(parts[-1]))
        return [*parts, await api.query_more(parts[-1])]

    parts = world.use(use)

    assert [[each.get("Name") for each in part.records] for part in parts] == [
        ["0", "1"],
        ["2", "3"],
        ["4"],
        [],
    ]
    assert {part.total_size for part in parts} == {5}
    assert [part.done for part in parts] == [False, False, True, True]
    assert world.org.counters()["requests"]["query"]["total"] == 3


def test_files_go_in_and_out_as_bytes(world: World) -> None:
    """At the top of a result and within a sub-query."""
    file = Record(type="ContentVersion", fields={"PathOnClient": "a", "VersionData": CONTENT})

    async def all_ways(api: DataAPI) -> tuple[RecordQueryResult, RecordQueryResult]:
        await api.create(file)
        return (
            await api.query("SELECT VersionData, ContentSize FROM ContentVersion"),
            await api.query(
                "SELECT Title, (SELECT VersionData FROM ContentVersions) FROM ContentDocument"
            ),
        )

    versions, documents = world.use(all_ways)

    assert versions.records[0].fields == {"VersionData": CONTENT, "ContentSize": 2560}
    nested = documents.records[0].sub_query_results["ContentVersions"]
    assert nested.records[0].fields == {"VersionData": CONTENT}
    assert documents.records[0].fields == {"Title": "a"}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(endpoint="sobjects", kind="status"), SalesforceRestApiError),
        (Fault(endpoint="sobjects", kind="html"), UnexpectedRestApiResponsePayload),
        (Fault(endpoint="sobjects", kind="redirect"), UnexpectedRestApiResponsePayload),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_a_file_that_cannot_be_had_is_an_error(
    world: World, fault: Fault, kind: type[DataApiError]
) -> None:
    """Not a file with the error in it."""
    world.org.data.insert("ContentVersion", {"PathOnClient": "a", "VersionData": "AAAA"})
    world.org.faults.add(fault)

    with pytest.raises(kind):
        world.use(lambda api: api.query("SELECT VersionData FROM ContentVersion"))


def test_a_unit_of_work_happens_as_a_whole(world: World) -> None:
    """Later steps use what earlier ones made: in fields, as Id, as what to delete."""
    old = world.org.data.insert("Account", {"Name": "old"})
    unit = UnitOfWork()
    acme = unit.register_create(account("Acme"))
    contact = unit.register_create(
        Record(type="Contact", fields={"LastName": "Lovelace", "AccountId": acme})
    )
    changed = unit.register_update(Record(type="Account", fields={"Id": acme, "Phone": "1"}))
    gone = unit.register_delete("Account", old)
    lost = unit.register_create(account("lost"))
    undone = unit.register_delete("Account", lost)

    ids = world.use(lambda api: api.commit_unit_of_work(unit))

    assert list(ids) == [acme, contact, changed, gone, lost, undone]
    assert ids[changed] == ids[acme]
    assert ids[gone] == old
    assert ids[undone] == ids[lost]
    assert world.fields(ids[acme])["Phone"] == "1"
    assert world.fields(ids[contact])["AccountId"] == ids[acme]
    assert world.org.data.find(old) is None
    assert world.org.data.find(ids[lost]) is None


def test_a_unit_of_work_that_fails_leaves_nothing_behind(world: World) -> None:
    """And tells the reasons of all its steps."""
    unit = UnitOfWork()
    unit.register_create(account("Acme"))
    unit.register_create(account("x" * 256))
    unit.register_delete("Account", "001xx000000zzzzAAA")

    assert world.refused(lambda api: api.commit_unit_of_work(unit)) == [
        "PROCESSING_HALTED",
        "STRING_TOO_LONG",
        "PROCESSING_HALTED",
    ]
    count = world.use(lambda api: api.query("SELECT COUNT() FROM Account"))
    assert count.total_size == 0


@pytest.mark.parametrize(
    ("call", "codes"),
    [
        (lambda api: api.query("SELECT Nope FROM Account"), ["INVALID_FIELD"]),
        (lambda api: api.query("SELECT"), ["MALFORMED_QUERY"]),
        (lambda api: api.create(Record(type="Account", fields={})), ["REQUIRED_FIELD_MISSING"]),
        (lambda api: api.create(Record(type="Nope", fields={})), ["NOT_FOUND"]),
        (lambda api: api.update(account("x", Id="001xx000000zzzzAAA")), ["NOT_FOUND"]),
        (lambda api: api.delete("Account", "nope"), ["NOT_FOUND"]),
        (lambda api: api.commit_unit_of_work(UnitOfWork()), ["JSON_PARSER_ERROR"]),
    ],
)
def test_refusals(
    world: World, call: Callable[[DataAPI], Awaitable[object]], codes: list[str]
) -> None:
    """What the org says, in its own words."""
    assert world.refused(call) == codes


def test_a_dead_session_is_said_so(world: World) -> None:
    """A function that runs for hours may outlive its token."""
    world.org.expire_sessions()

    assert world.refused(lambda api: api.query("SELECT Id FROM Account")) == ["INVALID_SESSION_ID"]
