"""Turn the headers and body of a request into one frozen value, or say what is wrong with it."""

import binascii
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

import orjson

from salesforce_functions._internal.log import get_logger

_logger = get_logger()

_SECONDS: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")

_JSON_NAMES: Final[dict[type, str]] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


class CloudEventError(Exception):
    """The request is not an invocation; the text says why and may be shown to the caller."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserContext:
    """Who called, from which org: ``userContext`` of the header ``ce-sfcontext``."""

    org_id: str
    """The org's id."""

    user_id: str
    """The user's id."""

    username: str
    """The user's login name."""

    salesforce_base_url: str
    """The URL of the org's instance."""

    org_domain_url: str
    """The org's own URL."""

    on_behalf_of_user_id: str | None
    """The id of the user the caller acts for, if any."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SalesforceCloudEvent:
    """One invocation: a CloudEvent in binary mode with Salesforce's two extensions."""

    id: str
    """``ce-id``: identifies the invocation everywhere."""

    source: str
    """``ce-source``: where the call was made."""

    type: str
    """``ce-type``: sync or async."""

    time: datetime | None
    """``ce-time``; Apex does not send it."""

    data: Any
    """The body, decoded; `None` when it is empty."""

    user_context: UserContext
    """Who called."""

    request_id: str
    """``requestId`` of ``ce-sffncontext``; `id` when there is none (Apex sends none)."""

    deadline: datetime | None
    """``deadline`` of ``ce-sffncontext``, with a time zone: when the caller stops waiting."""

    time_limit_s: float | None = None
    """``x-time-limit-s``: for how many seconds the proxy that sent this waits for an answer."""

    access_token: str = field(repr=False)
    """Opens the org's API to the function; empty when the caller gave ``null``. A secret."""


def parse_cloud_event(headers: Mapping[str, str], body: bytes) -> SalesforceCloudEvent:
    """Read an invocation.

    Args:
        headers: The request's headers, names in lower case.
        body: The request's body: JSON in UTF-8, or nothing.

    Returns:
        The invocation; nobody has to look at headers after this.

    Raises:
        CloudEventError: with the first thing that is wrong, in a fixed order: content type, body,
            then the headers in the order of the code below.
    """
    _check_content_type(headers.get("content-type", ""))
    data = _parse_body(body)
    event_id = _required(headers, "ce-id")
    source = _required(headers, "ce-source")
    _required(headers, "ce-specversion")
    event_type = _required(headers, "ce-type")
    time = _parse_time(headers.get("ce-time"))
    user_context = _parse_sfcontext(_required(headers, "ce-sfcontext"))
    function_context = _Fields.decoded("sffncontext", _required(headers, "ce-sffncontext"))
    function_context.value("accessToken")  # must be there, but null is a call without an org
    return SalesforceCloudEvent(
        id=event_id,
        source=source,
        type=event_type,
        time=time,
        data=data,
        user_context=user_context,
        request_id=function_context.optional_string("requestId") or event_id,
        deadline=_parse_deadline(function_context.optional("deadline")),
        time_limit_s=_parse_seconds(headers.get("x-time-limit-s", "")),
        access_token=function_context.optional_string("accessToken") or "",
    )


def _check_content_type(value: str) -> None:
    # A prefix is enough: it leaves room for `; charset=utf-8`.
    if not value.startswith("application/json"):
        raise CloudEventError(f"Content-Type must be 'application/json' not '{value}'")


def _parse_body(body: bytes) -> object:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise CloudEventError(f"Data payload isn't valid JSON: {error}") from error


def _required(headers: Mapping[str, str], name: str) -> str:
    try:
        return headers[name]
    except KeyError:
        raise CloudEventError(f"Missing required header '{name}'") from None


def _parse_time(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise CloudEventError(f"Unable to parse event time: {error}") from error


# Every call of one user brings the same bytes, and reading them is a third of all reading.
@functools.lru_cache(maxsize=256)
def _parse_sfcontext(header: str) -> UserContext:
    context = _Fields.decoded("sfcontext", header)
    # Nothing needs these two, but a context without them was not made by Salesforce.
    context.value("apiVersion")
    context.value("payloadVersion")
    user = _Fields("sfcontext", context.value("userContext"), within="userContext")
    return UserContext(
        org_id=user.string("orgId"),
        user_id=user.string("userId"),
        username=user.string("username"),
        salesforce_base_url=user.string("salesforceBaseUrl"),
        org_domain_url=user.string("orgDomainUrl"),
        on_behalf_of_user_id=user.optional_string("onBehalfOfUserId"),
    )


def _parse_deadline(value: object) -> datetime | None:
    """Return when the caller stops waiting. No other runtime reads it: anything may be there."""
    if not value:
        return None
    try:
        deadline = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        _logger.debug("Ignored a deadline that is no ISO date-time")
        return None
    # Its definition says UTC; a writer who relies on that may leave the zone out.
    return deadline if deadline.tzinfo else deadline.replace(tzinfo=UTC)


def _parse_seconds(text: str) -> float | None:
    return float(text) if _SECONDS.fullmatch(text) else None


def _decode(name: str, header: str) -> object:
    try:
        # Encoders of the MIME kind put white space between lines; anything else is an error.
        decoded = binascii.a2b_base64("".join(header.split()), strict_mode=True)
    except ValueError as error:
        raise CloudEventError(f"{name} isn't correctly encoded: {error}") from error
    try:
        return orjson.loads(decoded)
    except orjson.JSONDecodeError as error:
        raise CloudEventError(f"{name} isn't valid JSON: {error}") from error


class _Fields:
    """The fields of one JSON object, each read with its type checked.

    Messages name keys and kinds of values, never a value: one of them is the access token.
    """

    def __init__(self, header: str, fields: object, *, within: str | None = None) -> None:
        self._header = header
        if not isinstance(fields, dict):
            subject = f"'{within}'" if within else "it"
            raise self._unexpected(f"{subject} must be an object", fields)
        self._fields = fields

    @classmethod
    def decoded(cls, name: str, header: str) -> Self:
        """Read a context header: base64 of a JSON object."""
        return cls(name, _decode(name, header))

    def value(self, key: str) -> object:
        """Return any value that is there, also ``null``."""
        try:
            return self._fields[key]
        except KeyError:
            raise CloudEventError(f"{self._header} missing required key '{key}'") from None

    def string(self, key: str) -> str:
        """Return a string that must be there."""
        value = self.value(key)
        if not isinstance(value, str):
            raise self._unexpected(f"'{key}' must be a string", value)
        return value

    def optional(self, key: str) -> object:
        """Return any value; `None` when it is absent."""
        return self._fields.get(key)

    def optional_string(self, key: str) -> str | None:
        """Return a string that may be ``null`` or absent."""
        return None if self._fields.get(key) is None else self.string(key)

    def _unexpected(self, rule: str, value: object) -> CloudEventError:
        kind = _JSON_NAMES[type(value)]
        return CloudEventError(f"{self._header} contains unexpected data type: {rule}, not {kind}")
