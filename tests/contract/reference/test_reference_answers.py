"""An Apex caller of the public reference is answered as before, but for what is declared."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from localstack import ROOT
from tests.contract.reference.declared import Difference, declared, problems
from tests.contract.reference.page import page
from tests.contract.reference.recording import Answer, exchanges
from tests.contract.reference.run import answers

PAGE = ROOT / "docs" / "differences.md"
AS_RECORDED = {name: each.answer for name, each in exchanges().items()}
UNRECORDED = [each for each in declared() if each.group == "not recorded"]


@pytest.fixture(scope="module")
def here() -> Mapping[str, Answer]:
    """What the container answers to each recorded request."""
    return answers()


@pytest.mark.slow
def test_an_answer_is_the_references_or_its_difference_is_declared(
    here: Mapping[str, Answer],
) -> None:
    """And a difference that is declared is one."""
    found = problems(here, declared())
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_the_page_is_what_the_run_says(here: Mapping[str, Answer]) -> None:
    """`make docs-differences` has nothing to do."""
    assert page(here, declared()) == PAGE.read_text("utf-8"), "say make docs-differences"


@pytest.mark.slow
def test_none_of_these_is_sent_again_by_apex(here: Mapping[str, Answer]) -> None:
    """What was refused would be again, and a function that answered 503 may have run."""
    assert [name for name, each in here.items() if each.parts["Retry-After"]] == []


def test_answers_as_recorded_need_no_declaration() -> None:
    """Only what was not recorded has to say why it is as it is."""
    assert problems(AS_RECORDED, UNRECORDED) == []


@pytest.mark.parametrize("part", ["status", "body", "content type", "X-Extra-Info"])
def test_a_difference_that_is_not_declared_is_told(part: str) -> None:
    """With both values, and what can be done."""
    good = Answer(parts=AS_RECORDED["good"].parts | {part: "other"})

    (told,) = problems(AS_RECORDED | {"good": good}, UNRECORDED)
    assert told.startswith(f"good: its {part} is 'other', the reference's ")
    assert told.endswith(
        "answer as the reference does, or declare the difference in tests/data/differences.toml"
    )


DECLARED = Difference(group="safer", requests=("good",), parts=("status",), why="Because.")
OTHER = {"good": Answer(parts=AS_RECORDED["good"].parts | {"status": 500})}


@pytest.mark.parametrize(
    ("more", "change", "told"),
    [
        ({}, {}, r"good: .* declares that its status differs .* it does not: take it out there"),
        (OTHER, {"group": "other"}, r"the group 'other' is none of safer, clearer, not recorded"),
        (OTHER, {"requests": ("good", "gone")}, r"has no request 'gone': correct the name"),
        (OTHER, {"requests": ("good", "good")}, r"declares 2 times that its status differs"),
        (OTHER, {"why": ""}, r"good: say in .* why, in a sentence"),
        (OTHER, {"group": "not recorded"}, r"good: in the group 'not recorded' are those without"),
    ],
)
def test_a_declaration_that_is_not_true_is_told(
    more: dict[str, Answer], change: dict[str, Any], told: str
) -> None:
    """With what to change in it."""
    changed = replace(DECLARED, **change)

    assert problems(AS_RECORDED | OTHER, [DECLARED, *UNRECORDED]) == []
    (found,) = problems(AS_RECORDED | more, [changed, *UNRECORDED])
    assert re.search(told, found)


def test_a_request_that_was_not_recorded_says_why_it_is_refused() -> None:
    """Nobody can compare it, so its row is all that a reader has."""
    found = problems(AS_RECORDED, [])

    assert len(found) == sum(len(each.requests) for each in UNRECORDED)
    assert "other org: its answer was not recorded: say in" in found[0]
