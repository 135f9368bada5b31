import pytest

from apex.emulator.embedding import ApexFailed
from tests.apex.fixtures.org import needs_parser, said, value_of

pytestmark = needs_parser


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (
            "'Ab'.toLowerCase() + 'Ab'.toUpperCase() + 'ab'.capitalize() + 'AB'.uncapitalize()",
            "abABAbaB",
        ),
        ("'abc'.contains('b') + '' + 'abc'.containsIgnoreCase('B')", "truetrue"),
        ("'abc'.startsWith('a') + '' + 'abc'.endsWithIgnoreCase('C')", "truetrue"),
        ("'abcb'.indexOf('b') + '' + 'abcb'.lastIndexOf('b') + 'abcb'.indexOf('b', 2)", "133"),
        ("'a(b)c'.substringBetween('(', ')') + 'x'.substringBetween('(', ')')", "bnull"),
        ("'a.b.c'.substringBeforeLast('.') + 'a.b.c'.substringAfterLast('.')", "a.bc"),
        ("'7'.leftPad(3, '0') + '7'.rightPad(3, '-') + 'ab'.repeat(2)", "0077--abab"),
        ("'xay'.remove('a') + 'aab'.removeStart('a') + 'abb'.removeEnd('b')", "xyabab"),
        ("' a  b '.normalizeSpace() + ' a '.trim() + 'ab'.reverse()", "a baba"),
        ("'a1'.isAlphanumeric() + '' + 'ab'.isAlpha() + 'AB'.isAllUpperCase()", "truetruetrue"),
        ("'aXbX'.countMatches('X') + 'a'.compareTo('b') + 'ab'.charAt(1)", "99"),
        ("'<a b=\"c\">&'.escapeHtml4()", "&lt;a b=&quot;c&quot;&gt;&amp;"),
        ("'a-b'.replaceFirst('([a-z])-([a-z])', '$2-$1')", "b-a"),
        ("'ab12'.matches('[a-z]+[0-9]+')", "true"),
        ("String.fromCharArray(new List<Integer>{ 104, 105 })", "hi"),
        ("String.valueOf(1.50) + String.valueOf(true) + String.valueOf(5L)", "1.50true5"),
    ],
)
def test_strings(expression: str, shown: str) -> None:
    """Methods of String."""
    assert value_of(expression) == shown


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("Long.valueOf('5000000000')", "5000000000"),
        ("Double.valueOf('1.5')", "1.5"),
        ("Boolean.valueOf('TRUE')", "true"),
        ("Math.max(1, 2.5) + Math.min(3L, 2)", "4.5"),
        ("Math.abs(-3) + Math.floor(2.9) + Math.ceil(2.1)", "8"),
        ("(1.5).intValue() + (2.7).longValue()", "3"),
        ("Decimal.valueOf('12.345').setScale(1) + Decimal.valueOf('12.345').scale()", "15.3"),
        ("(Integer) 5000000000L", "705032704"),
        ("1.0 / 3", "0.33333333333333333333333333333333"),
        ("5.0d / 2", "2.5"),
        ("-5 >> 1", "-3"),
        ("~5", "-6"),
        ("(1234567).format()", "1,234,567"),
    ],
)
def test_numbers(expression: str, shown: str) -> None:
    """Methods of numbers and of Math."""
    assert value_of(expression) == shown


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("Integer.valueOf('x');", r"System\.TypeException: Invalid integer: x"),
        ("Integer.valueOf(null);", r"System\.NullPointerException: Argument cannot be null"),
        ("Decimal.valueOf('1,5');", r"System\.TypeException: Invalid decimal"),
        ("Integer x = 1 / 0;", r"System\.MathException: Divide by 0"),
        ("Decimal x = 1.5 / 0;", r"System\.MathException: Divide by 0"),
        ("'abc'.substring(2, 9);", r"System\.StringException"),
        ("Id.valueOf('x');", r"System\.StringException: Invalid id: x"),
        ("EncodingUtil.base64Decode('a');", r"System\.StringException"),
        ("Animals.Size.valueOf('HUGE');", r"System\.NoSuchElementException"),
        ("Datetime.valueOf('today');", r"System\.TypeException: Invalid date/time"),
        ("new List<Integer>().iterator().next();", r"System\.NoSuchElementException"),
        ("Pattern.compile('(');", r"System\.StringException: Invalid regex"),
    ],
)
def test_wrong_arguments_throw(source: str, told: str) -> None:
    """What cannot be done is the exception that the platform throws."""
    with pytest.raises(ApexFailed, match=told):
        said(source)


def test_lists() -> None:
    """Methods of List change it in place, copy it, and compare."""
    source = """
        List<Integer> l = new List<Integer>(new Set<Integer>{ 3, 1 });
        l.add(0, 9);
        l.addAll(new List<Integer>{ 4, 5 });
        l.set(1, 7);
        System.debug(l + ' ' + l.remove(0) + ' ' + l.size() + l.isEmpty() + l.contains(7));
        List<Integer> copy = l.clone();
        copy.clear();
        System.debug(l.get(0) + ' ' + copy + ' ' + (l == new List<Integer>{ 7, 1, 4, 5 }));
        List<String> words = new List<String>{ 'b', null, 'B', 'a' };
        words.sort();
        System.debug(words);
        Iterator<Integer> each = l.iterator();
        System.debug(each.next() + '' + each.hasNext());
        Integer[] sized = new Integer[2];
        System.debug(sized);
    """

    assert said(source) == [
        "(9, 7, 1, 4, 5) 9 4falsetrue",
        "7 () true",
        "(null, B, a, b)",
        "7true",
        "(null, null)",
    ]


def test_sets_and_maps() -> None:
    """Methods of Set and Map."""
    source = """
        Set<Integer> s = new Set<Integer>(new List<Integer>{ 1, 2, 3 });
        System.debug(s.remove(1) + ' ' + s.containsAll(new List<Integer>{ 2, 3 }) + ' ' + s.size());
        System.debug(s.retainAll(new Set<Integer>{ 3 }) + ' ' + s);
        System.debug(s.addAll(new List<Integer>{ 3, 4, 5 }) + ' ' + s);
        System.debug(s.removeAll(new List<Integer>{ 3, 4, 5 }) + ' ' + s.isEmpty());
        Map<Id, Account> byId = new Map<Id, Account>(new List<Account>{
            new Account(Id = '001000000000001', Name = 'a')
        });
        System.debug(byId.get('001000000000001').Name + byId.containsKey('001000000000001AAA'));
        Map<String, Integer> m = new Map<String, Integer>{ 'a' => 1 };
        m.putAll(new Map<String, Integer>{ 'b' => 2 });
        System.debug(m.remove('a') + ' ' + m.clone() + m.size() + m.isEmpty());
        for (String key : m.keySet()) { System.debug(key + m.get(key)); }
    """

    assert said(source) == [
        "true true 2",
        "true {3}",
        "true {3, 4, 5}",
        "true true",
        "atrue",
        "1 {b=2}1false",
        "b2",
    ]


def test_records_are_copied_and_read_by_name() -> None:
    """Methods of SObject."""
    source = """
        Account a = new Account(Id = '001000000000001', Name = 'a');
        Account copy = a.clone();
        Account whole = a.clone(true);
        copy.put('Name', 'b');
        System.debug(a.Name + copy.get('Name') + copy.Id + whole.Id);
        System.debug(a.getPopulatedFieldsAsMap().keySet() + ' ' + a.isSet('Phone'));
        System.debug((a == whole) + ' ' + (a === whole) + ' ' + a.getSObjectType());
        System.debug(a);
    """

    assert said(source) == [
        "abnull001000000000001AAA",
        "{Id, Name} false",
        "true false Account",
        "Account:{Id=001000000000001AAA, Name=a}",
    ]


def test_dates_and_times() -> None:
    """Datetimes are UTC inside and shown in the user's time zone; dates count days."""
    source = """
        Datetime t = Datetime.newInstanceGmt(2026, 7, 1, 2, 30, 0);
        System.debug(t.date() + ' ' + t.dateGmt() + ' ' + t.hour() + ' ' + t.hourGmt());
        System.debug(t.format('yyyy-MM-dd HH:mm', 'Europe/Berlin') + ' ' + t.addMonths(1).month());
        System.debug(t < t.addSeconds(1) && t.addDays(1) > t);
        Date d = Date.valueOf('2026-02-27');
        System.debug(d.addDays(2).daysBetween(d) + ' ' + d.year() + d.month() + d.day());
        System.debug(d + 1);
        System.debug(Datetime.newInstance(t.getTime()) == t);
        System.debug(t);
    """

    assert said(source) == [
        "2026-06-30 2026-07-01 19 2",
        "2026-07-01 04:30 7",
        "true",
        "-2 2026227",
        "2026-02-28",
        "true",
        "2026-06-30 19:30:00",
    ]


def test_typed_json() -> None:
    """JSON becomes lists, maps, records, enums, dates and blobs of the type that is asked for."""
    source = """
        System.debug((List<Integer>) JSON.deserialize('[1,2]', List<Integer>.class));
        System.debug((Set<String>) JSON.deserialize('["a"]', Set<String>.class));
        Map<String, Animals.Point> m = (Map<String, Animals.Point>) JSON.deserialize(
            '{"p":{"x":1,"y":2}}', Map<String, Animals.Point>.class
        );
        System.debug(m.get('p'));
        Account a = (Account) JSON.deserialize(
            '{"attributes":{"type":"Account"},"Name":"n","NumberOfEmployees":3}', Account.class
        );
        System.debug(a.Name + a.NumberOfEmployees);
        System.debug((Animals.Size) JSON.deserialize('"LARGE"', Animals.Size.class));
        System.debug((Datetime) JSON.deserialize('"2026-01-02T03:04:05.000Z"', Datetime.class));
        System.debug(((Blob) JSON.deserialize('"aGk="', Blob.class)).toString());
        System.debug(JSON.serializePretty(new Map<String, Object>{ 'a' => new List<Object>{ 1 } }));
        System.debug(JSON.serialize(new List<Object>{
            Date.newInstance(2026, 1, 2), Blob.valueOf('hi'), Animals.Size.SMALL, 1.5d, null
        }));
    """

    assert said(source) == [
        "(1, 2)",
        "{a}",
        "1/2",
        "n3",
        "LARGE",
        "2026-01-01 19:04:05",
        "hi",
        '{\n  "a" : [\n    1\n  ]\n}',
        '["2026-01-02","aGk=","SMALL",1.5,null]',
    ]


def test_pages_collect_messages() -> None:
    """ApexPages keeps messages for the transaction; controllers hold records."""
    source = """
        ApexPages.addMessage(new ApexPages.Message(ApexPages.Severity.ERROR, 'sum', 'more'));
        System.debug(ApexPages.hasMessages(ApexPages.Severity.ERROR) + ' '
            + ApexPages.getMessages()[0].getSummary() + ApexPages.getMessages()[0].getDetail());
        Account a = new Account(Name = 'a');
        insert a;
        System.debug(new ApexPages.StandardController(a).getId() == a.Id);
        ApexPages.StandardSetController many = new ApexPages.StandardSetController(
            new List<Account>{ a }
        );
        many.setSelected(new List<Account>{ a });
        System.debug(many.getSelected().size());
        PageReference page = new PageReference('/apex/x');
        page.getParameters().put('id', a.Id);
        System.debug(page.getUrl() + page.getParameters().size());
    """

    assert said(source) == ["true summore", "true", "1", "/apex/x1"]
