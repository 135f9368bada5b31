import pytest

from apex.emulator.embedding import ApexFailed
from apex.emulator.errors import IllegalApex
from tests.apex.fixtures.org import needs_parser, said

pytestmark = needs_parser


def test_loops_break_and_continue() -> None:
    """Each kind of loop runs, goes on and ends where Apex does."""
    source = """
        String told = '';
        for (Integer i = 0, j = 10; i < 5; i++) {
            if (i == 1) { continue; }
            if (i == 3) { break; }
            told += i + ':' + j + ' ';
        }
        for (String each : new List<String>{ 'a', 'b' }) told += each;
        Integer n = 0;
        while (true) { n++; if (n > 2) break; }
        do { n--; } while (n > 0);
        System.debug(told + n);
    """

    assert said(source) == ["0:10 2:10 ab0"]


def test_increments_read_before_or_after() -> None:
    """``i++`` gives the value before, ``++i`` the one after; ``+=`` evaluates its target once."""
    source = """
        Integer i = 1;
        System.debug(i++ + ' ' + i + ' ' + ++i + ' ' + i--);
        List<Integer> l = new List<Integer>{ 0, 0 };
        Integer at = 0;
        l[at++] += 5;
        System.debug(l + ' ' + at);
    """

    assert said(source) == ["1 2 3 3", "(5, 0) 1"]


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("1", "one"),
        ("-2", "minus two or three"),
        ("3", "minus two or three"),
        ("9", "else"),
        ("null", "null"),
    ],
)
def test_switch_takes_the_first_fit(value: str, taken: str) -> None:
    """A switch compares values, knows null, and falls to ``when else``."""
    source = f"""
        Integer x = {value};
        switch on x {{
            when 1 {{ System.debug('one'); }}
            when -2, 3 {{ System.debug('minus two or three'); }}
            when null {{ System.debug('null'); }}
            when else {{ System.debug('else'); }}
        }}
    """

    assert said(source) == [taken]


def test_switch_knows_types_enums_and_case() -> None:
    """A switch on a type binds its variable; one on an enum takes bare names; text keeps case."""
    source = """
        Object dog = new Animals.Puppy();
        switch on dog {
            when Animals.Puppy p { System.debug('puppy ' + p.name()); }
            when Animals.Dog d { System.debug('dog'); }
        }
        switch on Animals.Size.LARGE {
            when SMALL { System.debug('small'); }
            when LARGE { System.debug('large'); }
        }
        switch on 'A' {
            when 'a' { System.debug('lower'); }
            when 'A' { System.debug('upper'); }
        }
    """

    assert said(source) == ["puppy little Tiny the dog", "large", "upper"]


def test_exceptions_find_their_catch_and_finally_always_runs() -> None:
    """The first fitting catch gets it, finally runs in any case, and a cause is kept."""
    source = """
        try {
            try {
                throw new ParcelException('inner');
            } catch (DmlException e) {
                System.debug('wrong');
            } finally {
                System.debug('finally');
            }
        } catch (Exception e) {
            Exception outer = new ParcelException('outer', e);
            System.debug(outer.getMessage() + ' < ' + outer.getCause().getMessage());
            System.debug(e.getTypeName() + ' ' + (e instanceof ParcelException));
        }
        try { Object o = 1; String s = (String) o; }
        catch (TypeException e) { System.debug(e.getTypeName()); }
    """

    assert said(source) == [
        "finally",
        "outer < inner",
        "ParcelException true",
        "System.TypeException",
    ]


def test_text_for_a_component_is_not_read_by_apex() -> None:
    """The constructor's text of an AuraHandledException is no message; setMessage() makes one."""
    source = """
        AuraHandledException e = new AuraHandledException('for a component');
        System.debug(e.getMessage());
        e.setMessage('for Apex');
        System.debug(e.getMessage());
    """

    assert said(source) == ["Script-thrown exception", "for Apex"]


def test_uncaught_exception_tells_type_text_and_line() -> None:
    """What nobody catches ends the transaction with its type, message and line."""
    with pytest.raises(ApexFailed, match=r"ParcelException: told \(\?:2\)"):
        said("\nthrow new ParcelException('told');")


def test_list_cannot_change_under_a_loop() -> None:
    """Adding to a list while a loop runs over it is an error, as on the platform."""
    with pytest.raises(ApexFailed, match="Cannot modify a collection while it is being iterated"):
        said("List<Integer> l = new List<Integer>{ 1 }; for (Integer i : l) { l.add(2); }")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("Integer x = 1; Integer X = 2;", "duplicate variable x"),
        ("final Integer x = 1; x = 2;", "a final variable is assigned again"),
        ("System.debug(nothing);", "no such name: nothing"),
        ("Nothing x;", "no such type: Nothing"),
        ("if (1) { }", "a condition must be a Boolean"),
        ("Integer x = ;", "does not parse"),
    ],
)
def test_what_the_compiler_refuses_stops_the_run(source: str, told: str) -> None:
    """Mistakes that Salesforce's compiler finds are never run around."""
    with pytest.raises(IllegalApex, match=told):
        said(source)
