"""What all REST endpoints have in common, and the one for session-based permission sets.

Source: REST API developer guide; actions developer guide, "Session-Based Permission Set Actions".
"""

import re
from typing import Any, Final

import falcon

from orgsim.entities import Session
from orgsim.http.json_body import json_object, located
from orgsim.http.oauth import bearer_token
from orgsim.org import SimulatedOrg
from orgsim.refusals import ApiRefused, not_found, session_refused

ACTION: Final = "activateSessionPermSet"

_STATUS_OF: Final = {
    "ENTITY_IS_DELETED": 404,
    "INVALID_SESSION_ID": 401,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_FOUND": 404,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}
"""HTTP status of each error code that is not 400."""

_VERSION: Final = re.compile(r"v([0-9]{2,3})\.0")
_OLDEST_VERSION: Final = 31  # older ones are retired
_ACTIVATION_SINCE: Final = 40
_LONG_RESULTS_SINCE: Final = 60
_DAILY_CALLS: Final = 15_000


class RestResource:
    """What every REST endpoint does first."""

    def __init__(self, org: SimulatedOrg) -> None:
        self._org = org

    def _enter(self, req: falcon.Request, resp: falcon.Response, version: str) -> Session:
        """Return the caller's session.

        Raises:
            ApiRefused: the token is no live session, or the API version does not exist.
        """
        found = self._org.session_of(bearer_token(req) or "")
        if found is None:
            raise session_refused()
        used = sum(e["total"] for e in self._org.counters()["requests"].values())
        resp.set_header("Sforce-Limit-Info", f"api-usage={used}/{_DAILY_CALLS}")
        if _number_of(version) < _OLDEST_VERSION:
            raise not_found()
        return found[0]


class ActivateResource(RestResource):
    """``POST /services/data/vNN.0/actions/standard/activateSessionPermSet``."""

    def on_post(
        self, req: falcon.Request, resp: falcon.Response, version: str, action: str
    ) -> None:
        """Activate permission sets for the caller's session: one result per input, in order."""
        session = self._enter(req, resp, version)
        number = _number_of(version)
        if action != ACTION or number < _ACTIVATION_SINCE:
            raise not_found()
        inputs = json_object(req).get("inputs")
        if not isinstance(inputs, list) or not inputs:
            raise ApiRefused("INVALID_API_INPUT", "Missing required input: inputs")
        problems = [self._activate(session, element) for element in inputs]
        # One failure makes the whole answer a 400; what succeeded stays activated.
        resp.status = falcon.HTTP_400 if any(problems) else falcon.HTTP_200
        resp.media = [_result(problem, number) for problem in problems]

    def _activate(self, session: Session, element: object) -> str | None:
        """Return what is wrong with one input, or ``None``."""
        if not isinstance(element, dict):
            return "Input must be an object"
        name, namespace = element.get("PermSetName"), element.get("PermSetNamespace") or ""
        if not isinstance(name, str) or not name or not isinstance(namespace, str):
            return "Missing required input parameter: PermSetName"
        return self._org.activate(session, name, namespace)


def nothing_here(req: falcon.Request, resp: falcon.Response, **params: str) -> None:
    """Refuse every path that is none of the org's.

    Raises:
        ApiRefused: always.
    """
    del req, resp, params
    raise not_found()


def answer_api_refused(
    req: falcon.Request, resp: falcon.Response, error: ApiRefused, params: dict[str, Any]
) -> None:
    """Answer a refusal."""
    del params
    resp.status = falcon.code_to_http_status(status_of(error))
    resp.media = refusal_body(located(error, getattr(req.context, "body", "")))


def status_of(error: ApiRefused) -> int:
    """Return the HTTP status of a refusal."""
    return _STATUS_OF.get(error.code, 400)


def refusal_body(error: ApiRefused) -> list[dict[str, Any]]:
    """Return what is said of a refusal: an array with one element."""
    entry: dict[str, Any] = {"message": error.message, "errorCode": error.code}
    if error.fields is not None:
        entry["fields"] = list(error.fields)
    return [entry]


def _number_of(version: str) -> int:
    match = _VERSION.fullmatch(version)
    return int(match.group(1)) if match else 0


def _result(problem: str | None, version: int) -> dict[str, Any]:
    # Which status code the platform gives here is not documented: an assumption.
    error: dict[str, Any] = {"statusCode": "INVALID_API_INPUT", "message": problem, "fields": []}
    result: dict[str, Any] = {
        "actionName": ACTION,
        "errors": [error] if problem else None,
        "isSuccess": problem is None,
        "outputValues": {} if problem is None else None,
    }
    if version >= _LONG_RESULTS_SINCE:
        result |= {"invocationId": None, "outcome": None, "sortOrder": -1, "version": 1}
    return result
