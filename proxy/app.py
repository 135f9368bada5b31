"""Composition root: builds the clients and hands them to those who need them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from invocation.derived_keys import control_password
from invocation.function.calls_under_way import CallsUnderWay
from invocation.function.client import FunctionClient
from invocation.jobs.backlog import Backlog
from invocation.jobs.encryption import Cipher
from invocation.org.client import OrgClient
from proxy.http import routes as web
from proxy.http.readiness import Readiness
from proxy.invoke import Invoker
from proxy.job_intake import JobIntake
from proxy.wait_for_function import WaitForFunction
from supervision.function_port import FunctionPort
from supervision.health import FunctionCare, FunctionHealth
from supervision.restart import FunctionRestart
from supervision.supervisor import Supervisor

if TYPE_CHECKING:
    import falcon

    from invocation.settings.config import Config
    from proxy.stopping import Draining


def create_app(config: Config, draining: Draining) -> falcon.App[falcon.Request, falcon.Response]:
    """Return the whole proxy as one WSGI app.

    Args:
        config: all settings.
        draining: set once the process is told to stop.
    """
    org = OrgClient(connections=config.max_inflight)
    function = FunctionClient(
        port=config.function_port,
        max_answer_bytes=config.max_body_bytes,
        is_ours=FunctionPort(config.function_port, config.run_dir).is_ours,
        last_answer_s=draining.last_answer_s,
        calls=CallsUnderWay(config.run_dir),
    )
    health = FunctionHealth(function, port=config.function_port, run_dir=config.run_dir)
    care = FunctionCare(health, restart=_restart(config), start_s=config.function_start_s)
    held = WaitForFunction(
        function, hold_s=config.function_hold_s, draining=draining, why=care.why_unavailable
    )
    cipher = Cipher(config.async_keys, private_key=config.private_key)
    backlog = Backlog(most=config.async_max_bytes, most_of_one=config.async_max_user_bytes)
    jobs = JobIntake(config.job_store_url, cipher, backlog)
    invoker = Invoker(config, org=org, function=held, jobs=jobs, draining=draining)
    readiness = Readiness(health, config.run_dir, draining)
    return web.create_app(config, invoker=invoker, care=care, readiness=readiness)


def _restart(config: Config) -> FunctionRestart | None:
    """Return who restarts the function; None without supervisord."""
    if config.run_dir is None:
        return None
    password = control_password(config.private_key)
    supervisor = Supervisor(config.run_dir, password, pid=os.getppid())
    return FunctionRestart(supervisor, config.run_dir)
