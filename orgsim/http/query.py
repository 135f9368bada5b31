"""Queries over REST: ``/services/data/vNN.0/query``, in parts when they find much.

Source: REST API developer guide, "Query".
"""

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

import falcon

from orgsim.http.rest import RestResource
from orgsim.ids import new_ids
from orgsim.org import SimulatedOrg
from orgsim.refusals import ApiRefused
from orgsim.soql.answer import answer
from orgsim.soql.parser import parse

MOST_CURSORS: Final = 100
"""Unfinished queries remembered; the oldest makes room."""

_NO_MORE_GROUPS: Final = (
    "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single "
    "batch"
)

_LOCATOR: Final = re.compile(r"(01g[A-Za-z0-9]{15})-([0-9]{1,6})")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cursor:
    """What a query found, for whoever asks for the rest of it."""

    username: str
    records: list[dict[str, Any]]


class QueryResource(RestResource):
    """``GET /services/data/vNN.0/query?q=...`` and what its ``nextRecordsUrl`` names."""

    def __init__(self, org: SimulatedOrg) -> None:
        super().__init__(org)
        self._lock = threading.Lock()
        self._ids = new_ids("01g")
        self._cursors: OrderedDict[str, _Cursor] = OrderedDict()

    def on_get(self, req: falcon.Request, resp: falcon.Response, version: str) -> None:
        """Answer with the first part of what a query finds.

        Raises:
            ApiRefused: there is no query, or it is refused.
        """
        session = self._enter(req, resp, version)
        text = req.get_param("q")
        if not text:
            raise ApiRefused("MALFORMED_QUERY", "A query string has to be specified")
        query = parse(text)
        total, records = answer(self._org.data, query, version)
        part: dict[str, Any] = {"totalSize": total, "done": True, "records": records}
        if len(records) > self._batch_size:
            if query.is_aggregate:
                raise ApiRefused("EXCEEDED_ID_LIMIT", _NO_MORE_GROUPS)
            cursor = _Cursor(username=session.username, records=records)
            part = self._part(version, self._keep(cursor), cursor, 0)
        resp.media = part

    def on_get_more(
        self, req: falcon.Request, resp: falcon.Response, version: str, locator: str
    ) -> None:
        """Answer with a further part.

        Raises:
            ApiRefused: no query of this user's, or no longer.
        """
        session = self._enter(req, resp, version)
        match = _LOCATOR.fullmatch(locator)
        with self._lock:
            cursor = self._cursors.get(match.group(1)) if match else None
        if match is None or cursor is None or cursor.username != session.username:
            raise ApiRefused("INVALID_QUERY_LOCATOR", "invalid query locator")
        resp.media = self._part(version, match.group(1), cursor, int(match.group(2)))

    @property
    def _batch_size(self) -> int:
        return self._org.settings.query_batch_size

    def _keep(self, cursor: _Cursor) -> str:
        with self._lock:
            key = next(self._ids)
            self._cursors[key] = cursor
            while len(self._cursors) > MOST_CURSORS:
                self._cursors.popitem(last=False)
            return key

    def _part(self, version: str, key: str, cursor: _Cursor, start: int) -> dict[str, Any]:
        end, total = start + self._batch_size, len(cursor.records)
        part: dict[str, Any] = {
            "totalSize": total,
            "done": end >= total,
            "records": cursor.records[start:end],
        }
        if end < total:
            part["nextRecordsUrl"] = f"/services/data/{version}/query/{key}-{end}"
        return part
