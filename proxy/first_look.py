"""What a request's head decides: before its payload is received, and before ``100 Continue``.

What can never become an invocation costs no more than its head.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from invocation.errors import BodyTooLarge, InvalidRequest, ProxyError
from invocation.request import ASYNC, SYNC, Invocation, parse_invocation

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES: Final = MappingProxyType({"/sync": SYNC, "/async": ASYNC})
"""The routes of invocations, and the type of each."""

HEAD: Final = "proxy.head"
"""In WSGI's environment: what the server has already made of the head."""

FirstLook = Invocation | ProxyError | None
"""What is asked for, or why it is refused; None: something else than an invocation."""


def first_look(
    method: str, path: str, headers: Mapping[str, str], *, size: int, max_body_bytes: int
) -> FirstLook:
    """Return what a head is about.

    Args:
        method: as sent.
        path: decoded.
        headers: by name, in any case, with hyphens or underscores.
        size: of the payload, as far as it is known; bytes.
        max_body_bytes: more than that is refused.
    """
    expected_type = TYPES.get(path.removesuffix("/"))
    if method != "POST" or expected_type is None:
        return None
    if size > max_body_bytes:
        return body_too_large(max_body_bytes)
    by_name = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    try:
        return parse_invocation(by_name, expected_type=expected_type)
    except InvalidRequest as refusal:
        return refusal


def body_too_large(max_body_bytes: int) -> BodyTooLarge:
    """Return the refusal of a payload over the limit."""
    return BodyTooLarge(f"The payload is larger than {max_body_bytes} bytes")
