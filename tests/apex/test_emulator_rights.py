from datetime import UTC, datetime, timedelta

import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg
from tests.apex.fixtures.org import fixture_project, needs_parser, new_org

pytestmark = needs_parser

INNER = "SELECT Id FROM Parcel__c WHERE Id IN"
NO_OBJECT = "sObject type 'Parcel__c' is not supported"


@pytest.fixture
def org() -> EmbeddedOrg:
    """An org with two parcels whose user may read them, their notes and weights, and edit notes."""
    org = new_org()
    first = org.insert("Parcel__c", {"Label__c": "a", "Note__c": "n", "Key__c": "k"})
    org.insert("Parcel__c", {"Label__c": "b", "Weight__c": 2, "Parent__c": first})
    org.assign_permission_set("Reader")
    return org


@pytest.mark.parametrize("granted", [None, "Sender"])
def test_deployment_grants_nobody_anything(granted: str | None) -> None:
    """Without an assignment nobody reads a custom object as a user; a session-based one is off."""
    org = new_org()
    if granted:
        org.assign_permission_set(granted)

    with pytest.raises(ApexFailed, match=NO_OBJECT):
        org.run("List<Parcel__c> l = [SELECT Id FROM Parcel__c WITH USER_MODE];")
    assert org.run("System.debug([SELECT Id FROM Parcel__c WITH SYSTEM_MODE].size());") == ["0"]
    assert org.run("System.debug([SELECT Id FROM Account WITH USER_MODE].size());") == ["0"]


def test_assignment_that_has_expired_grants_nothing(org: EmbeddedOrg) -> None:
    """An assignment counts until its expiration date."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    org.org.now = lambda: now
    assignment = org.query("SELECT Id FROM PermissionSetAssignment")[0]["Id"]
    row = dict(org.org.database.rows("PermissionSetAssignment")[assignment])
    source = "System.debug([SELECT Id FROM Parcel__c WITH USER_MODE].size());"

    org.org.database.put("PermissionSetAssignment", {**row, "expirationdate": now + timedelta(1)})
    assert org.run(source) == ["2"]

    org.org.database.put("PermissionSetAssignment", {**row, "expirationdate": now})
    with pytest.raises(ApexFailed, match=NO_OBJECT):
        org.run(source)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Label__c, Name, CreatedDate, Owner.Name FROM Parcel__c WITH USER_MODE",
        "SELECT Note__c FROM Parcel__c WHERE Weight__c != 3 WITH USER_MODE ORDER BY Weight__c",
        "SELECT Parent__r.Note__c FROM Parcel__c WITH USER_MODE",
        "SELECT Note__c FROM Parcel__c WHERE Key__c != 'x' WITH SECURITY_ENFORCED",
        "SELECT Key__c FROM Parcel__c",
        "SELECT Key__c FROM Parcel__c WITH SYSTEM_MODE",
    ],
)
def test_query_gives_what_the_user_may_read(org: EmbeddedOrg, query: str) -> None:
    """System fields, required fields and granted ones are readable; system mode asks nobody."""
    assert org.run(f"System.debug([{query}].size());") == ["2"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("SELECT Key__c FROM Parcel__c WITH USER_MODE", "Key__c"),
        ("SELECT Id FROM Parcel__c WHERE Key__c = 'k' WITH USER_MODE", "Key__c"),
        ("SELECT Id FROM Parcel__c WHERE (NOT Key__c = 'k') WITH USER_MODE", "Key__c"),
        ("SELECT Id FROM Parcel__c WITH USER_MODE ORDER BY Status__c", "Status__c"),
        ("SELECT Parent__r.Key__c FROM Parcel__c WITH USER_MODE", "Key__c"),
        ("SELECT COUNT(Key__c) n FROM Parcel__c WITH USER_MODE", "Key__c"),
        ("SELECT Status__c s FROM Parcel__c WITH USER_MODE GROUP BY Status__c", "Status__c"),
        ("SELECT Key__c FROM Parcel__c WITH SECURITY_ENFORCED", "Key__c"),
        (
            INNER + " (SELECT Parent__c FROM Parcel__c WHERE Key__c = 'k') WITH USER_MODE",  # noqa: S608
            "Key__c",
        ),
    ],
)
def test_query_refuses_what_the_user_may_not_read(org: EmbeddedOrg, query: str, field: str) -> None:
    """A field in any clause that is not granted does not exist for the user."""
    with pytest.raises(ApexFailed, match=f"QueryException: No such column '{field}' on entity"):
        org.run(f"Object found = [{query}];")


@pytest.mark.parametrize(
    "call",
    [
        "Database.query(q, AccessLevel.USER_MODE)",
        "Database.queryWithBinds(q, new Map<String, Object>(), AccessLevel.USER_MODE)",
        "Database.getQueryLocator(q, AccessLevel.USER_MODE)",
    ],
)
def test_dynamic_query_takes_its_level(org: EmbeddedOrg, call: str) -> None:
    """An AccessLevel is the same as WITH USER_MODE."""
    source = f"String q = 'SELECT Key__c FROM Parcel__c'; Object found = {call};"  # noqa: S608 - it is SOQL

    with pytest.raises(ApexFailed, match="No such column 'Key__c'"):
        org.run(source)
    org.run(source.replace("USER_MODE", "SYSTEM_MODE"))


FIRST = "Parcel__c p = [SELECT Id FROM Parcel__c ORDER BY Label__c LIMIT 1]; "


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("p.Weight__c = 1; update as user p;", "fields being inaccessible on Sobject Parcel__c"),
        ("p.Weight__c = 1; Database.update(p, AccessLevel.USER_MODE);", r"\[Weight__c\]"),
        ("delete as user p;", "Access to entity 'Parcel__c' denied"),
        ("Database.delete(p, AccessLevel.USER_MODE);", "Access to entity 'Parcel__c' denied"),
        ("insert as user new Parcel__c(Label__c = 'c');", "Access to entity 'Parcel__c' denied"),
        ("upsert as user p;", "Access to entity 'Parcel__c' denied"),
    ],
)
def test_change_that_the_user_may_not_make_is_refused(
    org: EmbeddedOrg, change: str, told: str
) -> None:
    """DML as the user takes the object's permission, and edit access to each field that is set."""
    with pytest.raises(ApexFailed, match=told):
        org.run(FIRST + change)
    org.run(FIRST + change.replace("as user", "as system").replace("USER_MODE", "SYSTEM_MODE"))


def test_change_that_the_user_may_make_is_made(org: EmbeddedOrg) -> None:
    """A granted field is written; in a list each record is held against the rights by itself."""
    org.run(FIRST + "p.Note__c = 'mine'; p.Label__c = 'c'; update as user p;")
    source = """
        List<Parcel__c> all = [SELECT Id FROM Parcel__c ORDER BY Label__c];
        all[0].Note__c = 'yes';
        all[1].Weight__c = 9;
        for (Database.SaveResult r : Database.update(all, false, AccessLevel.USER_MODE)) {
            System.debug(r.isSuccess());
        }
    """

    assert org.run(source)[-2:] == ["true", "false"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Parcel__c.SObjectType.getDescribe().isAccessible()", "true"),
        ("Parcel__c.SObjectType.getDescribe().isDeletable()", "false"),
        ("Parcel__c.Weight__c.getDescribe().isAccessible()", "true"),
        ("Parcel__c.Weight__c.getDescribe().isUpdateable()", "false"),
        ("Parcel__c.Note__c.getDescribe().isUpdateable()", "true"),
        ("Parcel__c.Note__c.getDescribe().isCreateable()", "false"),
        ("Parcel__c.Key__c.getDescribe().isAccessible()", "false"),
        ("Parcel__c.Key__c.getDescribe().isPermissionable()", "true"),
        ("Parcel__c.Label__c.getDescribe().isPermissionable()", "false"),
        ("Account.SObjectType.getDescribe().isCreateable()", "true"),
    ],
)
def test_describe_tells_the_rights(org: EmbeddedOrg, question: str, answer: str) -> None:
    """What a describe says is allowed is what user mode allows."""
    assert org.run(f"System.debug({question});") == [answer]


def _failure_of(name: str) -> str | None:
    project = fixture_project()
    return next(project.run(test) for test in project.tests() if test.name == name).failure


def test_run_as_switches_the_rights() -> None:
    """In an Apex test a user has what permission sets of the test grant, and only as that user."""
    assert _failure_of("ParcelRightsTests.runAsSwitchesTheRights") is None


def test_group_grants_what_is_calculated() -> None:
    """A group can be assigned, and grants, once it is calculated after its last change."""
    assert _failure_of("ParcelRightsTests.groupIsOutdatedUntilItIsCalculated") is None
