"""The differences that are declared, held against those that a run has shown."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.contract.reference.recording import Answer, exchanges

FILE: Final = Path(__file__).parents[2] / "data" / "differences.toml"
WHERE: Final = "tests/data/differences.toml"
LONGEST_SHOWN: Final = 300
NOT_RECORDED: Final = "not recorded"
GROUPS: Final = ("safer", "clearer", NOT_RECORDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What is answered otherwise here, and why."""

    group: str
    requests: tuple[str, ...]
    parts: tuple[str, ...]
    """Of their answers; those of requests whose answer was not recorded have none."""
    why: str
    words: str = ""
    """What the requests have in common, if they are too many for a row each."""


def declared() -> list[Difference]:
    """Return what the file says."""
    entries = tomllib.loads(FILE.read_text("utf-8"))["difference"]
    return [
        Difference(**each | {name: tuple(each[name]) for name in ("requests", "parts")})
        for each in entries
    ]


def problems(answers: Mapping[str, Answer], differences: list[Difference]) -> list[str]:
    """Return what is not as declared, each with what to change."""
    return [*_misnamed(differences), *_missing_reasons(differences), *_unlike(answers, differences)]


def _misnamed(differences: list[Difference]) -> Iterator[str]:
    for each in differences:
        if each.group not in GROUPS:
            yield f"{WHERE}: the group {each.group!r} is none of {', '.join(GROUPS)}"
        for name in each.requests:
            if name not in exchanges():
                yield f"{WHERE}: reference-answers.json has no request {name!r}: correct the name"
            elif (each.group == NOT_RECORDED) is bool(exchanges()[name].answer.parts):
                yield f"{name}: in the group {NOT_RECORDED!r} are those without an answer, and all"
    pairs = Counter(
        (name, part) for each in differences for name in each.requests for part in each.parts
    )
    for (name, part), times in pairs.items():
        if times > 1:
            yield f"{name}: {WHERE} declares {times} times that its {part} differs: keep one"


def _missing_reasons(differences: list[Difference]) -> Iterator[str]:
    for each in differences:
        if not each.why.endswith("."):
            yield f"{', '.join(each.requests)}: say in {WHERE} why, in a sentence"
    known = {name for each in differences for name in each.requests}
    for name, exchange in exchanges().items():
        if not exchange.answer.parts and name not in known:
            yield f"{name}: its answer was not recorded: say in {WHERE} why it is as it is here"


def _unlike(answers: Mapping[str, Answer], differences: list[Difference]) -> Iterator[str]:
    for name, exchange in exchanges().items():
        here, reference = answers[name].parts, exchange.answer.parts
        seen = exchange.answer.differing(answers[name])
        said = {part for each in differences if name in each.requests for part in each.parts}
        for part in sorted(seen - said):
            yield (
                f"{name}: its {part} is {_cut(here[part])}, the reference's"
                f" {_cut(reference[part])}: answer as the reference does, or declare the"
                f" difference in {WHERE}"
            )
        for part in sorted(said - seen):
            yield (
                f"{name}: {WHERE} declares that its {part} differs from the reference's,"
                " and it does not: take it out there, and say make docs-differences"
            )


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) < LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
