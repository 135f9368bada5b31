"""Settings that are good on their own may exclude each other. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from invocation.settings.config import Config
    from invocation.settings.reader import SettingsReader

SHARE_OF_JOBS: Final = 4
"""One place in so many is for asynchronous calls, at most."""
DEBUGGED_S: Final = 24 * 3600.0
"""How long a call may take while a debugger can stop it."""


def require_fit(read: SettingsReader, settings: Config) -> None:
    """Note what does not go together."""
    _require_fitting_callers(read, settings)
    _require_fitting_budget(read, settings)
    if 0 < settings.function_concurrency <= settings.processes:
        read.problem(
            "FUNCTION_CONCURRENCY",
            f"must be above WEB_CONCURRENCY, so that each of {settings.processes} proxies and the"
            f" relay can call the function, not {settings.function_concurrency}",
        )
    if settings.port == settings.function_port and read.was_good("PORT", "FUNCTION_PORT"):
        read.problem("PORT", f"and FUNCTION_PORT must differ, both are {settings.port}")
    if settings.max_inflight >= settings.threads and read.was_good("PROXY_THREADS", "MAX_INFLIGHT"):
        read.problem(
            "MAX_INFLIGHT",
            f"must be below PROXY_THREADS, so that health is answered: at most"
            f" {settings.threads - 1}, not {settings.max_inflight}",
        )


def fitted(settings: Config) -> Config:
    """Return the settings with numbers that follow from others: what was good stays as it is."""
    budget = max(settings.body_budget_bytes, smallest_budget(settings))
    return _without_limits(_within_concurrency(replace(settings, body_budget_bytes=budget)))


def _within_concurrency(settings: Config) -> Config:
    """Let all proxies and the relay together call the function no more often than it bears."""
    if not (most := settings.function_concurrency):
        return settings
    jobs = min(settings.async_concurrency, max(1, most // SHARE_OF_JOBS))
    calls = max(1, (most - jobs) // settings.processes)
    return replace(settings, async_concurrency=jobs, max_inflight=min(settings.max_inflight, calls))


def _without_limits(settings: Config) -> Config:
    """Let a call that stands at a breakpoint be no call that hangs."""
    if not settings.debug_port:
        return settings
    return replace(
        settings,
        function_timeout_s=DEBUGGED_S,
        async_function_timeout_s=DEBUGGED_S,
        watchdog_failures=0,
    )


def smallest_budget(settings: Config) -> int:
    """Return what lets each process take one payload of any size: a quarter is for small ones."""
    return settings.processes * (settings.max_body_bytes * 4 // 3 + 2)


def _require_fitting_callers(read: SettingsReader, settings: Config) -> None:
    allowed = settings.allowed_permission_sets
    if allowed is not None and not settings.required_permission_sets <= allowed:
        read.problem("REQUIRED_PERMISSION_SETS", "must be among ALLOWED_PERMISSION_SETS")
    if settings.caller_client_ids and not settings.consumer_secret:
        read.problem(
            "CALLER_CLIENT_IDS",
            "needs CONSUMER_SECRET: only with the app's secret the org tells whose a token is",
        )


def _require_fitting_budget(read: SettingsReader, settings: Config) -> None:
    smallest = smallest_budget(settings)
    if (
        settings.body_budget_bytes < smallest
        and read.text("BODY_BUDGET_BYTES")
        and read.was_good("BODY_BUDGET_BYTES", "MAX_BODY_BYTES", "WEB_CONCURRENCY")
    ):
        read.problem(
            "BODY_BUDGET_BYTES",
            f"must be at least {smallest}, so that each of {settings.processes} proxies can take a"
            f" payload of MAX_BODY_BYTES, not {settings.body_budget_bytes}",
        )
