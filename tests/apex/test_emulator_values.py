import pytest

from apex.emulator.embedding import ApexFailed
from apex.emulator.errors import IllegalApex
from tests.apex.fixtures.org import needs_parser, said, value_of

pytestmark = needs_parser


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("Math.mod(-7, 2)", "-1"),
        ("7 / 2.0", "3.5"),
        ("2147483647 + 1", "-2147483648"),
        ("2147483647L + 1", "2147483648"),
        ("1 << 33", "2"),
        ("-1 >>> 28", "15"),
        ("5 & 3 | 8", "9"),
        ("true ^ true", "false"),
        ("1 + 2 + 'x' + 1 + 2", "3x12"),
        ("'a' + null", "anull"),
        ("1.10 + 1", "2.10"),
        ("0.1 + 0.2 == 0.3", "true"),
        ("10.0 / 4", "2.5"),
        ("(Integer) 3.9", "3"),
        ("Integer.valueOf('12')", "12"),
        ("1 == 1.0", "true"),
    ],
)
def test_numbers_follow_apex(expression: str, shown: str) -> None:
    """Integers are cut and wrap at 32 bits, Longs at 64, Decimals are exact."""
    assert value_of(expression) == shown


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("'ABC' == 'abc'", "true"),
        ("'ABC' === 'abc'", "false"),
        ("'ABC'.equals('abc')", "false"),
        ("new Set<String>{ 'ABC' }.contains('abc')", "false"),
        ("new List<String>{ 'ABC' }.indexOf('abc')", "-1"),
        ("new Map<String, Integer>{ 'A' => 1 }.get('a')", "null"),
        ("'001000000000001AAA' == '001000000000001'", "false"),
        ("(Id) '001000000000001' == '001000000000001AAA'", "true"),
        ("'b' > 'A'", "true"),
    ],
)
def test_text_is_compared_without_case_only_by_operators(expression: str, shown: str) -> None:
    """``==`` ignores case and knows ids; collections and ``equals`` do not ignore case."""
    assert value_of(expression) == shown


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("null == null", "true"),
        ("null != 'a'", "true"),
        ("((String) null)?.length()", "null"),
        ("((String) null)?.trim().length()", "null"),
        ("((String) null) ?? 'other'", "other"),
        ("null instanceof String", "false"),
        ("(1 < (Integer) null)", "false"),
        ("true || ((Boolean) null)", "true"),
        ("false && ((Boolean) null)", "false"),
        ("String.isBlank(null)", "true"),
    ],
)
def test_null_is_handled_like_apex(expression: str, shown: str) -> None:
    """Null equals null, ``?.`` ends the whole chain, and comparing with null is false."""
    assert value_of(expression) == shown


@pytest.mark.parametrize(
    "source",
    [
        "String s; s.length();",
        "Integer i; i = i + 1;",
        "Boolean b; if (b) { }",
        "List<String> l; l.add('x');",
        "Account a; String n = a.Name;",
        "throw (Exception) null;",
        "String s; 'a'.contains(s);",
        "EncodingUtil.base64Encode(null);",
    ],
)
def test_null_that_is_used_throws(source: str) -> None:
    """Using a null is a NullPointerException that Apex can catch."""
    caught = f"try {{ {source} }} catch (NullPointerException e) {{ System.debug('caught'); }}"

    assert said(caught) == ["caught"]


@pytest.mark.parametrize(
    ("value", "wanted", "fits"),
    [
        ("1", "Long", True),
        ("1", "Decimal", True),
        ("1L", "Integer", False),
        ("1.5", "Integer", False),
        ("'a'", "Integer", False),
        ("1", "String", False),
        ("new List<String>()", "List<Object>", True),
        ("new List<SObject>()", "List<Account>", True),
        ("new Set<String>()", "List<String>", False),
        ("new Account()", "Contact", False),
        ("new Account()", "SObject", True),
    ],
)
def test_variable_takes_only_its_type(value: str, wanted: str, fits: bool) -> None:
    """What the compiler would refuse stops the run: it is never converted in silence."""
    source = f"{wanted} x = {value}; System.debug('fits');"

    if fits:
        assert said(source) == ["fits"]
    else:
        with pytest.raises(IllegalApex, match="Illegal assignment"):
            said(source)


def test_text_becomes_an_id_only_when_it_is_one() -> None:
    """A text assigned to an Id is checked and becomes 18 characters; else a StringException."""
    assert said("Id x = '001000000000001'; System.debug(x);") == ["001000000000001AAA"]
    with pytest.raises(ApexFailed, match=r"System\.StringException: Invalid id: nope"):
        said("Id x = 'nope';")


@pytest.mark.parametrize(
    ("cast", "value", "told"),
    [
        ("String", "(Object) 1", "from runtime type Integer to String"),
        ("Integer", "(Object) 1.5", "from runtime type Decimal to Integer"),
        ("Integer", "new Map<String, Object>{ 'a' => 1.5 }.get('a')", "Decimal to Integer"),
        ("Integer", "new Animals.Kennel().things.get('n')", "Decimal to Integer"),
        ("Animals.Puppy", "(Object) new Animals.Dog()", "Animals.Dog to Animals.Puppy"),
        ("List<String>", "(Object) new List<Integer>{ 1 }", "List<Integer> to List<String>"),
    ],
)
def test_wrong_cast_throws(cast: str, value: str, told: str) -> None:
    """A cast to what the value is not is a TypeException with both types."""
    with pytest.raises(ApexFailed, match=r"System\.TypeException: Invalid conversion") as failure:
        said(f"Object x = ({cast}) ({value});")

    assert told in str(failure.value)


def test_collections_keep_order_and_find_equal_objects() -> None:
    """Maps and sets keep the order of insertion, and use ``equals`` and ``hashCode`` of Apex."""
    source = """
        Set<Animals.Point> points = new Set<Animals.Point>{ new Animals.Point(2, 1) };
        System.debug(points.add(new Animals.Point(2, 1)) + ' ' + points.size());
        Map<String, Integer> m = new Map<String, Integer>{ 'z' => 1, 'a' => 2 };
        m.put('z', 3);
        System.debug(m.keySet() + ' ' + m.values() + ' ' + m);
        List<Integer> sorted = new List<Integer>{ 3, 1, 2 };
        sorted.sort();
        System.debug(sorted);
    """

    assert said(source) == ["false 1", "{z, a} (3, 2) {z=3, a=2}", "(1, 2, 3)"]


@pytest.mark.parametrize(
    "source",
    [
        "Integer x = new List<Integer>()[0];",
        "new List<Integer>{ 1 }.get(-1);",
        "new List<Integer>{ 1 }.remove(1);",
    ],
)
def test_list_has_bounds(source: str) -> None:
    """An index outside of a list is a ListException."""
    with pytest.raises(ApexFailed, match=r"System\.ListException: List index out of bounds"):
        said(source)
