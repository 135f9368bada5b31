"""Texts as a whole: String's static methods, case, comparison, kinds of letters, escapes."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote_plus

from apex.emulator.operations.operators import whole
from apex.emulator.operations.text_form import to_text
from apex.emulator.registry import method, static

if TYPE_CHECKING:
    from datetime import datetime

    from apex.emulator.machine import Machine
    from apex.emulator.values import ApexList, NotNull, Value


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
