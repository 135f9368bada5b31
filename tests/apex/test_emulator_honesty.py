from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apex.emulator.errors import IllegalApex, NotEmulated
from apex.emulator.registry import TYPES, PlatformType, static
from tests.apex.fixtures.org import needs_parser, said

if TYPE_CHECKING:
    from apex.emulator.values import Value

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


def test_a_mistake_of_ours_is_no_null_pointer_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform method that stumbles over a null it takes shows as a bug: no Apex catches it."""

    def stumbling(given: Value) -> str:
        return str(given.name)

    monkeypatch.setitem(TYPES, "stumbling", PlatformType("Stumbling"))
    static("Stumbling.over")(stumbling)

    with pytest.raises(AttributeError):
        said("try { Stumbling.over(null); } catch (NullPointerException e) { }")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("'a'.contains(null)", id="text"),
        pytest.param("new List<Integer>().addAll((List<Integer>) null)", id="any value but null"),
        pytest.param("JSON.deserializeUntyped(null)", id="what a library of Python reads"),
        pytest.param("Datetime.newInstance(2026, null, 1)", id="one of any number"),
    ],
)
def test_a_null_that_a_platform_method_does_not_take_is_refused(call: str) -> None:
    """What a method's parameter cannot hold is a NullPointerException, before the method runs."""
    told = f"try {{ {call}; }} catch (NullPointerException e) {{ System.debug('null'); }}"

    assert said(told) == ["null"]
