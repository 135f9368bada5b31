import itertools

import pytest

from orgsim.ids import checksum, id_of, new_ids, to_18


@pytest.mark.parametrize(
    ("id_15", "suffix"),
    [
        ("00Dxx0000006IYJ", "EA2"),
        ("00Dxx0000006JX6", "EAM"),
        ("005xx000001XADR", "AA4"),
        ("a00xx000000bz3t", "AAA"),
    ],
)
def test_checksum_is_salesforces(id_15: str, suffix: str) -> None:
    """The checksum of a known id is the one that Salesforce shows."""
    assert checksum(id_15) == suffix


@pytest.mark.parametrize("text", ["00Dxx0000006IYJ", "00Dxx0000006IYJEA2", "00dXX0000006iyjea2"])
def test_every_form_of_an_id_becomes_the_same(text: str) -> None:
    """15 characters, 18, and 18 in any case are the same id."""
    assert to_18(text) == "00Dxx0000006IYJEA2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00Dxx0000006IY",
        "00Dxx0000006IYJE",
        "00Dxx0000006IYJEA2x",
        "00Dxx0000006IYJEA6",
        "00Dxx0000006IYJ\n",
        "00Dxx0000006IY-",
        "00Dxx000000\u0660IYJ",
        "00Dxx0000006IYJEA9",
        "00Dxx0000006IYJEAZ",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """Wrong length, foreign characters and a wrong checksum make no id."""
    with pytest.raises(ValueError, match=r"not a Salesforce id|wrong checksum"):
        to_18(text)


def test_an_id_of_another_kind_is_refused() -> None:
    """A user's id is not an org's."""
    with pytest.raises(ValueError, match="does not start with 00D"):
        id_of("00D", "005xx000001XADR")


def test_a_made_up_checksum_is_refused() -> None:
    """Where somebody sets an id up, its checksum must be its own, not another case's."""
    assert id_of("005", "005xx000001X8UzAAK") == id_of("005", "005xx000001X8Uz")
    with pytest.raises(ValueError, match="wrong checksum"):
        id_of("005", "005xx000001X8UzAAA")


def test_new_ids_are_valid_and_different() -> None:
    """Ids that are given out have the right prefix, a right checksum, and no twin."""
    ids = list(itertools.islice(new_ids("a00"), 5000))

    assert len({i.casefold() for i in ids}) == 5000
    assert all(i.startswith("a00") and to_18(i) == i for i in ids)
