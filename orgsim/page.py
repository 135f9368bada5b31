"""The page at ``/``: the org at a glance, in a browser."""

import html
import json
from collections.abc import Iterable, Sequence
from typing import Final

import falcon

from orgsim.data.async_requests import Record
from orgsim.org import SimulatedOrg
from orgsim.timestamps import timestamp

_REFRESH_S: Final = 3
_ROWS: Final = 20
_NOTHING_FROM_ELSEWHERE: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #888; --accent: #0b6bcb; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p { color: var(--soft); margin: 0; } code { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; width: 100%; }
th { color: var(--soft); font-weight: 500; text-align: left; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; vertical-align: top;
  overflow-wrap: anywhere; }
h1 span { color: var(--accent); }
"""


class PageResource:
    """``GET /``."""

    def __init__(self, org: SimulatedOrg) -> None:
        self._org = org

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Show the page; it loads nothing from anywhere and runs no script."""
        del req
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", _NOTHING_FROM_ELSEWHERE)
        resp.set_header("Cache-Control", "no-store")
        resp.text = render(self._org)


def render(org: SimulatedOrg) -> str:
    """Return the page's HTML. Everything shown is escaped: callers choose paths and names."""
    settings = org.settings
    kind = "sandbox" if settings.is_sandbox else "production"
    sections = (
        _users(org),
        _permission_sets(org),
        _apps(org),
        _sessions(org),
        _records(org.records.latest(_ROWS)),
        _faults(org),
        _requests(org),
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="{_REFRESH_S}"><link rel="icon" href="data:,">'
        f"<title>{_text(settings.name)}</title><style>{_STYLE}</style></head><body>"
        f"<h1><span>orgsim</span> {_text(settings.name)}</h1>"
        f"<p>A simulated {kind} org for development, <code>{_text(settings.id)}</code>. "
        "Control API: <code>/_orgsim/</code>.</p>"
        f"{''.join(sections)}</body></html>"
    )


def _users(org: SimulatedOrg) -> str:
    rows = ((u.username, u.id, "yes" if u.active else "no") for u in org.users())
    return _table("Users", ("Username", "Id", "Active"), rows)


def _permission_sets(org: SimulatedOrg) -> str:
    rows = (
        (p.full_name, "yes" if p.session_based else "no", ", ".join(sorted(p.assigned_to)))
        for p in org.permission_sets()
    )
    return _table("Permission sets", ("Name", "Session-based", "Assigned to"), rows)


def _apps(org: SimulatedOrg) -> str:
    rows = ((a.consumer_key, a.policy, ", ".join(sorted(a.approved_users))) for a in org.apps())
    return _table("Connected apps", ("Consumer key", "Policy", "Approved users"), rows)


def _sessions(org: SimulatedOrg) -> str:
    rows = (
        (s.hash, s.username, s.consumer_key or "-", ", ".join(sorted(s.activated)) or "-",
         timestamp(s.expires_at))
        for s in reversed(org.sessions.alive()[-_ROWS:])
    )  # fmt: skip
    heads = ("Hash", "User", "Connected app", "Activated permission sets", "Expires")
    return _table("Sessions", heads, rows)


def _records(records: Iterable[Record]) -> str:
    rows = (
        (r.id, "deleted" if r.deleted else _field(r, "Status__c"), _field(r, "StatusCode__c"),
         str(r.patches), _field(r, "Response__c")[:120])
        for r in records
    )  # fmt: skip
    heads = ("Id", "Status", "Code", "Updates", "Response")
    return _table("Asynchronous requests", heads, rows)


def _faults(org: SimulatedOrg) -> str:
    rows = (
        (f.endpoint, f.kind, "until cleared" if f.times is None else str(f.times))
        for f in org.faults.planned()[:_ROWS]
    )
    return _table("Planned faults", ("Endpoint", "Kind", "Times left"), rows)


def _requests(org: SimulatedOrg) -> str:
    rows = (
        (timestamp(line.at)[11:23], line.method, line.path, line.status, line.fault or "-")
        for line in org.journal.latest()[:_ROWS]
    )
    return _table("Latest requests", ("Time (UTC)", "Method", "Path", "Status", "Fault"), rows)


def _field(record: Record, name: str) -> str:
    prefix = f"{record.namespace}__" if record.namespace else ""
    value = record.fields.get(prefix + name)
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f"<h2>{title}</h2><p>None.</p>"
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<h2>{title}</h2><table><tr>{head}</tr>{body}</table>"


def _text(value: str) -> str:
    return html.escape(value, quote=True)
