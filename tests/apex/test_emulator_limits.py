import pytest

from apex.emulator.embedding import ApexFailed
from tests.apex.fixtures.org import needs_parser, said

pytestmark = needs_parser


@pytest.mark.parametrize(
    ("statement", "allowed", "told"),
    [
        ("Integer n = [SELECT COUNT() FROM Account];", 100, "Too many SOQL queries: 101"),
        ("update new List<Account>();", 150, "Too many DML statements: 151"),
        ("System.enqueueJob(new ParcelJob('x'));", 50, "queueable jobs added to the queue: 51"),
        ("ParcelBatch.later('x');", 50, "Too many future calls: 51"),
    ],
)
def test_limit_ends_the_transaction(statement: str, allowed: int, told: str) -> None:
    """The last allowed use is fine; one more is a LimitException that no catch and finally sees."""
    loop = "for (Integer i = 0; i < {}; i++) {{ {} }}"

    assert said(loop.format(allowed, statement) + "System.debug('fine');") == ["fine"]
    with pytest.raises(ApexFailed, match=told):
        said(
            f"try {{ {loop.format(allowed + 1, statement)} }}"
            "catch (Exception e) { System.debug('never'); } finally { insert new Account(); }"
        )


def test_dml_rows_are_counted() -> None:
    """More than 10,000 rows in one transaction are too many, over all statements."""
    source = """
        List<Account> l = new List<Account>();
        for (Integer i = 0; i < 10001; i++) { l.add(new Account(Name = 'a')); }
        insert l;
    """

    with pytest.raises(ApexFailed, match="Too many DML rows: 10001"):
        said(source)


def test_limits_tell_what_is_used() -> None:
    """The Limits class shows use and allowance."""
    source = """
        insert new Account(Name = 'a');
        Integer n = [SELECT COUNT() FROM Account];
        System.debug(Limits.getQueries() + '/' + Limits.getLimitQueries());
        System.debug(Limits.getDmlRows() + '/' + Limits.getLimitDmlRows());
        System.debug(Limits.getCallouts() + '/' + Limits.getLimitCallouts());
    """

    assert said(source) == ["1/100", "1/10000", "0/100"]
