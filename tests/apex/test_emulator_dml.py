import re

import pytest

from apex.emulator.embedding import ApexFailed
from apex.emulator.errors import IllegalApex
from tests.apex.fixtures.org import needs_parser, new_org, said

pytestmark = needs_parser


def test_insert_gives_id_name_defaults_and_times() -> None:
    """A new row has an id, its automatic name, defaults from the metadata and who made it."""
    org = new_org()
    org.run("insert new Parcel__c(Label__c = '  a ', Note__c = '');")

    row = org.query(
        "SELECT Name, Label__c, Note__c, Status__c, Fragile__c, CreatedDate, LastModifiedDate,"
        " Owner.Username FROM Parcel__c"
    )[0]

    assert re.fullmatch("a00[A-Za-z0-9]{15}", str(row["Id"]))
    assert str(row["Name"]).startswith("P-0")
    assert (row["Label__c"], row["Note__c"]) == ("a", None)
    assert (row["Status__c"], row["Fragile__c"]) == ("NEW", False)
    assert row["CreatedDate"] == row["LastModifiedDate"]
    assert row["owner"]["Username"] == "admin@example.com"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("Note__c = 'x'", r"REQUIRED_FIELD_MISSING, Required fields are missing: \[Label__c\]"),
        ("Label__c = '12345678901'", r"STRING_TOO_LONG, .*\(max length=10\): \[Label__c\]"),
        ("Label__c = 'a', Status__c = 'LOST'", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Label__c = 'a', Weight__c = 1000", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("Label__c = 'a', Parent__c = 'a00000000000001'", "INVALID_CROSS_REFERENCE_KEY"),
        ("Label__c = 'a', Note__c = 'refuse'", "FIELD_CUSTOM_VALIDATION_EXCEPTION, refused by"),
        (
            "Label__c = 'a', Note__c = 'throw'",
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY, ParcelTrigger: execution of BeforeInsert caused",
        ),
    ],
)
def test_row_that_breaks_a_rule_is_refused(fields: str, told: str) -> None:
    """Required fields, lengths, picklists, ranges, lookups and triggers are held."""
    with pytest.raises(ApexFailed, match=rf"System\.DmlException: Insert failed.*row 0.*{told}"):
        said(f"insert new Parcel__c({fields});")


def test_number_is_rounded_to_its_scale() -> None:
    """A number keeps as many decimals as its field has."""
    source = """
        insert new Parcel__c(Label__c = 'a', Weight__c = 1.005);
        System.debug([SELECT Weight__c FROM Parcel__c].Weight__c);
    """

    assert said(source)[-1] == "1.01"


@pytest.mark.parametrize(
    "field", ["CreatedDate = Datetime.now()", "Name = 'P-1'", "IsDeleted = true"]
)
def test_field_of_the_platform_cannot_be_written(field: str) -> None:
    """Times, automatic names and the like are the platform's."""
    with pytest.raises(IllegalApex, match="Field is not writeable"):
        said(f"new Parcel__c({field});")


def test_length_counts_utf16_units() -> None:
    """A character outside of the basic plane counts twice, as in Java."""
    with pytest.raises(ApexFailed, match="STRING_TOO_LONG"):
        said(f"insert new Parcel__c(Label__c = '{chr(0x1F600) * 6}');")


def test_field_that_does_not_exist_is_refused() -> None:
    """An unknown field or object is an error where it is written."""
    with pytest.raises(IllegalApex, match="Parcel__c has no field Nope__c"):
        said("new Parcel__c(Nope__c = 1);")
    with pytest.raises(IllegalApex, match="no such type: Nope__c"):
        said("new Nope__c();")


def test_failed_statement_saves_nothing() -> None:
    """One bad row undoes all rows of a statement, and no id stays on the records."""
    source = """
        Parcel__c good = new Parcel__c(Label__c = 'good');
        List<Parcel__c> l = new List<Parcel__c>{ good, new Parcel__c() };
        try { insert l; } catch (DmlException e) {
            System.debug(e.getDmlIndex(0) + ' ' + e.getDmlStatusCode(0) + ' ' + l[0].Id);
        }
        System.debug([SELECT COUNT() FROM Parcel__c]);
    """

    assert said(source)[-2:] == ["1 REQUIRED_FIELD_MISSING null", "0"]


def test_partial_success_saves_the_good_rows() -> None:
    """With allOrNone false each row has a result of its own."""
    source = """
        Parcel__c good = new Parcel__c(Label__c = 'good');
        List<Parcel__c> l = new List<Parcel__c>{ new Parcel__c(), good };
        for (Database.SaveResult r : Database.insert(l, false, AccessLevel.SYSTEM_MODE)) {
            System.debug(r.isSuccess() ? 'saved' : r.getErrors()[0].getMessage());
        }
        System.debug([SELECT COUNT() FROM Parcel__c]);
    """

    assert said(source) == [
        "BEFORE_INSERT 2",
        "AFTER_INSERT 1",
        "Required fields are missing: [Label__c]",
        "saved",
        "1",
    ]


def test_failed_transaction_is_undone() -> None:
    """What nobody catches undoes everything the transaction saved."""
    org = new_org()

    with pytest.raises(ApexFailed):
        org.run("insert new Account(Name = 'a'); throw new ParcelException();")

    assert org.query("SELECT Id FROM Account") == []


def test_savepoint_goes_back() -> None:
    """A rollback forgets what came after the savepoint, and only that."""
    source = """
        insert new Account(Name = 'a');
        Savepoint here = Database.setSavepoint();
        insert new Account(Name = 'b');
        Database.rollback(here);
        System.debug([SELECT Name FROM Account].Name);
    """

    assert said(source) == ["a"]


def test_triggers_see_old_and_new_in_chunks_of_200() -> None:
    """Before and after triggers run once per 200 records, with old values beside new ones."""
    org = new_org()
    source = """
        List<Parcel__c> l = new List<Parcel__c>();
        for (Integer i = 0; i < 250; i++) { l.add(new Parcel__c(Label__c = 'p' + i)); }
        insert l;
        update new Parcel__c(Id = l[0].Id, Status__c = 'SENT');
        delete l[1];
    """

    assert org.run(source) == [
        "BEFORE_INSERT 200",
        "AFTER_INSERT 200",
        "BEFORE_INSERT 50",
        "AFTER_INSERT 50",
        "BEFORE_UPDATE 1",
        "AFTER_UPDATE 1",
        "NEW -> SENT",
        "BEFORE_DELETE 1",
    ]


def test_before_trigger_changes_what_is_saved() -> None:
    """A field set in a before trigger is stored; the caller's own record stays as it was."""
    source = """
        Parcel__c p = new Parcel__c(Label__c = 'a', Note__c = 'upper');
        insert p;
        System.debug(p.Note__c + ' ' + [SELECT Note__c FROM Parcel__c].Note__c);
    """

    assert said(source)[-1] == "upper UPPER"


def test_upsert_finds_by_external_id() -> None:
    """An upsert by a unique key updates what is there and inserts the rest."""
    source = """
        upsert new Parcel__c(Key__c = 'k1', Label__c = 'a') Key__c;
        upsert new Parcel__c(Key__c = 'K1', Label__c = 'b') Key__c;
        System.debug([SELECT Label__c FROM Parcel__c].Label__c);
    """

    assert said(source)[-1] == "b"


def test_unique_values_are_held() -> None:
    """A second row with the same unique value is refused."""
    with pytest.raises(ApexFailed, match="DUPLICATE_VALUE"):
        said(
            "insert new Parcel__c(Label__c='a', Key__c='x');"
            "insert new Parcel__c(Label__c='b', Key__c='X');"
        )


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("update new Parcel__c(Label__c = 'a');", "MISSING_ARGUMENT, Id not specified"),
        ("delete new Parcel__c(Id = 'a00000000000001');", "ENTITY_IS_DELETED"),
        ("insert new Parcel__c(Id = 'a00000000000001');", "cannot specify Id in an insert call"),
    ],
)
def test_statement_needs_fitting_ids(source: str, told: str) -> None:
    """An update or delete needs the id of a row; an insert must have none."""
    with pytest.raises(ApexFailed, match=told):
        said(source)


def test_setup_objects_are_saved_apart() -> None:
    """Assignments and data cannot be saved in one transaction, unless runAs parts them."""
    with pytest.raises(ApexFailed, match="MIXED_DML_OPERATION"):
        said("insert new Account(Name = 'a');insert new PermissionSet(Name = 'X', Label = 'X');")


def test_custom_metadata_is_read_only() -> None:
    """No DML touches custom metadata."""
    with pytest.raises(IllegalApex, match="DML on Rate__mdt is not allowed"):
        said("insert new Rate__mdt(Zone__c = 'x');")
