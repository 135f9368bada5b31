"""The control API under /_orgsim/: what an administrator, Apex or a test does to the org."""

from typing import Any

import falcon

from orgsim.data.async_requests import Change, Record, object_name
from orgsim.entities import ConnectedApp, OrgSettings, PermissionSet, Session, User, hash_of
from orgsim.faults import Fault
from orgsim.json_fields import Fields, Unreadable, parse_json
from orgsim.org import SimulatedOrg
from orgsim.refusals import ApiRefused
from orgsim.seed import add_app, add_permission_set, add_user
from orgsim.timestamps import timestamp

_MOST_RECORDS_SHOWN = 100
_LONGEST_LATENCY_S = 600
_LARGEST_BODY = 1 << 30


class Control:
    """Everything under /_orgsim/, one pair of methods a path; falcon's suffixes name them."""

    def __init__(self, org: SimulatedOrg) -> None:
        self._org = org

    def on_get_state(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with everything that is set up and every live session, but no token."""
        del req
        resp.media = {
            "org": _settings(self._org.settings),
            "users": [_user(user) for user in self._org.users()],
            "permission_sets": [_permission_set(each) for each in self._org.permission_sets()],
            "connected_apps": [_app(app) for app in self._org.apps()],
            "sessions": [_session(session) for session in self._org.sessions.alive()],
        }

    def on_post_users(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add or change a user."""
        resp.media = _user(add_user(self._org, _body(req)))

    def on_post_permission_sets(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add or replace a permission set."""
        resp.media = _permission_set(add_permission_set(self._org, _body(req)))

    def on_post_apps(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Add or replace a connected app."""
        resp.media = _app(add_app(self._org, _body(req)))

    def on_post_tokens(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Open a session for a user: the one answer that has a token in it."""
        fields = _body(req)
        username = fields.text("username")
        token = fields.make(lambda: self._org.open_session(username))
        resp.media = {"access_token": token, "session": hash_of(token)}

    def on_post_expire(self, req: falcon.Request, resp: falcon.Response) -> None:
        """End one session, those of a user, or all."""
        fields = _body(req)
        token, username = fields.optional_text("access_token"), fields.optional_text("username")
        session = fields.optional_text("session")
        fields.done()
        expired = self._org.expire_sessions(token=token, username=username, hash=session)
        resp.media = {"expired": expired}

    def on_post_records(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Insert an AsyncFunctionInvocationRequest__c as Apex does."""
        fields = _body(req)
        namespace, values = fields.text("namespace", default=""), fields.object("fields")
        try:
            record = fields.make(lambda: self._org.create_record(values, namespace=namespace))
        except ApiRefused as error:
            raise Unreadable([str(error)]) from error
        resp.media = _record(record)
        resp.status = falcon.HTTP_201

    def on_get_records(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the newest records, without their values."""
        del req
        records = self._org.records.latest(_MOST_RECORDS_SHOWN)
        resp.media = {"records": [{"id": r.id, "patches": r.patches} for r in records]}

    def on_get_record(self, req: falcon.Request, resp: falcon.Response, record_id: str) -> None:
        """Answer with a record's values and its history."""
        del req
        record = self._org.records.history(record_id)
        if record is None:
            raise falcon.HTTPNotFound(description="there never was such a record")
        resp.media = _record(record)

    def on_get_counters(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with the counters."""
        del req
        resp.media = self._org.counters()

    def on_post_reset(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Set the counters to zero."""
        del req
        self._org.journal.reset()
        resp.media = self._org.counters()

    def on_get_faults(self, req: falcon.Request, resp: falcon.Response) -> None:
        """List the faults that are still planned."""
        del req
        resp.media = {"faults": [_fault(fault) for fault in self._org.faults.planned()]}

    def on_post_faults(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Plan a fault."""
        fields = _body(req)
        fault = _read_fault(fields)
        resp.media = _fault(fields.make(lambda: self._org.faults.add(fault)))
        resp.status = falcon.HTTP_201

    def on_delete_faults(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Plan nothing more."""
        del req
        resp.media = {"cleared": self._org.faults.clear()}


def add_control(app: falcon.App[falcon.Request, falcon.Response], org: SimulatedOrg) -> None:
    """Add the control API of ``org`` to ``app``."""
    control = Control(org)
    for path, suffix in (
        ("state", "state"),
        ("users", "users"),
        ("permission-sets", "permission_sets"),
        ("apps", "apps"),
        ("tokens", "tokens"),
        ("sessions/expire", "expire"),
        ("records", "records"),
        ("records/{record_id}", "record"),
        ("counters", "counters"),
        ("counters/reset", "reset"),
        ("faults", "faults"),
    ):
        app.add_route(f"/_orgsim/{path}", control, suffix=suffix)


def answer_unreadable(
    req: falcon.Request, resp: falcon.Response, error: Unreadable, params: dict[str, Any]
) -> None:
    """Answer what cannot be done with 400 and every reason."""
    del req, params
    resp.status = falcon.HTTP_400
    resp.media = {"problems": error.problems}


class OwnPagesOnly:
    """Keeps web pages of other origins from steering the org through a developer's browser."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Refuse a request to the control API that another origin's page sends.

        Raises:
            falcon.HTTPForbidden: the browser says that it is one.
        """
        del resp
        page = req.get_header("Origin")
        if page and req.path.startswith("/_orgsim") and page != f"{req.scheme}://{req.netloc}":
            raise falcon.HTTPForbidden(description="only for pages of this origin")


def _body(req: falcon.Request) -> Fields:
    data = req.bounded_stream.read()
    return Fields(parse_json(data) if data else {}, "body")


def _read_fault(fields: Fields) -> Fault:
    plain = Fault(endpoint="", kind="")
    headers = fields.object("headers")
    return Fault(
        endpoint=fields.text("endpoint"),
        kind=fields.text("kind"),
        times=fields.optional_whole("times", 1, low=1, high=1_000_000),
        seconds=fields.number("seconds", plain.seconds, low=0, high=_LONGEST_LATENCY_S),
        status=fields.optional_whole("status", None, low=200, high=599),
        body=fields.optional_text("body"),
        content_type=fields.optional_text("content_type"),
        headers=tuple((name, str(value)) for name, value in headers.items()),
        location=fields.text("location", default=plain.location),
        size_bytes=fields.optional_whole("size_bytes", plain.size_bytes, low=2, high=_LARGEST_BODY)
        or plain.size_bytes,
        applied=fields.flag("applied", default=False),
    )


def _settings(settings: OrgSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in OrgSettings.__slots__}


def _user(user: User) -> dict[str, Any]:
    return {"id": user.id, "username": user.username, "active": user.active}


def _permission_set(permission_set: PermissionSet) -> dict[str, Any]:
    return {
        "name": permission_set.name,
        "namespace": permission_set.namespace,
        "assigned_to": sorted(permission_set.assigned_to),
        "session_based": permission_set.session_based,
    }


def _app(app: ConnectedApp) -> dict[str, Any]:
    return {
        "consumer_key": app.consumer_key,
        "policy": app.policy,
        "approved_users": sorted(app.approved_users),
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "session": session.hash,
        "username": session.username,
        "consumer_key": session.consumer_key,
        "opened_at": timestamp(session.opened_at),
        "expires_at": timestamp(session.expires_at),
        "activated": sorted(session.activated),
    }


def _record(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "type": object_name(record.namespace),
        "fields": dict(record.fields),
        "deleted": record.deleted,
        "patches": record.patches,
        "history": [_change(change) for change in record.history],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "order": change.order,
        "kind": change.kind,
        "at": timestamp(change.at),
        "username": change.username,
        "fields": dict(change.fields),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in Fault.__slots__} | {
        "headers": dict(fault.headers)
    }
