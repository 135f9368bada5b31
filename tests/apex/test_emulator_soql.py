import pytest

from apex.emulator.embedding import ApexFailed, EmbeddedOrg
from apex.emulator.errors import IllegalApex, NotEmulated
from tests.apex.fixtures.org import needs_parser, new_org, said

pytestmark = needs_parser


@pytest.fixture
def parcels() -> EmbeddedOrg:
    """An org with three parcels: a 1.5 heavy, B 20, c without weight and under a."""
    org = new_org()
    org.assign_permission_set("Reader")
    first = org.insert("Parcel__c", {"Label__c": "a", "Weight__c": 1.5, "Key__c": "K1"})
    org.insert("Parcel__c", {"Label__c": "B", "Weight__c": 20, "Status__c": "SENT"})
    org.insert("Parcel__c", {"Label__c": "c", "Parent__c": first, "Fragile__c": True})
    return org


def found(org: EmbeddedOrg, rest: str) -> str:
    """Return the labels of the parcels that a query finds, in its order."""
    rows = org.query(f"SELECT Label__c FROM Parcel__c {rest}")  # noqa: S608 - it is SOQL
    return "".join(str(row["Label__c"]) for row in rows)


@pytest.mark.parametrize(
    ("rest", "labels"),
    [
        ("WHERE Label__c = 'A'", "a"),
        ("WHERE Label__c != 'a' ORDER BY Label__c", "Bc"),
        ("WHERE Weight__c > 1.5", "B"),
        ("WHERE Weight__c <= 20 ORDER BY Weight__c DESC", "Ba"),
        ("WHERE Weight__c != 20 ORDER BY Label__c", "ac"),
        ("WHERE Weight__c = null", "c"),
        ("WHERE Label__c IN ('a', 'C') ORDER BY Label__c", "ac"),
        ("WHERE Label__c NOT IN ('a', 'C')", "B"),
        ("WHERE Key__c LIKE 'k_'", "a"),
        ("WHERE Label__c LIKE '%'  ORDER BY Label__c DESC", "cBa"),
        ("WHERE Fragile__c = true OR (Weight__c > 1 AND (NOT Label__c = 'a'))", "Bc"),
        ("WHERE (NOT Label__c = 'a') AND Status__c = 'NEW'", "c"),
        ("WHERE Parent__r.Label__c = 'a'", "c"),
        ("WHERE Id IN (SELECT Parent__c FROM Parcel__c)", "a"),
        ("WHERE CreatedDate = TODAY ORDER BY Label__c", "aBc"),
        ("WHERE CreatedDate < LAST_N_DAYS:2", ""),
        ("WHERE CreatedDate > 2020-01-01T00:00:00Z ORDER BY Label__c LIMIT 2", "aB"),
        ("ORDER BY Weight__c LIMIT 1", "c"),
        ("ORDER BY Weight__c NULLS LAST", "aBc"),
        ("ORDER BY Label__c LIMIT 1 OFFSET 1", "B"),
        ("WHERE Label__c = 'a' WITH USER_MODE FOR UPDATE", "a"),
    ],
)
def test_query_finds_what_soql_finds(parcels: EmbeddedOrg, rest: str, labels: str) -> None:
    """Conditions, order, limits and parents select the rows that they select in an org."""
    assert found(parcels, rest) == labels


def test_query_binds_variables_and_collections(parcels: EmbeddedOrg) -> None:
    """``:name`` takes variables, fields, calls, lists of records and a map of binds."""
    source = """
        String label = 'a';
        List<Parcel__c> all = [SELECT Id FROM Parcel__c WHERE Label__c = :label.toUpperCase()];
        System.debug([SELECT COUNT() FROM Parcel__c WHERE Id IN :all AND Id = :all[0].Id]);
        System.debug(Database.query('SELECT Id FROM Parcel__c WHERE Label__c = :label').size());
        Map<String, Object> binds = new Map<String, Object>{ 'it' => 'B' };
        String text = 'SELECT Id, Label__c FROM Parcel__c WHERE Label__c = :it';
        List<Parcel__c> found = Database.queryWithBinds(text, binds, AccessLevel.SYSTEM_MODE);
        System.debug(found[0].Label__c);
        System.debug(Database.countQuery('SELECT COUNT() FROM Parcel__c'));
    """

    assert parcels.run(source) == ["1", "1", "B", "3"]


def test_query_gives_parents(parcels: EmbeddedOrg) -> None:
    """Fields of a parent are read through it; a missing parent is null."""
    source = """
        for (Parcel__c p : [
            SELECT Parent__r.Label__c, Owner.Username FROM Parcel__c ORDER BY Label__c
        ]) {
            System.debug(p.Parent__r?.Label__c + ' ' + p.Owner.Username);
        }
    """

    assert parcels.run(source) == ["null admin@example.com"] * 2 + ["a admin@example.com"]


def test_query_groups(parcels: EmbeddedOrg) -> None:
    """Aggregates give one row per group."""
    source = """
        for (AggregateResult row : [
            SELECT Status__c s, COUNT(Id) n, SUM(Weight__c) w FROM Parcel__c GROUP BY Status__c
        ]) {
            System.debug(row.get('s') + ' ' + row.get('n') + ' ' + row.get('w'));
        }
    """

    assert parcels.run(source) == ["NEW 2 1.5", "SENT 1 20"]


def test_one_record_needs_exactly_one_row(parcels: EmbeddedOrg) -> None:
    """A query assigned to one record throws when it finds none or several."""
    with pytest.raises(ApexFailed, match="List has no rows for assignment to SObject"):
        parcels.run("Parcel__c p = [SELECT Id FROM Parcel__c WHERE Label__c = 'no'];")
    with pytest.raises(ApexFailed, match="List has more than 1 row for assignment to SObject"):
        parcels.run("Parcel__c p = [SELECT Id FROM Parcel__c];")


def test_query_without_rows_is_null_only_for_a_record(parcels: EmbeddedOrg) -> None:
    """``[query] ?? other`` takes the other record; a list without rows is a list."""
    source = """
        Parcel__c none = [SELECT Id FROM Parcel__c WHERE Label__c = 'no'] ?? null;
        List<Parcel__c> empty = [SELECT Id FROM Parcel__c WHERE Label__c = 'no'];
        List<Parcel__c> same = empty ?? new List<Parcel__c>{ new Parcel__c() };
        System.debug(none + ' ' + same.size());
    """

    assert parcels.run(source) == ["null 0"]


def test_field_that_was_not_queried_cannot_be_read(parcels: EmbeddedOrg) -> None:
    """A record knows only what its query asked for."""
    with pytest.raises(
        ApexFailed, match=r"without querying the requested field: Parcel__c\.Note__c"
    ):
        parcels.run("Parcel__c p = [SELECT Id FROM Parcel__c LIMIT 1]; System.debug(p.Note__c);")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT Nope__c FROM Parcel__c", "Parcel__c has no field Nope__c"),
        ("SELECT Id FROM Nope__c", "sObject type 'Nope__c' is not supported"),
        ("SELECT Id FROM Parcel__c WHERE Nope__c = 1", "has no field Nope__c"),
        ("SELECT Id FROM Parcel__c WHERE Parent__r.Nope__c = 1", "has no field Nope__c"),
        ("SELECT Id FROM Parcel__c WHERE Note__c = 'x'", "'Note__c' can not be filtered"),
        ("SELECT Id FROM Parcel__c ORDER BY Id FOR UPDATE", "FOR UPDATE and ORDER BY"),
        ("SELECT Id FROM Parcel__c WHERE Weight__c = 'x' AND Weight__c > 'x'", "compares"),
    ],
)
def test_wrong_query_is_refused(parcels: EmbeddedOrg, query: str, told: str) -> None:
    """A column or object that does not exist is an error, also when there is no row to see it."""
    with pytest.raises(IllegalApex, match=told):
        parcels.run(f"List<SObject> x = [{query}];")
    with pytest.raises(ApexFailed, match=r"System\.QueryException"):
        parcels.run(f"Database.query('{query.replace(chr(39), chr(92) + chr(39))}');")


def test_custom_metadata_is_visible() -> None:
    """Records of custom metadata come from the project, and what they leave out is null."""
    source = """
        Rate__mdt rate = Rate__mdt.getInstance('fast');
        System.debug(rate.Zone__c + ' ' + rate.Cents__c + ' ' + rate.MasterLabel);
        System.debug(Rate__mdt.getInstance('none') + ' ' + Rate__mdt.getAll().keySet());
        System.debug([SELECT COUNT() FROM Rate__mdt WHERE Zone__c = 'NORTH']);
    """

    assert said(source) == ["north null Fast one", "null {Fast}", "1"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT toLabel(Status__c) FROM Parcel__c",
        "SELECT Id FROM Parcel__c WHERE CreatedDate = THIS_QUARTER",
        "SELECT Status__c, COUNT(Id) FROM Parcel__c GROUP BY ROLLUP(Status__c)",
    ],
)
def test_unknown_soql_is_refused(query: str) -> None:
    """What the emulator does not know of SOQL it says, instead of guessing."""
    with pytest.raises(NotEmulated, match="not emulated"):
        said(f"List<SObject> x = [{query}];")
