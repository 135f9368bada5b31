"""HTTP: which route leads where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import falcon

from invocation import errors
from proxy.http.failures import answer_bug, answer_http_error, answer_proxy_error
from proxy.http.invocations import AsyncResource, SyncResource
from proxy.http.metrics import Metrics
from proxy.http.middleware import KnownMethods, Measured
from proxy.http.operations import (
    HealthcheckResource,
    LivezResource,
    MetricsResource,
    ReadyzResource,
)

if TYPE_CHECKING:
    from invocation.settings.config import Config
    from proxy.http.readiness import Readiness
    from proxy.invoke import Invoker
    from supervision.health import FunctionCare


def create_app(
    config: Config,
    *,
    invoker: Invoker,
    care: FunctionCare,
    readiness: Readiness,
) -> falcon.App[falcon.Request, falcon.Response]:
    """Return the WSGI app: routes and error handlers, nothing else."""
    metrics = Metrics()
    middleware: list[Any] = [Measured(metrics), KnownMethods()]
    app = falcon.App(middleware=middleware)
    app.req_options.strip_url_path_trailing_slash = True
    app.add_route("/sync", SyncResource(invoker, config.max_body_bytes))
    app.add_route("/async", AsyncResource(invoker, config.max_body_bytes))
    app.add_route("/healthcheck", HealthcheckResource(care, config.org_id))
    app.add_route("/livez", LivezResource())
    app.add_route("/readyz", ReadyzResource(readiness))
    if config.metrics_token:
        app.add_route("/metrics", MetricsResource(metrics, config.metrics_token))
    app.add_error_handler(Exception, answer_bug)
    app.add_error_handler(falcon.HTTPError, answer_http_error)
    app.add_error_handler(errors.ProxyError, answer_proxy_error)
    return app
