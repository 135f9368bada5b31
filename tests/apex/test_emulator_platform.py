import json

import pytest

from apex.emulator.embedding import ApexFailed
from tests.apex.fixtures.org import needs_parser, new_org, said, value_of

pytestmark = needs_parser


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("'a,b,,'.split(',')", "(a, b)"),
        ("'a.b'.split('\\\\.')", "(a, b)"),
        ("String.join(new List<Object>{ 1, 'x', null }, '-')", "1-x-"),
        (r"String.format('{0} it\'\'s {2}', new List<Object>{ 1 })", "1 it's {2}"),
        ("'abcdef'.abbreviate(5)", "ab..."),
        ("'abc'.left(9) + 'abc'.right(2) + 'abc'.mid(1, 1)", "abcbcb"),
        ("'a__b__c'.substringBefore('__') + 'a__b__c'.substringAfter('__')", "ab__c"),
        ("'x1y22'.replaceAll('[0-9]+', '#')", "x#y#"),
        ("'ab'.hashCode()", "3105"),
        ("'\U0001f600'.length()", "2"),
        ("' a b '.deleteWhitespace() + '12'.isNumeric() + '1a'.isNumeric()", "abtruefalse"),
        ("String.escapeSingleQuotes('it\\'s')", "it\\'s"),
        ("EncodingUtil.urlEncode('a b&c=é', 'UTF-8')", "a+b%26c%3D%C3%A9"),
        ("EncodingUtil.urlDecode('a+b%26', 'UTF-8')", "a b&"),
        ("EncodingUtil.base64Encode(Blob.valueOf('hé'))", "aMOp"),
        ("EncodingUtil.convertToHex(Crypto.generateDigest('SHA-256', Blob.valueOf('')))", None),
        ("Pattern.compile('(a+)b').matcher('aab').matches()", "true"),
        ("Date.newInstance(2026, 1, 31).addMonths(1)", "2026-02-28"),
        (
            "Datetime.newInstanceGmt(2026, 1, 2, 3, 4, 5).addDays(-2).formatGmt('yyyy-MM-dd')",
            "2025-12-31",
        ),
        ("Decimal.valueOf('1.255').setScale(2, RoundingMode.HALF_UP)", "1.26"),
        ("Math.round(2.5) + Math.round(3.5)", "6"),
    ],
)
def test_platform_methods_work(expression: str, shown: str | None) -> None:
    """Methods of String, Blob, Date, Decimal and the like give what Apex gives."""
    if shown is None:
        assert value_of(expression)
    else:
        assert value_of(expression) == shown


def test_json_round_trip_of_objects() -> None:
    """Objects are written with all fields in their order, and read by name in any case."""
    source = """
        System.debug(JSON.serialize(new Animals.Point(1, 2)));
        Animals.Point p = (Animals.Point) JSON.deserialize('{"X":5,"z":1}', Animals.Point.class);
        System.debug(p);
        System.debug(JSON.serialize(new Map<String, Object>{ 'a' => null, 'b' => 1.50 }));
        System.debug(JSON.serialize(new Map<String, Object>{ 'a' => null }, true));
        System.debug(JSON.serialize(new Account(Name = 'n')));
    """

    assert said(source) == [
        '{"x":1,"y":2}',
        "5/null",
        '{"a":null,"b":1.50}',
        "{}",
        '{"attributes":{"type":"Account"},"Name":"n"}',
    ]


def test_untyped_json_has_apex_types() -> None:
    """Untyped JSON gives maps, lists, Integers, Longs and Doubles, never a Decimal."""
    document = json.dumps({"i": 1, "l": 3_000_000_000, "d": 1.5, "t": [True, None]})
    source = f"""
        Map<String, Object> m = (Map<String, Object>) JSON.deserializeUntyped('{document}');
        System.debug((m.get('i') instanceof Integer) + ' ' + (m.get('l') instanceof Long));
        System.debug((m.get('d') instanceof Double) + ' ' + m.get('t'));
    """

    assert said(source) == ["true true", "true (true, null)"]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("JSON.deserializeUntyped('{')", "JSONException"),
        ("JSON.deserializeUntyped('')", "JSONException"),
        ("JSON.deserializeUntyped(null)", "NullPointerException"),
        ("JSON.deserializeStrict('{\"q\":1}', Animals.Point.class)", "JSONException"),
        ('JSON.deserialize(\'{"x":"a"}\', Animals.Point.class)', "JSONException"),
        ("JSON.deserialize('[]', Animals.Point.class)", "JSONException"),
        ("JSON.deserialize('{\"x\":1.5}', Animals.Point.class)", "JSONException"),
    ],
)
def test_wrong_json_throws(call: str, told: str) -> None:
    """Text that is no JSON, or not of the type, is an exception that Apex can catch."""
    with pytest.raises(ApexFailed, match=rf"System\.{told}"):
        said(f"Object x = {call};")


def test_encryption_hides_and_gives_back() -> None:
    """AES with a managed IV gives the text back with the right key, and no sooner."""
    source = """
        Blob key = Crypto.generateAesKey(256);
        Blob hidden = Crypto.encryptWithManagedIV('AES256', key, Blob.valueOf('secret'));
        System.debug(Crypto.decryptWithManagedIV('AES256', key, hidden).toString());
        System.debug(hidden.size());
        Blob again = Crypto.encryptWithManagedIV('AES256', key, Blob.valueOf('secret'));
        System.debug(hidden != again);
    """

    assert said(source) == ["secret", "32", "true"]
    with pytest.raises(ApexFailed, match=r"System\.InvalidParameterValueException"):
        said("Crypto.encryptWithManagedIV('AES256', Blob.valueOf('short'), Blob.valueOf('x'));")


def test_cache_outlives_a_transaction_and_keeps_copies() -> None:
    """What one transaction puts into the org's cache another gets, until it is removed."""
    org = new_org()
    org.run("Cache.Org.getPartition('local.Parcels').put('k', new List<String>{ 'v' }, 300);")

    assert org.run("System.debug(Cache.Org.getPartition('Parcels').get('k'));") == ["(v)"]
    org.run("Cache.Org.getPartition('Parcels').remove('k');")
    assert org.run("System.debug(Cache.Org.getPartition('Parcels').get('k'));") == ["null"]
    with pytest.raises(ApexFailed, match="Partition Nope does not exist"):
        org.run("Cache.Org.getPartition('Nope').get('k');")
    with pytest.raises(ApexFailed, match="Invalid cache key"):
        org.run("Cache.Org.getPartition('Parcels').put('no-dashes', 1);")


def test_describes_tell_the_schema() -> None:
    """Tokens and describes give names, lengths and prefixes of the project's objects."""
    source = """
        System.debug(Parcel__c.SObjectType.getDescribe().getName());
        System.debug(Schema.SObjectType.Parcel__c.fields.getMap().containsKey('label__c'));
        System.debug(Parcel__c.Label__c.getDescribe().getLength());
        SObject made = Parcel__c.SObjectType.newSObject();
        made.put('Label__c', 'x');
        System.debug(made.get('label__c') + ' ' + (made instanceof Parcel__c));
        System.debug(new Account(Name = 'a', Id = '001000000000001').Id.getSObjectType());
    """

    assert said(source) == ["Parcel__c", "true", "10", "x true", "Account"]


def test_permission_sets_of_the_project_are_rows() -> None:
    """A permission set of the project can be found and assigned."""
    org = new_org()
    org.assign_permission_set("Sender")

    rows = org.query(
        "SELECT PermissionSet.Name, PermissionSet.HasActivationRequired"
        " FROM PermissionSetAssignment WHERE IsActive = true"
    )

    assert [row["permissionset"]["Name"] for row in rows] == ["Sender"]
    assert rows[0]["permissionset"]["HasActivationRequired"] is True
