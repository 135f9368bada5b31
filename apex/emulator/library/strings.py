"""String, Id and Blob."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote_plus

from apex.emulator.operations.operators import whole
from apex.emulator.operations.schema_tokens import ObjectToken
from apex.emulator.operations.text_form import to_text
from apex.emulator.registry import method, platform_type, static
from apex.emulator.values import STRING, ApexList, Id, NotNull, Value, apex_list, id18

if TYPE_CHECKING:
    from datetime import datetime

    from apex.emulator.machine import Machine

platform_type("Id").supertypes = ("String",)


@static("String.valueOf")
def _value_of(m: Machine, value: Value) -> str | None:
    return None if value is None else to_text(m, value)


@static("String.isBlank")
def _is_blank(text: str | None) -> bool:
    return text is None or not text.strip()


@static("String.isNotBlank")
def _is_not_blank(text: str | None) -> bool:
    return not _is_blank(text)


@static("String.isEmpty")
def _is_empty(text: str | None) -> bool:
    return not text


@static("String.isNotEmpty")
def _is_not_empty(text: str | None) -> bool:
    return bool(text)


@static("String.join")
def _join(m: Machine, items: NotNull, separator: str) -> str:
    return separator.join("" if item is None else to_text(m, item) for item in items)


@static("String.format")
def _format(m: Machine, pattern: str, args: ApexList) -> str:
    """Fill ``{0}``; two apostrophes are one, as in Java's MessageFormat."""
    pieces = re.split(r"('[^']*')", pattern.replace("''", "\0"))
    filled = [
        piece[1:-1]
        if place % 2
        else re.sub(r"\{(\d+)\}", lambda hit: _argument(m, args, int(hit[1]), hit[0]), piece)
        for place, piece in enumerate(pieces)
    ]
    return "".join(filled).replace("\0", "'")


def _argument(m: Machine, args: ApexList, place: int, written: str) -> str:
    return to_text(m, args.items[place]) if place < len(args.items) else written


@static("String.escapeSingleQuotes")
def _escape_single_quotes(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


@static("String.fromCharArray")
def _from_char_array(codes: ApexList) -> str:
    return "".join(map(chr, codes.items))


@method("String.length")
def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@method("String.trim")
def _trim(text: str) -> str:
    return text.strip()


@method("String.toLowerCase")
def _lower(text: str) -> str:
    return text.lower()


@method("String.toUpperCase")
def _upper(text: str) -> str:
    return text.upper()


@method("String.capitalize")
def _capitalize(text: str) -> str:
    return text[:1].upper() + text[1:]


@method("String.uncapitalize")
def _uncapitalize(text: str) -> str:
    return text[:1].lower() + text[1:]


@method("String.equals")
def _equals(text: str, other: Value) -> bool:
    return isinstance(other, str) and str(text) == str(other)


@method("String.equalsIgnoreCase")
def _equals_ignore_case(text: str, other: str | None) -> bool:
    return other is not None and text.lower() == other.lower()


@method("String.hashCode")
def _hash_code(text: str) -> int:
    total = 0
    for unit in memoryview(text.encode("utf-16-le")).cast("H"):
        total = whole(total * 31 + unit, long=False)
    return total


@method("String.compareTo")
def _compare_to(text: str, other: str) -> int:
    return (text > other) - (text < other)


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


@method("String.isNumeric")
def _is_numeric(text: str) -> bool:
    return bool(text) and all(unicodedata.category(letter) == "Nd" for letter in text)


@method("String.isAlpha")
def _is_alpha(text: str) -> bool:
    return text.isalpha()


@method("String.isAlphanumeric")
def _is_alphanumeric(text: str) -> bool:
    return text.isalnum()


@method("String.isAllUpperCase")
def _is_all_upper(text: str) -> bool:
    return text.isalpha() and text.isupper()


@method("String.isAsciiPrintable")
def _is_ascii_printable(text: str) -> bool:
    return all(" " <= letter <= "~" for letter in text)


@method("String.escapeHtml4")
def _escape_html(text: str) -> str:
    return html.escape(text).replace("&#x27;", "'")


@method("String.toString")
def _to_string(text: str) -> str:
    return str(text)


@static("Id.valueOf")
def _id_value_of(m: Machine, text: str | None) -> Id:
    found = id18(text) if text is not None else None
    if found is None:
        raise m.throw("StringException", f"Invalid id: {text}")
    return found


@method("Id.to15")
def _to15(value: Id) -> str:
    return str(value)[:15]


@method("Id.getSObjectType")
def _id_sobject_type(m: Machine, value: Id) -> ObjectToken:
    for info in m.program.schema.objects.values():
        if info.key_prefix == value[:3]:
            return ObjectToken(info)
    raise m.throw("SObjectException", f"Cannot locate SObject Type for {value}")


@static("Blob.valueOf")
def _blob_value_of(text: str) -> bytes:
    return text.encode()


@method("Blob.toString")
def _blob_to_string(m: Machine, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise m.throw("StringException", "BLOB is not a valid UTF-8 string") from error


@method("Blob.size")
def _blob_size(value: bytes) -> int:
    return len(value)


@static("EncodingUtil.urlEncode")
def _url_encode(text: str, charset: str) -> str:
    return quote_plus(text, safe="*-._", encoding=charset)


@static("EncodingUtil.urlDecode")
def _url_decode(m: Machine, text: str, charset: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise m.throw(
            "IllegalArgumentException", "URLDecoder: Illegal hex characters in escape (%) pattern"
        )
    return unquote_plus(text, encoding=charset)


@static("String.valueOfGmt")
def _value_of_gmt(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S")
