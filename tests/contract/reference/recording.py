"""What the public reference was sent and what it answered, as tests/data has it."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

FILE: Final = Path(__file__).parents[2] / "data" / "reference-answers.json"
PARTS: Final = ("status", "body", "content type", "X-Extra-Info")
"""The parts of an answer that are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer; what is missing was not recorded."""

    parts: dict[str, int | str | None]
    """By name, of `PARTS`; None: the answer did not have it."""

    @classmethod
    def recorded(cls, reference: dict[str, Any]) -> Self:
        """Return the answer that the file describes."""
        named = {
            "status": "status",
            "body": "body",
            "content_type": "content type",
            "extra_info": "X-Extra-Info",
        }
        parts = {named[key]: value for key, value in reference.items()}
        if isinstance(parts.get("body"), dict):
            parts["body"] = described(parts["body"]["length"], parts["body"]["sha256"])
        return cls(parts=parts)

    def differing(self, other: Self) -> set[str]:
        """Return the parts that differ, of those that both have."""
        both = self.parts.keys() & other.parts.keys()
        return {name for name in both if self.parts[name] != other.parts[name]}


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One request as a template, and the reference's answer."""

    name: str
    words: str
    """What it is, for people."""
    template: dict[str, Any]
    answer: Answer


@cache
def recording() -> dict[str, Any]:
    """Return the whole file."""
    data: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return data


@cache
def exchanges() -> dict[str, Exchange]:
    """Return what was recorded, by name."""
    return {
        each["name"]: Exchange(
            name=each["name"],
            words=each["words"],
            template=each,
            answer=Answer.recorded(each["reference"]),
        )
        for each in recording()["requests"]
    }


def shortened(text: str) -> str:
    """Return a body as answers are compared: a long one by its length and hash."""
    if len(text) < 100_000:
        return text
    return described(len(text), hashlib.sha256(text.encode()).hexdigest())


def described(length: int, sha256: str) -> str:
    """Return what stands for a long body."""
    return f"{length:,} characters, SHA-256 {sha256[:16]}"
