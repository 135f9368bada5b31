"""Reads the JSON object that is a request's body, and finds places in it."""

import json
from typing import Any, Final, NoReturn

import falcon

from orgsim.http.compression import unpacked_body
from orgsim.refusals import ApiRefused, WrongKind

_DECODER: Final = json.JSONDecoder()
_BLANKS: Final = " \t\r\n"


def json_object(req: falcon.Request) -> dict[str, Any]:
    """Return the object that is a request's body; its text stays in the request's context.

    Raises:
        ApiRefused: it is none, or not called JSON.
    """
    content_type = (req.content_type or "").partition(";")[0].strip().casefold()
    if content_type != "application/json":
        raise ApiRefused("UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json")
    data = unpacked_body(req)
    try:
        text = data.decode(json.detect_encoding(data))
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiRefused("JSON_PARSER_ERROR", "The request body is not valid JSON") from error
    if not isinstance(value, dict):
        raise ApiRefused("JSON_PARSER_ERROR", "The request body must be a JSON object")
    req.context.body = text
    return value


def located(error: ApiRefused, body: str) -> ApiRefused:
    """Return a refusal with the place in ``body``, a JSON object, if it is one that tells it.

    The place is where the field's name begins. That is an inference: a public report has column
    51 for the third field of a body whose name begins there or one further
    (salesforce.stackexchange.com/questions/54882).
    """
    return error.found_at(*_place(body, error.field)) if isinstance(error, WrongKind) else error


def _place(body: str, name: str) -> tuple[int, int]:
    """Return line and column, both from 1, of a field of the JSON object ``body``."""
    at = _next(body, body.index("{") + 1)
    key, end = _DECODER.raw_decode(body, at)
    while key != name:
        colon = _next(body, end)
        _, end = _DECODER.raw_decode(body, _next(body, colon + 1))
        comma = _next(body, end)
        at = _next(body, comma + 1)
        key, end = _DECODER.raw_decode(body, at)
    return body.count("\n", 0, at) + 1, at - body.rfind("\n", 0, at)


def _next(body: str, at: int) -> int:
    """Return where the next character is that is not blank."""
    while body[at] in _BLANKS:
        at += 1
    return at


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is Python's, not JSON")
