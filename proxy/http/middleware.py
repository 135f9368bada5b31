"""What is done at every request, whatever its route."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import falcon

if TYPE_CHECKING:
    from proxy.http.metrics import Metrics

KINDS: Final = MappingProxyType({"/sync": "sync", "/async": "async"})


class Measured:
    """Counts what arrives at the two routes of invocations, and its answers."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Note that an invocation has arrived."""
        if req.method == "POST" and (kind := KINDS.get(req.path)):
            req.context.started = time.monotonic()
            self._metrics.arrived(kind)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, succeeded: bool
    ) -> None:
        """Count its answer."""
        if started := getattr(req.context, "started", None):
            self._metrics.answered(
                KINDS[req.path], status=str(resp.status)[:3], seconds=time.monotonic() - started
            )


class KnownMethods:
    """Refuses methods that Falcon does not know, and its own answer to OPTIONS, with 405."""

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        """Let only the methods pass that the resource has written out."""
        allowed = [m for m in ("GET", "POST") if hasattr(resource, f"on_{m.lower()}")]
        if req.method not in allowed:
            raise falcon.HTTPMethodNotAllowed(allowed)
