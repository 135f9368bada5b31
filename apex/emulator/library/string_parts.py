"""Parts of a String: found, cut out, replaced, removed, padded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from apex.emulator.registry import method
from apex.emulator.values import STRING, ApexList, apex_list

if TYPE_CHECKING:
    from apex.emulator.machine import Machine


@method("String.contains")
def _contains(text: str, part: str) -> bool:
    return part in text


@method("String.containsIgnoreCase")
def _contains_ignore_case(text: str, part: str) -> bool:
    return part.lower() in text.lower()


@method("String.containsNone")
def _contains_none(text: str, letters: str) -> bool:
    return not any(letter in text for letter in letters)


@method("String.containsOnly")
def _contains_only(text: str, letters: str) -> bool:
    return all(letter in letters for letter in text)


@method("String.containsAny")
def _contains_any(text: str, letters: str) -> bool:
    return any(letter in text for letter in letters)


@method("String.containsWhitespace")
def _contains_whitespace(text: str) -> bool:
    return any(letter.isspace() for letter in text)


@method("String.startsWith")
def _starts_with(text: str, part: str) -> bool:
    return text.startswith(part)


@method("String.startsWithIgnoreCase")
def _starts_with_ignore_case(text: str, part: str) -> bool:
    return text.lower().startswith(part.lower())


@method("String.endsWith")
def _ends_with(text: str, part: str) -> bool:
    return text.endswith(part)


@method("String.endsWithIgnoreCase")
def _ends_with_ignore_case(text: str, part: str) -> bool:
    return text.lower().endswith(part.lower())


@method("String.indexOf")
def _index_of(text: str, part: str, start: int = 0) -> int:
    return text.find(part, start)


@method("String.indexOfIgnoreCase")
def _index_of_ignore_case(text: str, part: str, start: int = 0) -> int:
    return text.lower().find(part.lower(), start)


@method("String.lastIndexOf")
def _last_index_of(text: str, part: str) -> int:
    return text.rfind(part)


@method("String.substring")
def _substring(m: Machine, text: str, start: int, end: int | None = None) -> str:
    last = len(text) if end is None else end
    if not 0 <= start <= last <= len(text):
        raise m.throw("StringException", f"Starting position out of bounds: {start}")
    return text[start:last]


@method("String.substringBefore")
def _substring_before(text: str, part: str) -> str:
    return text.split(part, 1)[0]


@method("String.substringAfter")
def _substring_after(text: str, part: str) -> str:
    return text.partition(part)[2]


@method("String.substringBeforeLast")
def _substring_before_last(text: str, part: str) -> str:
    return text.rpartition(part)[0] if part in text else text


@method("String.substringAfterLast")
def _substring_after_last(text: str, part: str) -> str:
    return text.rpartition(part)[2] if part in text else ""


@method("String.substringBetween")
def _substring_between(text: str, opening: str, closing: str | None = None) -> str | None:
    start = text.find(opening)
    end = text.find(closing or opening, start + len(opening)) if start >= 0 else -1
    return text[start + len(opening) : end] if end >= 0 else None


@method("String.left")
def _left(text: str, count: int) -> str:
    return text[: max(count, 0)]


@method("String.right")
def _right(text: str, count: int) -> str:
    return text[-count:] if count > 0 else ""


@method("String.mid")
def _mid(text: str, start: int, count: int) -> str:
    return text[start : start + count]


@method("String.abbreviate")
def _abbreviate(m: Machine, text: str, width: int) -> str:
    if width < 4:
        raise m.throw("IllegalArgumentException", "Minimum abbreviation width is 4")
    return text if len(text) <= width else text[: width - 3] + "..."


@method("String.leftPad")
def _left_pad(text: str, width: int, padding: str = " ") -> str:
    missing = max(width - len(text), 0)
    return (padding * missing)[:missing] + text


@method("String.rightPad")
def _right_pad(text: str, width: int, padding: str = " ") -> str:
    missing = max(width - len(text), 0)
    return text + (padding * missing)[:missing]


@method("String.repeat")
def _repeat(text: str, count: int) -> str:
    return text * count


@method("String.replace")
def _replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new)


@method("String.replaceAll")
def _replace_all(text: str, pattern: str, new: str) -> str:
    return re.sub(pattern, _replacement(new), text)


@method("String.replaceFirst")
def _replace_first(text: str, pattern: str, new: str) -> str:
    return re.sub(pattern, _replacement(new), text, count=1)


def _replacement(text: str) -> str:
    r"""Turn Java's ``$1`` and ``\$`` into Python's."""
    return re.sub(r"\\(.)|\$(\d)", lambda hit: hit[1] or rf"\g<{hit[2]}>", text)


@method("String.remove")
def _remove(text: str, part: str) -> str:
    return text.replace(part, "")


@method("String.removeStart")
def _remove_start(text: str, part: str) -> str:
    return text.removeprefix(part)


@method("String.removeEnd")
def _remove_end(text: str, part: str) -> str:
    return text.removesuffix(part)


@method("String.removeStartIgnoreCase")
def _remove_start_ignore_case(text: str, part: str) -> str:
    return text[len(part) :] if text.lower().startswith(part.lower()) else text


@method("String.removeEndIgnoreCase")
def _remove_end_ignore_case(text: str, part: str) -> str:
    return text[: len(text) - len(part)] if text.lower().endswith(part.lower()) else text


@method("String.deleteWhitespace")
def _delete_whitespace(text: str) -> str:
    return "".join(text.split())


@method("String.normalizeSpace")
def _normalize_space(text: str) -> str:
    return " ".join(text.split())


@method("String.reverse")
def _reverse(text: str) -> str:
    return text[::-1]


@method("String.split")
def _split(text: str, pattern: str, limit: int = 0) -> ApexList:
    """Split like Java: at limit 0 the empty strings at the end are dropped."""
    parts = re.split(pattern, text, maxsplit=max(limit - 1, 0))
    if limit == 1:
        parts = [text]
    if limit == 0:
        while len(parts) > 1 and not parts[-1]:
            parts.pop()
    return apex_list(STRING, parts)


@method("String.countMatches")
def _count_matches(text: str, part: str) -> int:
    return text.count(part)


@method("String.charAt")
def _char_at(text: str, index: int) -> int:
    return ord(text[index])
