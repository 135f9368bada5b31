"""The pages are in the project's words: CONTRIBUTING.md says which, and which not."""

import re
from pathlib import Path

import pytest

from localstack import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


def unwanted() -> list[str]:
    """Return what the first column of the second table names."""
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("| not | but |\n")[2]
    firsts = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return re.findall(r"`([^`]+)`", " ".join(firsts))


def prose(page: Path) -> str:
    """Return a page without code, each line where it was."""
    text = re.sub(
        r"```.*?```", lambda code: "\n" * code[0].count("\n"), page.read_text(), flags=re.DOTALL
    )
    return re.sub(r"`[^`\n]*`", "", text)


def test_there_are_words_to_look_for() -> None:
    """The table is read as it is written."""
    assert {"he", "crowd", "in vain", "weather", "blacklist"} <= set(unwanted())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_unwanted_word_comes_back(page: Path) -> None:
    """Also not at the begin of a sentence, or at the end of a line."""
    words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in unwanted())
    lines = prose(page)
    found = [
        f"{page.name}:{lines.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for match in re.finditer(rf"\b({words})\b", lines, re.IGNORECASE)
    ]

    assert found == []
