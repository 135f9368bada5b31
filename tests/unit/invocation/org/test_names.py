"""Ids and permission sets. URLs: test_org_urls."""

import pytest

from invocation.org.names import (
    PermissionSet,
    is_id,
    is_org_id,
    to_18,
)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("00Dxx0000006IYJ", "00Dxx0000006IYJEA2"),
        ("00Dxx0000006JX6", "00Dxx0000006JX6EAM"),
        ("005xx000001XADR", "005xx000001XADRAA4"),
        ("a00xx000000bz3t", "a00xx000000bz3tAAA"),
        ("005xx000001X8Uz", "005xx000001X8UzAAK"),
        ("ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNO555"),
    ],
)
def test_an_id_has_one_form_of_18_characters(short: str, long: str) -> None:
    """However an id is spelled (15, 18, its case lost on the way), it becomes the same text."""
    assert to_18(short) == long
    assert to_18(long) == long
    assert to_18(long.lower()) == long
    assert to_18(long.upper()) == long


def test_ids_of_15_characters_differ_by_case() -> None:
    """Without the suffix, case is all that tells two records apart."""
    assert to_18("00Dxx0000006IYj") != to_18("00Dxx0000006IYJ")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("00Dxx0000006IY", id="14"),
        pytest.param("00Dxx0000006IYJE", id="16"),
        pytest.param("00Dxx0000006IYJEA", id="17"),
        pytest.param("00Dxx0000006IYJEA2A", id="19"),
        pytest.param("00Dxx0000006IYJEA2\n", id="newline"),
        pytest.param("00Dxx0000006IY\u0131", id="dotless-i"),
        pytest.param("00Dxx\u0660\u06600006IYJ", id="arabic-digits"),
        pytest.param("00Dxx0000006/YJ", id="slash"),
        pytest.param(" 00Dxx000006IYJ", id="space"),
    ],
)
def test_what_is_no_id_stays_as_it_is(text: str) -> None:
    """A text of another shape is no id, and is not repaired into one."""
    assert not is_id(text)
    assert not is_org_id(text)
    assert to_18(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("005xx000001X8UzAAK", id="user"),
        pytest.param("00Dxx0000006IYJEA9", id="suffix-outside-its-alphabet"),
        pytest.param("00Dxx0000006IYJEA!", id="punctuation"),
        pytest.param("00Dxx0000006IYJEA3", id="suffix-says-that-a-digit-is-upper-case"),
        pytest.param("00Dxx0000006IYJAA2", id="suffix-says-that-D-is-lower-case"),
    ],
)
def test_no_org_id(text: str) -> None:
    """An org id starts with 00D and has a suffix that can belong to it: typing errors show."""
    assert not is_org_id(text)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("MySet", PermissionSet(name="MySet", namespace=None)),
        ("My_Set_2", PermissionSet(name="My_Set_2", namespace=None)),
        ("ns__MySet", PermissionSet(name="MySet", namespace="ns")),
        ("a__b__c", PermissionSet(name="b__c", namespace="a")),
        ("A" * 255, PermissionSet(name="A" * 255, namespace=None)),
    ],
)
def test_a_permission_set_is_split_at_its_first_double_underscore(
    text: str, parsed: PermissionSet
) -> None:
    """The org wants namespace and name apart; together they are the API name again."""
    assert PermissionSet.parse(text) == parsed
    assert parsed.api_name == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "My Set",
        "1Set",
        "_Set",
        "__Set",
        "ns__",
        "My-Set",
        "MySet\n",
        'My"Set',
        "My/Set",
        "\u00c4Set",
        "Set\u0661",
        "S\ud800",
        "A" * 256,
        "[ 'MyPermissionSet' ]",
    ],
)
def test_another_permission_set_is_refused(text: str) -> None:
    """Nothing but an API name may end up in a request to the org."""
    with pytest.raises(ValueError, match=r"^not a permission set's API name\Z"):
        PermissionSet.parse(text)
