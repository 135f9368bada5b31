"""Settings: the environment, checked once at start; all problems are reported together."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from invocation.org.assertion import ConnectedApp
from invocation.settings.function_settings import JAVA, check_function_folder, check_passed_on
from invocation.settings.one_core import OneCore
from invocation.settings.reader import SettingsReader
from invocation.settings.warnings import note_oddities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BODY_BUDGET: Final = 64 * 1024 * 1024
"""Of all payloads by default: what a dyno of 512 MB has to spare for them."""
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


class ConfigError(Exception):
    """The settings are wrong. One line per problem; never the value of a secret."""

    def __init__(self, problems: Sequence[str], warnings: Sequence[str] = ()) -> None:
        super().__init__("\n".join(problems))
        self.warnings = tuple(warnings)
        """What else is odd, and may be the cause."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """One validated set of settings. Only ``__main__`` reads ``os.environ``."""

    org_id: str
    """The only org whose users may call: an 18-character id (``ORG_ID_18``)."""

    consumer_key: str = field(repr=False)
    """The connected app that mints the function's tokens (``CONSUMER_KEY``)."""

    private_key: RSAPrivateKey = field(repr=False)
    """Signs the token requests (``ENCODED_PRIVATE_KEY`` or ``PRIVATE_KEY_FILEPATH``)."""

    port: int = 3000
    """Where Apex reaches us (``PORT``)."""

    function_port: int = 8080
    """Where the function listens, on 127.0.0.1 (``FUNCTION_PORT``)."""

    audience: str | None = None
    """Audience of the token requests; None: told from the org's host (``SF_AUDIENCE``)."""

    org_origins: frozenset[str] = frozenset()
    """The only orgs we talk to; empty: any My Domain host of Salesforce (``ORG_DOMAIN_URL``)."""

    allowed_permission_sets: frozenset[str] | None = None
    """What a caller may ask for; None: anything (``ALLOWED_PERMISSION_SETS``)."""

    required_permission_sets: frozenset[str] = frozenset()
    """What every call must ask for, and so be assigned to (``REQUIRED_PERMISSION_SETS``)."""

    caller_client_ids: frozenset[str] = frozenset()
    """Consumer keys of apps whose tokens may call; none: any (``CALLER_CLIENT_IDS``)."""

    consumer_secret: str = field(default="", repr=False)
    """Of the connected app, to ask whose a token is (``CONSUMER_SECRET``)."""

    caller_cache_ttl_s: float = 60.0
    """How long a verified caller is remembered; 0: not at all (``CALLER_CACHE_TTL_S``)."""

    token_cache_ttl_s: float = 600.0
    """How long a minted token is used again; 0: not at all (``TOKEN_CACHE_TTL_S``)."""

    org_timeout_s: float = 10.0
    """Longest wait for all org calls of one invocation together (``ORG_TIMEOUT_S``)."""

    function_timeout_s: float = 120.0
    """Longest time from arrival to answer of a synchronous call (``FUNCTION_TIMEOUT_S``)."""

    function_hold_s: float = 5.0
    """How long a synchronous call waits for a restarting function (``FUNCTION_HOLD_S``)."""

    function_start_s: float = 60.0
    """How long a function may take to start before it counts as hung (``FUNCTION_START_S``)."""

    threads: int = 128
    """Threads that answer requests (``PROXY_THREADS``)."""

    max_inflight: int = 120
    """Invocations that run at once; below `threads`, so health is always answered."""

    max_body_bytes: int = 12 * 1024 * 1024
    """Largest payload and largest answer (``MAX_BODY_BYTES``)."""

    body_budget_bytes: int = BODY_BUDGET
    """What all payloads under way may have together, in all processes (``BODY_BUDGET_BYTES``)."""

    job_store_url: str = field(default="sqlite:///async.sqlite3", repr=False)
    """Where accepted jobs are, for SQLAlchemy (``DATABASE_URL``, else ``ASYNC_DB_PATH``)."""

    async_keys: tuple[str, ...] = field(default=(), repr=False)
    """Fernet keys for stored jobs, the newest first; none: derived from `private_key`."""

    async_concurrency: int = 10
    """Functions that a relay runs at once (``ASYNC_CONCURRENCY``)."""

    async_function_timeout_s: float = 900.0
    """Longest wait for one asynchronous function call (``ASYNC_FUNCTION_TIMEOUT_S``)."""

    async_invoke_attempts: int = 1
    """How often a function may be started for one job (``ASYNC_INVOKE_ATTEMPTS``)."""

    async_delivery_delay_s: float = 2.0
    """Earliest write to the record, counted from the 201 (``ASYNC_DELIVERY_DELAY_S``)."""

    async_delivery_hours: float = 24.0
    """How long delivery is tried (``ASYNC_DELIVERY_HOURS``)."""

    async_keep_days: float = 7.0
    """How long ids and states of finished jobs are kept (``ASYNC_KEEP_DAYS``)."""

    async_max_bytes: int = 512 * 1024**2
    """Most bytes of stored jobs that are not at their end (``ASYNC_MAX_BYTES``)."""

    async_max_user_bytes: int = 256 * 1024**2
    """The same of one user (``ASYNC_MAX_USER_BYTES``)."""

    executor_id: str = "local"
    """Which relay this is (``ASYNC_EXECUTOR_ID``, else ``DYNO``, else the host's name)."""

    store_lasts: bool = True
    """Whether the job store outlives this container (``DATABASE_URL``, else ``ASYNC_DB_LASTS``)."""

    run_dir: Path | None = None
    """Where supervisord's control socket is; None: nobody supervises us (``RUN_DIR``)."""

    function_stop_signal: str = "TERM"
    """How supervisord stops the function, by the signal's short name (``FUNCTION_STOP_SIGNAL``)."""

    processes: int = 1
    """Proxy processes that supervisord starts on one port (``WEB_CONCURRENCY``)."""

    one_core: OneCore = OneCore.AUTO
    """Which core each proxy process keeps to (``PROXY_ONE_CORE``)."""

    metrics_token: str = field(default="", repr=False)
    """Who has it may read ``/metrics``; empty: nobody may (``METRICS_TOKEN``)."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR (``LOG_LEVEL``)."""

    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What works, but hardly as it was meant: one line each."""

    @property
    def connected_app(self) -> ConnectedApp:
        """The app that mints the function's tokens."""
        return ConnectedApp(
            consumer_key=self.consumer_key, private_key=self.private_key, audience=self.audience
        )


def load_config(env: Mapping[str, str]) -> Config:
    """Build a `Config` from ``env``, or say everything that is wrong with it.

    An empty value counts as missing, as it does for a Heroku config var.

    Raises:
        ConfigError: with one line per problem, so that one restart fixes them all.
    """
    read = SettingsReader(env)
    on_dyno = bool(env.get("DYNO"))
    max_bytes = read.whole("ASYNC_MAX_BYTES", 512 * 1024**2, low=2 * 1024**2, high=1024**4)
    threads = read.whole("PROXY_THREADS", 128, low=4, high=1000)
    found = check_function_folder(read, "FUNCTION_DIR", "FUNCTION_COMMAND")
    settings = Config(
        org_id=read.org_id("ORG_ID_18"),
        consumer_key=read.consumer_key("CONSUMER_KEY"),
        private_key=read.private_key("ENCODED_PRIVATE_KEY", "PRIVATE_KEY_FILEPATH"),  # type: ignore[arg-type]  # None: a problem is noted
        port=read.whole("PORT", 3000, low=1, high=65535),
        function_port=read.whole("FUNCTION_PORT", 8080, low=1, high=65535),
        audience=read.audience("SF_AUDIENCE"),
        org_origins=read.origins("ORG_DOMAIN_URL", loopback=not on_dyno),
        allowed_permission_sets=read.permission_sets("ALLOWED_PERMISSION_SETS"),
        required_permission_sets=read.permission_sets("REQUIRED_PERMISSION_SETS") or frozenset(),
        caller_client_ids=read.client_ids("CALLER_CLIENT_IDS"),
        consumer_secret=read.consumer_secret("CONSUMER_SECRET"),
        caller_cache_ttl_s=read.number("CALLER_CACHE_TTL_S", 60, low=0, high=3600),
        token_cache_ttl_s=read.number("TOKEN_CACHE_TTL_S", 600, low=0, high=7200),
        org_timeout_s=read.number("ORG_TIMEOUT_S", 10, low=0.1, high=60),
        function_timeout_s=read.number(
            "FUNCTION_TIMEOUT_S", 27 if on_dyno else 120, low=0.1, high=3600
        ),
        function_hold_s=read.number("FUNCTION_HOLD_S", 5, low=0, high=60),
        function_start_s=read.number("FUNCTION_START_S", 60, low=1, high=3600),
        threads=threads,
        max_inflight=read.whole("MAX_INFLIGHT", max(1, threads - 8), low=1, high=1000),
        max_body_bytes=read.whole("MAX_BODY_BYTES", 12 * 1024 * 1024, low=1024, high=256 * 1024**2),
        body_budget_bytes=read.whole("BODY_BUDGET_BYTES", BODY_BUDGET, low=1024, high=64 * 1024**3),
        job_store_url=read.job_store_url("DATABASE_URL", "ASYNC_DB_PATH", on_dyno=on_dyno),
        async_keys=read.fernet_keys("ASYNC_KEYS"),
        async_concurrency=read.whole("ASYNC_CONCURRENCY", 10, low=1, high=200),
        async_function_timeout_s=read.number("ASYNC_FUNCTION_TIMEOUT_S", 900, low=0.1, high=86400),
        async_invoke_attempts=read.whole("ASYNC_INVOKE_ATTEMPTS", 1, low=1, high=10),
        async_delivery_delay_s=read.number("ASYNC_DELIVERY_DELAY_S", 2, low=0, high=60),
        async_delivery_hours=read.number("ASYNC_DELIVERY_HOURS", 24, low=0.001, high=240),
        async_keep_days=read.number("ASYNC_KEEP_DAYS", 7, low=0.01, high=365),
        async_max_bytes=max_bytes,
        async_max_user_bytes=read.whole(
            "ASYNC_MAX_USER_BYTES", max_bytes // 2, low=1024**2, high=max_bytes
        ),
        executor_id=read.text("ASYNC_EXECUTOR_ID") or read.text("DYNO") or socket.gethostname(),
        store_lasts=(
            read.choice("ASYNC_DB_LASTS", "NO" if on_dyno else "YES", ("YES", "NO")) == "YES"
            or bool(read.text("DATABASE_URL"))
        ),
        run_dir=Path(run_dir) if (run_dir := read.text("RUN_DIR")) else None,
        processes=read.processes("WEB_CONCURRENCY"),
        function_stop_signal=read.choice(
            "FUNCTION_STOP_SIGNAL", "INT" if found in JAVA else "TERM", ("TERM", "INT")
        ),
        one_core=OneCore(read.choice("PROXY_ONE_CORE", OneCore.AUTO, tuple(OneCore))),
        metrics_token=read.token("METRICS_TOKEN"),
        log_level=read.choice("LOG_LEVEL", "INFO", LOG_LEVELS),
    )
    check_passed_on(read, "FUNCTION_ENV")
    read.whole("WATCHDOG_FAILURES", 6, low=0, high=1000)  # the watchdog's, which starts later
    _require_fit(read, settings)
    note_oddities(
        read,
        env,
        on_dyno=on_dyno,
        function_timeout_s=settings.function_timeout_s,
        has_database=bool(read.text("DATABASE_URL")),
    )
    if read.problems:
        raise ConfigError(read.problems, read.warnings)
    budget = max(settings.body_budget_bytes, _smallest_budget(settings))
    return replace(settings, body_budget_bytes=budget, warnings=tuple(read.warnings))


def _smallest_budget(settings: Config) -> int:
    """Return what lets each process take one payload of any size: a quarter is for small ones."""
    return settings.processes * (settings.max_body_bytes * 4 // 3 + 2)


def _require_fit(read: SettingsReader, settings: Config) -> None:
    _require_fitting_callers(read, settings)
    _require_fitting_budget(read, settings)
    if settings.port == settings.function_port and read.was_good("PORT", "FUNCTION_PORT"):
        read.problem("PORT", f"and FUNCTION_PORT must differ, both are {settings.port}")
    if settings.max_inflight >= settings.threads and read.was_good("PROXY_THREADS", "MAX_INFLIGHT"):
        read.problem(
            "MAX_INFLIGHT",
            f"must be below PROXY_THREADS, so that health is answered: at most"
            f" {settings.threads - 1}, not {settings.max_inflight}",
        )


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
    smallest = _smallest_budget(settings)
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
