"""Composition root: every interface of one org as one WSGI app."""

import threading

import falcon

from orgsim import control, page
from orgsim.http import composite, introspection, oauth, rest, sobjects
from orgsim.http import query as queries
from orgsim.http.fault_injection import Front
from orgsim.json_fields import Unreadable
from orgsim.org import SimulatedOrg
from orgsim.refusals import ApiRefused, IdentityRefused, OAuthRefused


def create_app(org: SimulatedOrg, stopping: threading.Event | None = None) -> Front:
    """Return the WSGI app of ``org``.

    Args:
        org: what is served; it may be changed meanwhile.
        stopping: once set, a planned latency keeps nobody waiting any more.
    """
    app = falcon.App(
        media_type="application/json;charset=UTF-8", middleware=[control.OwnPagesOnly()]
    )
    app.req_options.strip_url_path_trailing_slash = True
    app.set_error_serializer(_serialize_error)
    app.add_error_handler(OAuthRefused, oauth.answer_oauth_refused)
    app.add_error_handler(IdentityRefused, oauth.answer_identity_refused)
    app.add_error_handler(ApiRefused, rest.answer_api_refused)
    app.add_error_handler(Unreadable, control.answer_unreadable)
    app.add_route("/services/oauth2/token", oauth.TokenResource(org))
    app.add_route("/services/oauth2/introspect", introspection.IntrospectResource(org))
    app.add_route("/services/oauth2/userinfo", oauth.UserinfoResource(org))
    data = "/services/data/{version}"
    app.add_route(f"{data}/actions/standard/{{action}}", rest.ActivateResource(org))
    app.add_route(f"{data}/sobjects/{{sobject}}", sobjects.SobjectResource(org))
    record = f"{data}/sobjects/{{sobject}}/{{record_id}}"
    app.add_route(record, sobjects.RecordResource(org))
    app.add_route(f"{record}/{{field}}", sobjects.ContentResource(org))
    query = queries.QueryResource(org)
    app.add_route(f"{data}/query", query)
    app.add_route(f"{data}/query/{{locator}}", query, suffix="more")
    app.add_route(f"{data}/composite/graph", composite.GraphResource(org))
    app.add_route("/", page.PageResource(org))
    control.add_control(app, org)
    app.add_sink(rest.nothing_here)
    return Front(app, org.faults, org.journal, stopping or threading.Event(), org.clock)


def _serialize_error(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
    """Write what Falcon itself refuses (method, broken request) as the interface at hand would."""
    message = error.description or error.title
    if req.path.startswith("/_orgsim"):
        resp.media = {"problems": [message]}
        return
    code = "UNKNOWN_EXCEPTION"
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        code = "METHOD_NOT_ALLOWED"
        allowed = dict(error.headers or {}).get("Allow")
        message = f"HTTP Method '{req.method}' not allowed. Allowed are {allowed}"
    resp.media = [{"message": message, "errorCode": code}]
