"""The routes of platforms and operators: health, readiness, metrics."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from invocation import errors
from proxy.error_answer import JSON
from proxy.http.failures import answer_error
from proxy.http.metrics import CONTENT_TYPE, Metrics

if TYPE_CHECKING:
    import falcon

    from proxy.http.readiness import Readiness
    from supervision.health import FunctionCare


class HealthcheckResource:
    """``/healthcheck``: make sure that the function is well, for someone who knows the org id."""

    def __init__(self, care: FunctionCare, org_id: str) -> None:
        self._care = care
        self._org_id = org_id

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200 ``"OK"``, also after a restart; 401 without the org's id; 503 in trouble."""
        given = req.get_header("x-org-id-18", default="")
        if not hmac.compare_digest(given.encode(), self._org_id.encode()):
            raise errors.CallerRejected("Unauthorized request", why="x-org-id-18 is not ORG_ID_18")
        if not self._care.restore():
            raise errors.FunctionUnavailable(self._care.why_unwell())
        resp.content_type = JSON
        resp.text = '"OK"'

    on_post = on_get


class LivezResource:
    """``GET /livez``: this process runs."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200, always."""
        resp.content_type = JSON
        resp.text = '"OK"'


class ReadyzResource:
    """``GET /readyz``: this process may be sent invocations."""

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer 200, or 503 while it may not. Asked again and again: only changes are logged."""
        if not self._readiness.is_ready():
            answer_error(req, resp, 503, "Not ready")
            return
        resp.content_type = JSON
        resp.text = '"OK"'


class MetricsResource:
    """``GET /metrics``, for who has the token; without one configured there is no such route."""

    def __init__(self, metrics: Metrics, token: str) -> None:
        self._metrics = metrics
        self._expected = f"Bearer {token}".encode()

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with Prometheus's text, or 401."""
        given = req.get_header("Authorization", default="")
        if not hmac.compare_digest(given.encode(), self._expected):
            raise errors.CallerRejected("Unauthorized request", why="not METRICS_TOKEN's token")
        resp.content_type = CONTENT_TYPE
        resp.data = self._metrics.text()
