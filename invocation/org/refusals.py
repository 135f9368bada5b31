"""What the org's refusals mean: which failure, in words fit for an answer or the log. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from invocation.errors import (
    FieldTooLong,
    IntrospectionRefused,
    OrgUnavailable,
    RecordRefused,
    SessionExpired,
    TokenRefused,
)
from invocation.org.names import is_org_id, to_18
from invocation.org.token_refusals import cure_of

if TYPE_CHECKING:
    from invocation.org.caller import Caller
    from invocation.org.http import OrgAnswer
    from invocation.org.names import AccessToken

_BARE_WORD: Final = re.compile(rb"[A-Za-z]{1,16}(_[A-Za-z]{1,16}){1,3}")
_NOT_PRINTABLE: Final = re.compile(r"[^ -~]+")
_PASSING_TROUBLES: Final = frozenset({"server_error", "temporarily_unavailable"})
_PASSING_CODES: Final = frozenset(
    {
        "UNABLE_TO_LOCK_ROW",
        "REQUEST_LIMIT_EXCEEDED",
        "SERVER_UNAVAILABLE",
        "UNKNOWN_EXCEPTION",
        "API_CURRENTLY_DISABLED",
    }
)


def why_unknown(answer: OrgAnswer, token: AccessToken, org_id: str) -> str:
    """Return why the org does not know a token, which begins with the id of its own org."""
    own_org, separator, _ = token.partition("!")
    if separator and is_org_id(own_org) and to_18(own_org) != org_id:
        return other_org(to_18(own_org), org_id)
    # A bare word such as Bad_OAuth_Token; anything longer may repeat the token.
    word = _BARE_WORD.fullmatch(answer.body.strip())
    words = f": {word[0].decode('ascii')}" if word else ""
    return f"the org knows no such token, or no longer{words}"


def other_org(own_org: str, org_id: str) -> str:
    """Return that a token is of another org than the one we serve."""
    return f"the token is of org {_shown(own_org)}, ORG_ID_18 is {org_id}: one of them is wrong"


def introspection_refusal(answer: OrgAnswer) -> IntrospectionRefused | OrgUnavailable:
    """Return why the org does not say which app a token is of."""
    body = answer.json()
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return OrgUnavailable("The org's answer to the introspection makes no sense")
    return IntrospectionRefused(
        f"Unable to look up the caller's app: {_shown(body['error'])}. Ensure that CONSUMER_SECRET"
        ' is that of the connected app, and that it may "Introspect All Tokens"'
    )


def token_refusal(answer: OrgAnswer, caller: Caller) -> TokenRefused | OrgUnavailable:
    """Return why there is no token for a caller, and what cures it."""
    body = answer.json()
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return OrgUnavailable("The org's answer to the token request makes no sense")
    if body["error"] in _PASSING_TROUBLES:
        return OrgUnavailable("The org mints no tokens at the moment")
    text = f"{_shown(body['error'])} ({_shown(body.get('error_description'))})"
    text += cure_of(
        text,
        org=caller.org_url,
        username=_shown(caller.username),
        clock_ahead_s=answer.clock_ahead_s,
    )
    return TokenRefused(f"Unable to mint function token: {text}")


def activation_reasons(results: list[Any]) -> str:
    """The org's reasons: per input (``errors``), or those of the whole request."""
    reasons = []
    for result in results:
        errors = result.get("errors", [result]) if isinstance(result, dict) else []
        for error in errors if isinstance(errors, list) else []:
            if isinstance(error, dict):
                code = error.get("statusCode", error.get("errorCode"))
                reasons.append(f"{_shown(error.get('message'))} ({_shown(code)})")
    return "; ".join(reasons) or "the org gave no reason"


def _shown(text: object) -> str:
    """Outside text made fit for a message: one printable line of bounded length."""
    return _NOT_PRINTABLE.sub(" ", text)[:300] if isinstance(text, str) else "no description"


def write_failure(
    answer: OrgAnswer,
) -> SessionExpired | OrgUnavailable | FieldTooLong | RecordRefused:
    """Tell by the org's error code whether the same may be tried again."""
    errors = answer.json()
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = first.get("errorCode")
    if answer.status == 401:
        return SessionExpired("The org no longer knows the minted token")
    if not isinstance(code, str) or code in _PASSING_CODES:  # no code: no answer of the REST API
        return OrgUnavailable(f"The org did not take the record: {_shown(code)}")
    if code == "STRING_TOO_LONG":
        return FieldTooLong(_shown(first.get("message")))
    return RecordRefused(f"{_shown(first.get('message'))} ({_shown(code)})")
