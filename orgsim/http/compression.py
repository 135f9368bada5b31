"""Compressed answers for who accepts them, and compressed requests.

Source: REST API developer guide, "Compression Headers": gzip and deflate, in both directions; an
answer is compressed only when asked for, and then normally is.
"""

import gzip
import zlib
from collections.abc import Sequence
from typing import Final

import falcon

from orgsim.refusals import ApiRefused

SMALLEST: Final = 1024
"""Answers of fewer bytes stay as they are. Where the platform begins is not documented."""

LARGEST: Final = 16 * 1024 * 1024
"""Bytes that a request may have once it is unpacked."""

Headers = Sequence[tuple[str, str]]

_WINDOW: Final = {"deflate": zlib.MAX_WBITS, "gzip": zlib.MAX_WBITS + 16}


def compressed(headers: Headers, body: bytes, accepted: str) -> tuple[Headers, bytes]:
    """Return headers and body of an answer, packed if that is worth it.

    Args:
        headers: those of the answer as it is.
        body: likewise.
        accepted: the request's ``Accept-Encoding``.
    """
    coding = _coding(accepted)
    is_json = any(name == "content-type" and "json" in value for name, value in _lower(headers))
    if coding is None or len(body) < SMALLEST or not is_json:
        return headers, body
    packed = gzip.compress(body, mtime=0) if coding == "gzip" else zlib.compress(body)
    kept = [pair for pair in headers if pair[0].lower() != "content-length"]
    about = [("Content-Encoding", coding), ("Vary", "Accept-Encoding")]
    return [*kept, *about, ("Content-Length", str(len(packed)))], packed


def unpacked_body(req: falcon.Request) -> bytes:
    """Return the bytes of a request's body as they were before they were packed.

    Raises:
        ApiRefused: they are not packed as ``Content-Encoding`` says, or in an unknown way.
        falcon.HTTPContentTooLarge: they are more than `LARGEST`.
    """
    data: bytes = req.bounded_stream.read()
    coding = (req.get_header("Content-Encoding") or "identity").strip().lower()
    if coding == "identity":
        return data
    if coding not in _WINDOW:
        raise ApiRefused("UNSUPPORTED_MEDIA_TYPE", "Content-Encoding must be gzip or deflate")
    unpacker = zlib.decompressobj(_WINDOW[coding])
    try:
        unpacked = unpacker.decompress(data, LARGEST + 1)
    except zlib.error as error:
        raise _broken(coding) from error
    if len(unpacked) > LARGEST:
        raise falcon.HTTPContentTooLarge
    if not unpacker.eof or unpacker.unused_data:
        raise _broken(coding)
    return unpacked


def _coding(accepted: str) -> str | None:
    """Return the first of the known codings that is accepted, gzip before deflate."""
    offers = {}
    for offer in accepted.lower().split(","):
        name, _, quality = offer.partition(";")
        offers[name.strip()] = quality.replace(" ", "").rstrip("0.") != "q="
    return next((coding for coding in ("gzip", "deflate") if offers.get(coding)), None)


def _lower(headers: Headers) -> list[tuple[str, str]]:
    return [(name.lower(), value.lower()) for name, value in headers]


def _broken(coding: str) -> ApiRefused:
    return ApiRefused("JSON_PARSER_ERROR", f"The request body is not valid {coding}")
