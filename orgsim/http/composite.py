"""Several changes in one request: ``POST /services/data/vNN.0/composite/graph``.

Source: REST API developer guide, "Composite Graph". What it leaves open, and is assumed here, is
in docs/simulator.md.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import falcon

from orgsim.data.objects import object_type
from orgsim.http.json_body import json_object, located
from orgsim.http.rest import RestResource, refusal_body, status_of
from orgsim.http.sobjects import Reply, Sobjects
from orgsim.json_fields import Fields, Unreadable
from orgsim.refusals import ApiRefused, not_found

MOST_STEPS: Final = 500
"""Steps in all graphs of a request together."""

_MOST_GRAPHS: Final = 75
_URL: Final = re.compile(r"/services/data/(v[0-9.]+)/sobjects/([^/?]+)(?:/([^/?]+))?")
_REFERENCE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_REFERENCE: Final = re.compile(r"@\{([^{}.]*)\.?([^{}]*)\}")
_METHODS: Final = {"DELETE", "GET", "PATCH", "POST"}
_ROLLED_BACK: Final = ApiRefused(
    "PROCESSING_HALTED",
    "The transaction was rolled back since another operation in the same transaction failed.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """One request within a graph."""

    method: str
    url: str
    reference_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Graph:
    """Requests that succeed or fail together."""

    graph_id: str
    steps: tuple[_Step, ...]


class GraphResource(RestResource):
    """``POST /services/data/vNN.0/composite/graph``."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, version: str) -> None:
        """Answer with what became of each graph; one that failed has left nothing behind."""
        session = self._enter(req, resp, version)
        graphs = _read(json_object(req))
        sobjects = Sobjects(self._org, version, session.username)
        resp.media = {"graphs": [self._run(graph, sobjects, version) for graph in graphs]}

    def _run(self, graph: _Graph, sobjects: Sobjects, version: str) -> dict[str, Any]:
        replies: list[Reply] = []
        bodies: dict[str, Mapping[str, Any] | None] = {}
        failure: ApiRefused | None = None
        try:
            with self._org.data.transaction():
                for step in graph.steps:
                    replies.append(_perform(step, bodies, sobjects, version))
                    bodies[step.reference_id] = replies[-1].body
        except ApiRefused as error:
            failure = error
        if failure is None:
            results = [_result(*pair) for pair in zip(graph.steps, replies, strict=True)]
        else:
            results = [
                _refusal(step, failure if position == len(replies) else _ROLLED_BACK)
                for position, step in enumerate(graph.steps)
            ]
        return {
            "graphId": graph.graph_id,
            "graphResponse": {"compositeResponse": results},
            "isSuccessful": failure is None,
        }


def _read(body: Mapping[str, Any]) -> list[_Graph]:
    """Read a request.

    Raises:
        ApiRefused: it is not what it must be.
    """
    try:
        fields = Fields(body, "body")
        values = fields.objects("graphs")
        fields.done()
        graphs = [_read_graph(value, f"graphs[{n}]") for n, value in enumerate(values)]
    except Unreadable as error:
        raise ApiRefused("JSON_PARSER_ERROR", "; ".join(error.problems)) from error
    steps = sum(len(graph.steps) for graph in graphs)
    if len(graphs) > _MOST_GRAPHS or steps > MOST_STEPS:
        raise ApiRefused("LIMIT_EXCEEDED", f"A request has at most {MOST_STEPS} nodes")
    return graphs


def _read_graph(value: object, where: str) -> _Graph:
    fields = Fields(value, where)
    graph_id, values = fields.text("graphId"), fields.objects("compositeRequest")
    fields.done()
    steps = [_read_step(value, f"{where}.compositeRequest[{n}]") for n, value in enumerate(values)]
    if not steps:
        raise Unreadable([f"{where}.compositeRequest must not be empty"])
    if len({step.reference_id for step in steps}) < len(steps):
        raise Unreadable([f"{where}: a referenceId is there twice"])
    return _Graph(graph_id=graph_id, steps=tuple(steps))


def _read_step(value: object, where: str) -> _Step:
    fields = Fields(value, where)
    method, url = fields.text("method"), fields.text("url")
    reference_id, body = fields.text("referenceId"), fields.object("body")
    fields.done()
    if method not in _METHODS:
        raise Unreadable([f"{where}.method must be one of {', '.join(sorted(_METHODS))}"])
    if not _REFERENCE_ID.fullmatch(reference_id):
        raise Unreadable([f"{where}.referenceId must consist of letters, numbers and underscores"])
    return _Step(method=method, url=url, reference_id=reference_id, body=body)


def _perform(
    step: _Step,
    bodies: Mapping[str, Mapping[str, Any] | None],
    sobjects: Sobjects,
    version: str,
) -> Reply:
    """Do what a step asks for.

    Args:
        step: the step.
        bodies: what was said to the steps before it, by reference id.
        sobjects: does it.
        version: of the interface.

    Raises:
        ApiRefused: it cannot be done.
    """
    match = _URL.fullmatch(_resolved(step.url, bodies))
    if match is None or match.group(1) != version:
        raise not_found()
    sobject, record_id = unquote(match.group(2)), match.group(3)
    if object_type(sobject) is None:  # what has no rollback
        raise not_found()
    body = {name: _resolved(value, bodies) for name, value in step.body.items()}
    if record_id is None:
        if step.method != "POST":
            raise _not_allowed(step.method, "POST")
        return sobjects.create(sobject, body)
    match step.method:
        case "GET":
            return sobjects.get(sobject, unquote(record_id))
        case "PATCH":
            return sobjects.update(sobject, unquote(record_id), body)
        case "DELETE":
            return sobjects.delete(sobject, unquote(record_id))
    raise _not_allowed(step.method, "DELETE, GET, PATCH")


def _resolved(value: Any, bodies: Mapping[str, Mapping[str, Any] | None]) -> Any:  # noqa: ANN401
    """Return a value with every ``@{referenceId.field}`` in it replaced.

    Raises:
        ApiRefused: an earlier step did not answer with such a field.
    """

    def replacement(match: re.Match[str]) -> str:
        found = (bodies.get(match.group(1)) or {}).get(match.group(2))
        if not isinstance(found, str):
            name = f"{match.group(1)}.{match.group(2)}"
            raise ApiRefused(
                "PROCESSING_HALTED",
                f"Invalid reference specified. No value for {name} found in {match.group(1)}. "
                f"Provided referenceId ('{name}') must start with a letter or a number, and it "
                "can contain only letters, numbers and underscores ('_').",
            )
        return found

    return _REFERENCE.sub(replacement, value) if isinstance(value, str) else value


def _result(step: _Step, reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": {"Location": reply.location} if reply.location else {},
        "httpStatusCode": reply.status,
        "referenceId": step.reference_id,
    }


def _refusal(step: _Step, error: ApiRefused) -> dict[str, Any]:
    body = json.dumps(step.body, separators=(",", ":"))
    return {
        "body": refusal_body(located(error, body)),
        "httpHeaders": {},
        "httpStatusCode": status_of(error),
        "referenceId": step.reference_id,
    }


def _not_allowed(method: str, allowed: str) -> ApiRefused:
    return ApiRefused(
        "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
    )
