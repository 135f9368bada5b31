import pytest

from apex.emulator.errors import IllegalApex, NotEmulated
from tests.apex.fixtures.org import needs_parser, said

pytestmark = needs_parser


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("System.setPassword(null, null);", r"System\.setPassword with 2 arguments"),
        ("'a'.nothingLikeIt();", r"String\.nothingLikeIt with 0 arguments"),
        ("'a'.substring(1, 2, 3);", r"String\.substring with 3 arguments"),
        ("Object x = UserInfo.nothing;", r"UserInfo\.nothing"),
        ("Object x = [FIND 'x' RETURNING Account(Id)];", r"Expr\$SoslExpr"),
        ("Account a; Account b; merge a b;", "merge"),
        ("undelete new Account();", "undelete"),
        ("Object x = new Messaging();", None),
        ("Datetime.now().formatGmt('GGG');", "'GGG' in a date's pattern"),
        ("Crypto.generateDigest('SHA-999', Blob.valueOf(''));", "digest SHA-999"),
        ("insert new Account(Name = 'a'); undelete [SELECT Id FROM Account];", "undelete"),
        ("Test.loadData(null, null);", r"Test\.loadData"),
    ],
)
def test_what_is_not_known_is_refused(source: str, what: str | None) -> None:
    """A construct, method or type that is not emulated stops the run with its name and line."""
    if what is None:
        with pytest.raises(IllegalApex, match="no such type"):
            said(source)
    else:
        with pytest.raises(NotEmulated, match=rf"not emulated: {what}.* at \?:1"):
            said(f"try {{ {source} }} catch (Exception e) {{ System.debug('swallowed'); }}")
