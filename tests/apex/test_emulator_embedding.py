from threading import Thread

import pytest

from apex.emulator.embedding import ApexFailed
from tests.apex.fixtures.org import needs_parser, new_org

pytestmark = needs_parser


def test_record_can_be_patched_from_outside() -> None:
    """A change from outside is a transaction: triggers run, and rules are held."""
    org = new_org()
    record_id = org.insert("Parcel__c", {"Label__c": "a", "Weight__c": 1.5})

    org.update("Parcel__c", record_id[:15], {"Status__c": "SENT", "Note__c": None})

    assert org.org.log[-1] == "NEW -> SENT"
    rows = org.query("SELECT Status__c, Weight__c FROM Parcel__c")
    assert rows == [{"Id": record_id, "Status__c": "SENT", "Weight__c": 1.5}]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"Label__c": "much too long"}, "STRING_TOO_LONG"),
        ({"Nope__c": 1}, "INVALID_FIELD: No such column 'Nope__c'"),
        ({"Label__c": None}, "REQUIRED_FIELD_MISSING"),
    ],
)
def test_refused_change_tells_the_code(fields: dict[str, object], told: str) -> None:
    """A change that breaks a rule fails with Salesforce's code and changes nothing."""
    org = new_org()
    record_id = org.insert("Parcel__c", {"Label__c": "a"})

    with pytest.raises(ApexFailed, match=told):
        org.update("Parcel__c", record_id, fields)
    assert org.query("SELECT Label__c FROM Parcel__c")[0]["Label__c"] == "a"


def test_metadata_and_rows_can_be_set() -> None:
    """A test points custom metadata elsewhere and stores rows that no Apex made."""
    org = new_org()
    org.change_metadata("Rate__mdt", "Fast", Zone__c="south", Cents__c=5)
    org.put_row("Account", Name="made")

    source = """
        Rate__mdt rate = Rate__mdt.getInstance('Fast');
        System.debug(rate.Zone__c + rate.Cents__c + [SELECT Name FROM Account].Name);
    """
    assert org.run(source) == ["south5made"]
    with pytest.raises(KeyError):
        org.change_metadata("Rate__mdt", "Slow", Zone__c="x")


def test_method_of_a_class_can_be_called() -> None:
    """A static method is called with Python values and gives its Apex value."""
    assert new_org().call("Animals.which", "text") == "String"
    assert new_org().call("Animals.which", 5) == "Integer"


def test_threads_take_turns() -> None:
    """Transactions from several threads run one after another: no update is lost."""
    org = new_org()
    record_id = org.insert("Parcel__c", {"Label__c": "a", "Weight__c": 0})
    count = f"""
        Parcel__c p = [SELECT Weight__c FROM Parcel__c WHERE Id = '{record_id}' FOR UPDATE];
        p.Weight__c += 1;
        update p;
    """  # noqa: S608 - it is SOQL
    threads = [Thread(target=org.run, args=(count,)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert org.query("SELECT Weight__c FROM Parcel__c")[0]["Weight__c"] == 8
