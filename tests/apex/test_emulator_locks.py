import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg
from apex.emulator.errors import LostLock
from apex.emulator.platform.org import IncomingAnswer, Org
from tests.apex.fixtures.org import fixture_project, needs_parser

pytestmark = needs_parser

LOCK = "SELECT Id FROM Parcel__c WHERE Label__c IN ('a', 'b') FOR UPDATE"


@pytest.fixture
def org() -> EmbeddedOrg:
    """An org with two parcels, a and b, whose callouts are answered."""
    project = fixture_project()
    made = EmbeddedOrg(
        project,
        Org(
            project.program,
            transport=lambda _: IncomingAnswer(status=200, reason="OK", headers=[], body=b""),
        ),
    )
    made.insert("Parcel__c", {"Label__c": "a"})
    made.insert("Parcel__c", {"Label__c": "b"})
    return made


def locked_b(org: EmbeddedOrg, times: int | None = None) -> str:
    """Lock b as somebody else; return its id."""
    record_id = str(org.query("SELECT Id FROM Parcel__c WHERE Label__c = 'b'")[0]["Id"])
    org.org.locks.hold(record_id, times=times)
    return record_id


def test_lock_of_somebody_else_fails_the_query_for_update(org: EmbeddedOrg) -> None:
    """FOR UPDATE of rows of which one is locked is a QueryException; without it they are read."""
    held = locked_b(org)
    source = f"List<Parcel__c> l = [{LOCK}];"

    with pytest.raises(ApexFailed, match="QueryException: Record Currently Unavailable"):
        org.run(source)
    org.run(source.replace(" FOR UPDATE", ""))
    org.run(source.replace(", 'b'", ""))
    org.org.locks.release(held)
    org.run(source)


def test_lock_of_somebody_else_fails_the_save_of_that_row(org: EmbeddedOrg) -> None:
    """A locked row is UNABLE_TO_LOCK_ROW; in a list that may fail in part the others are saved."""
    locked_b(org)
    source = "List<Parcel__c> l = [SELECT Id, Label__c FROM Parcel__c ORDER BY Label__c];"

    with pytest.raises(ApexFailed, match="UNABLE_TO_LOCK_ROW, unable to obtain exclusive access"):
        org.run(f"{source} update l;")
    with pytest.raises(ApexFailed, match=r"Delete failed.*UNABLE_TO_LOCK_ROW"):
        org.run(f"{source} delete l;")
    told = org.run(
        source
        + """
        for (Database.SaveResult r : Database.update(l, false)) {
            System.debug(r.isSuccess() ? 'saved' : r.getErrors()[0].getStatusCode().name());
        }
        """
    )
    assert told[-2:] == ["saved", "UNABLE_TO_LOCK_ROW"]


def test_lock_may_end(org: EmbeddedOrg) -> None:
    """A record may be found locked so many times only."""
    locked_b(org, times=1)

    with pytest.raises(ApexFailed):
        org.run(f"List<Parcel__c> l = [{LOCK}];")
    org.run(f"List<Parcel__c> l = [{LOCK}];")


def test_lock_before_a_callout_is_a_mistake(org: EmbeddedOrg) -> None:
    """A callout gives locked rows free: a lock taken before it ends the run, with both places."""
    with pytest.raises(LostLock, match=r"the rows locked at .* are free at ParcelCallouts\.cls:6"):
        org.run(f"List<Parcel__c> l = [{LOCK}]; ParcelCallouts.call();")
    org.run(f"List<Parcel__c> l = [{LOCK.replace(' FOR UPDATE', '')}]; ParcelCallouts.call();")
    org.run(f"ParcelCallouts.call(); List<Parcel__c> l = [{LOCK}];")
    org.run(f"List<Parcel__c> l = [{LOCK.replace('IN', 'NOT IN')}]; ParcelCallouts.call();")
