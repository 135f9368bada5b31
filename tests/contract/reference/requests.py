"""A recorded request, as it goes over the wire now."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from localstack.apex import encode_context
from localstack.org import signed_in
from localstack.seed import JOE, ORG_ID
from localstack.stack import Stage
from tests.contract.reference.recording import recording


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request, ready to be sent."""

    id: str
    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)


def request_of(template: dict[str, Any], stage: Stage) -> Request:
    """Return a request of this moment, by users who have just signed in."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    values = {
        "id": f"{ORG_ID}-{uuid4()}-{now}",
        "now": now,
        "org": stage.org_url,
        "org_id": ORG_ID,
        "kind": template.get("kind", "sync"),
        "token": stage.identity().token,
        "joe_token": signed_in(stage.org, stage.org_url, JOE[0]).token,
        "record": stage.org.create_record().id,
    }
    return Request(
        id=values["id"],
        method=template["method"],
        path=template["path"],
        headers=filled(headers_of(template, values), values),
        body=body_of(template["body"]),
    )


def headers_of(template: dict[str, Any], values: dict[str, str]) -> dict[str, str]:
    """Return its headers, with the contexts encoded and other placeholders in them."""
    own: dict[str, str] = template.get("headers", {})
    if not template.get("form", True):
        return own
    base = recording()
    user = changed(base["sf"]["userContext"], template, "user")
    salesforce = changed(base["sf"] | {"userContext": user}, template, "sf")
    sent = base["headers"] | {
        "ce-sffncontext": encode_context(filled(changed(base["fn"], template, "fn"), values)),
        "ce-sfcontext": encode_context(filled(salesforce, values)),
    }
    return changed(sent, template, "headers")


def changed(fields: dict[str, Any], template: dict[str, Any], name: str) -> dict[str, Any]:
    """Return fields as a template changes them."""
    left_out = template.get(f"without_{name}", [])
    kept: dict[str, Any] = {key: value for key, value in fields.items() if key not in left_out}
    kept.update(template.get(name, {}))
    return kept


def filled(value: Any, values: dict[str, str]) -> Any:  # noqa: ANN401
    """Return JSON with its placeholders replaced."""
    match value:
        case str():
            for name, text in values.items():
                value = value.replace(f"{{{name}}}", text)
            return value
        case dict():
            return {key: filled(each, values) for key, each in value.items()}
        case list():
            return [filled(each, values) for each in value]
    return value


def body_of(body: str | dict[str, Any] | None) -> bytes | None:
    """Return the payload; a long one is described by what is repeated in it."""
    if isinstance(body, dict):
        body = f"{body['head']}{body['repeat'] * body['times']}{body['tail']}"
    return None if body is None else body.encode()
