"""Platform events in the emulator: published with a transaction, heard of after it."""

import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg, JobOutcome
from apex.emulator.errors import IllegalApex
from tests.apex.fixtures.org import needs_parser, new_org, said

pytestmark = needs_parser

PUBLISH = "EventBus.publish(new List<Arrival__e>{{ new Arrival__e(Code__c = '{}') }});"


def heard(org: EmbeddedOrg) -> list[str]:
    """Return the notes of the parcels that came."""
    return [row["Note__c"] for row in org.query("SELECT Note__c FROM Parcel__c")]


def test_trigger_hears_after_the_commit_as_automated_process() -> None:
    """Not before, and as no person."""
    org = new_org()

    org.run(PUBLISH.format("a"))
    assert heard(org) == []

    assert org.run_jobs() == [JobOutcome("Arrival__e", None)]
    assert heard(org) == ["a"]
    assert "a by autoproc" in org.org.log


def test_event_of_a_failed_transaction_is_never_heard_of() -> None:
    """Publish After Commit: there was no commit."""
    org = new_org()

    with pytest.raises(ApexFailed):
        org.run(PUBLISH.format("a") + "throw new ParcelException('no');")

    assert org.run_jobs() == []


def test_trigger_that_fails_undoes_its_own_work_alone() -> None:
    """Who published has committed long ago."""
    org = new_org()
    org.run("insert new Parcel__c(Label__c = 'a', Note__c = 'kept');" + PUBLISH.format("throw"))

    (outcome,) = org.run_jobs()

    assert outcome.failure is not None
    assert outcome.failure.startswith("ParcelException: not this one")
    assert heard(org) == ["kept"]


def test_event_that_breaks_a_rule_is_not_published() -> None:
    """Its result says why; it counts as one DML statement, after which there is no callout."""
    told = said(
        "Database.SaveResult done = EventBus.publish(new Arrival__e(Code__c = 'x'.repeat(21)));"
        "System.debug(done.isSuccess() + ' ' + done.getErrors()[0].getStatusCode());"
        "System.debug(Limits.getDmlStatements());"
    )

    assert told == ["false STRING_TOO_LONG", "1"]


def test_records_are_no_events() -> None:
    """They are saved, not published."""
    with pytest.raises(IllegalApex, match="no platform event"):
        new_org().run("EventBus.publish(new Parcel__c());")
