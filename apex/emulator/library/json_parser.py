"""JSONParser: one token after the other, so that the beginning of a text can be looked at alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from apex.emulator.registry import enum, method, platform_enum, platform_type, static
from apex.emulator.values import Element, EnumValue

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

enum(
    "JSONToken",
    "END_ARRAY",
    "END_OBJECT",
    "FIELD_NAME",
    "NOT_AVAILABLE",
    "START_ARRAY",
    "START_OBJECT",
    "VALUE_EMBEDDED_OBJECT",
    "VALUE_FALSE",
    "VALUE_NULL",
    "VALUE_NUMBER_FLOAT",
    "VALUE_NUMBER_INT",
    "VALUE_STRING",
    "VALUE_TRUE",
)
platform_type("JSONParser")

_SCALARS: Final = (
    ("VALUE_STRING", re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')),
    ("VALUE_NUMBER_FLOAT", re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)")),
    ("VALUE_NUMBER_INT", re.compile(r"-?(?:0|[1-9]\d*)")),
    ("VALUE_TRUE", re.compile("true")),
    ("VALUE_FALSE", re.compile("false")),
    ("VALUE_NULL", re.compile("null")),
)
_WORD_ENDS: Final = re.compile(r"[\s,\]}:]|$")


@dataclass(eq=False)
class JsonParser(Element):
    """``System.JSONParser``."""

    text: str = field(repr=False)
    place: int = 0
    inside: list[str] = field(default_factory=list)
    """The brackets around: ``{`` and ``[``."""
    after: str = ""
    """The kind of the last token: ``""``, ``open``, ``name`` or ``value``."""
    token: EnumValue | None = None
    apex_name = "JSONParser"


@static("JSON.createParser")
def _create_parser(text: str) -> JsonParser:
    return JsonParser(text)


@method("JSONParser.getCurrentToken")
def _get_current_token(parser: JsonParser) -> EnumValue | None:
    return parser.token


@method("JSONParser.nextToken")
def _next_token(m: Machine, parser: JsonParser) -> EnumValue | None:
    """Return the next token; null at the end of the text."""
    _skip(m, parser)
    found = None if parser.place == len(parser.text) else _read(m, parser)
    if found is None and parser.inside:
        raise m.throw("JSONException", "Unexpected end-of-input: expected close marker")
    parser.token = None if found is None else platform_enum("JSONToken", found)
    return parser.token


def _skip(m: Machine, parser: JsonParser) -> None:
    """Go to where a token begins: past blanks, and past one comma between values."""
    text, length = parser.text, len(parser.text)
    commas = 0
    while parser.place < length and text[parser.place] in " \t\r\n,":
        commas += text[parser.place] == ","
        parser.place += 1
    closes = text[parser.place : parser.place + 1] in ("]", "}")
    wanted = parser.after == "value" and bool(parser.inside) and not closes
    if parser.place < length and commas != wanted:
        raise _unexpected(m, parser)


def _read(m: Machine, parser: JsonParser) -> str:
    at = parser.text[parser.place]
    in_object = parser.inside[-1:] == ["{"]
    if at in "]}":
        return _close(m, parser, at)
    if in_object and parser.after != "name":
        return _name(m, parser)
    if at in "[{":
        parser.inside.append(at)
        parser.place += 1
        parser.after = "open"
        return "START_ARRAY" if at == "[" else "START_OBJECT"
    return _scalar(m, parser)


def _close(m: Machine, parser: JsonParser, at: str) -> str:
    opened = "[" if at == "]" else "{"
    if parser.inside[-1:] != [opened] or parser.after == "name":
        raise _unexpected(m, parser)
    parser.inside.pop()
    parser.place += 1
    parser.after = "value"
    return "END_ARRAY" if at == "]" else "END_OBJECT"


def _name(m: Machine, parser: JsonParser) -> str:
    found = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"\s*:').match(parser.text, parser.place)
    if found is None:
        raise _unexpected(m, parser)
    parser.place = found.end()
    parser.after = "name"
    return "FIELD_NAME"


def _scalar(m: Machine, parser: JsonParser) -> str:
    for name, pattern in _SCALARS:
        found = pattern.match(parser.text, parser.place)
        if found is not None and _WORD_ENDS.match(parser.text, found.end()):
            parser.place = found.end()
            parser.after = "value"
            return name
    raise _unexpected(m, parser)


def _unexpected(m: Machine, parser: JsonParser) -> Exception:
    shown = json.dumps(parser.text[parser.place : parser.place + 1])
    return m.throw("JSONException", f"Unexpected character {shown} at [position: {parser.place}]")
