"""Composition root: builds the clients and hands them to those who need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy import web
from proxy.at_rest import Cipher
from proxy.function_client import FunctionClient
from proxy.function_health import FunctionHealth
from proxy.invoke import Invoker
from proxy.job_store import JobStore, create_engine
from proxy.org import OrgClient

if TYPE_CHECKING:
    import falcon

    from proxy.config import Config


def create_app(config: Config) -> falcon.App[falcon.Request, falcon.Response]:
    """Return the whole proxy as one WSGI app."""
    org = OrgClient(connections=config.max_inflight)
    function = FunctionClient(port=config.function_port, max_answer_bytes=config.max_body_bytes)
    cipher = Cipher(config.async_keys, private_key=config.private_key)
    jobs = JobStore(create_engine(config.job_store_url), cipher)
    return web.create_app(
        config,
        invoker=Invoker(config, org=org, function=function, jobs=jobs),
        health=FunctionHealth(function),
    )
