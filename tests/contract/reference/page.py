"""docs/differences.md, written from a run. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Final

from tests.contract.reference.declared import NOT_RECORDED, WHERE, Difference
from tests.contract.reference.recording import Answer, exchanges, recording

RECORDED_IN: Final = "tests/data/reference-answers.json"
LONGEST: Final = 140
"""Characters that are shown of a body."""
HEADINGS: Final = {
    "safer": "Safer: who calls",
    "clearer": "Clearer: what an answer says",
    NOT_RECORDED: "Not recorded",
}
INTRODUCTIONS: Final = {
    NOT_RECORDED: "What the reference answers to these is not known; here they are refused.\n\n"
}
EXTRA_INFO: Final = {
    "none": "no `X-Extra-Info`",
    "raw plus": "`X-Extra-Info`, in which Apex reads blanks for `+`",
    "exact": "`X-Extra-Info`, which Apex reads as it was written",
}


def page(answers: Mapping[str, Answer], differences: list[Difference]) -> str:
    """Return the whole page."""
    same = [name for name in exchanges() if not _own_rows(name, differences)]
    parts = [_begin(len(same))]
    for group, heading in HEADINGS.items():
        rows = [row for each in differences if each.group == group for row in _rows(each, answers)]
        head = "| request | reference | here | why |\n|---|---|---|---|\n"
        parts.append(f"## {heading}\n\n{INTRODUCTIONS.get(group, '')}{head}{''.join(rows)}")
    same_rows = [
        f"| {exchanges()[name].words} | {_cell(answers[name], ('status', 'body'))} |\n"
        for name in same
    ]
    parts.append(f"## The same\n\n| request | both |\n|---|---|\n{''.join(same_rows)}")
    return "\n".join(parts)


def _begin(same: int) -> str:
    recorded = recording()["recorded"]
    compared = sum(1 for each in exchanges().values() if each.answer.parts)
    return f"""# What is different from the public reference?

Apex that calls the public reference's proxy can call this one as it is: of {compared} recorded
requests, {same} get the same status, body and content type. The others differ on purpose: there a
caller could be somebody else, or the answer did not say what had happened.

`make docs-differences` writes this page. It sends the requests of `{RECORDED_IN}` to
the whole container before a simulated org, and compares status, body, content type and
`X-Extra-Info` with what commit {recorded["commit"]} of
[{recorded["proxy"]}](https://github.com/{recorded["proxy"]}) answered: its Node
proxy, before {recorded["runtime"]} on Node {recorded["node"]}. Only the way to the function
is compared: a program with the answers of that runtime stands in for it here
(`tests/support/recorded_function.py`). What the runtimes of each language answer is in
[answers.md](answers.md#what-the-runtimes-answer), which HTTP is refused before any of this in
[http.md](http.md).

Why an answer differs is said in `{WHERE}`. A test fails when an answer differs
that is not declared there, when a declared one does not differ, and when this page is not what the
run says.
"""


def _own_rows(name: str, differences: list[Difference]) -> bool:
    """Tell whether a request has a row of its own; one among many is shown by their words."""
    return any(name in each.requests and not each.words for each in differences)


def _rows(difference: Difference, answers: Mapping[str, Answer]) -> list[str]:
    shown = difference.parts
    if not difference.words:
        shown = ("status", *(shown if set(shown) - {"status"} else ("body",)))
    rows = []
    for name in difference.requests:
        cells = [
            difference.words or exchanges()[name].words,
            _cell(exchanges()[name].answer, shown),
            _cell(answers[name], shown),
            difference.why,
        ]
        rows.append(f"| {' | '.join(cells)} |\n")
    return list(dict.fromkeys(rows))  # of many requests that are alike, one


def _cell(answer: Answer, parts: tuple[str, ...]) -> str:
    """Return what is shown of an answer: of its parts those that were recorded."""
    texts = [
        _shown(part, answer.parts[part]) for part in dict.fromkeys(parts) if part in answer.parts
    ]
    return " ".join(text for text in texts if text) or NOT_RECORDED


def _shown(part: str, value: object) -> str:
    match part, value:
        case "X-Extra-Info", str():
            return EXTRA_INFO[value]
        case "content type", None:
            return "without a content type"
        case "body", "":
            return "without a body"
        case "status", _:
            return str(value)
    text = " ".join(_said(str(value)).partition(", SHA-256")[0].split())
    text = re.sub(r"(.)\1{20,}", r"\1\1\1...", text)
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}..."
    return "`" + cut.replace("`", "'").replace("|", "\\|") + "`"


def _said(body: str) -> str:
    """Return the message of a refusal without the id before it, else the body as it is."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    match parsed:
        case {"message": str(message)} | {"error": {"message": str(message)}}:
            return re.sub(r"^\[[^\]]*\] ", "", message)
    return body
