"""Every setting, declared once: variable, bounds, default, who uses it, and what it means.

What is under a field is the last cell of its row in docs/configuration.md: `make docs-settings`
writes it there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from invocation.org.assertion import ConnectedApp
from invocation.run_dir import own_run_dir
from invocation.settings import function_settings, job_store, parsers
from invocation.settings.one_core import OneCore
from invocation.settings.setting import By, number, of_the_function, required, setting, whole

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB
THREADS: Final = 128
STORED: Final = 512 * MIB
START, PROXY, RELAY, WATCHDOG, FUNCTION = By
BOTH: Final = PROXY | RELAY
OURS: Final = START | PROXY | RELAY | WATCHDOG


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """One validated set of settings. Only ``__main__`` reads ``os.environ``.

    They are read in this order: a later one may follow from earlier ones.
    """

    org_id: str = field(metadata=required("ORG_ID_18", parsers.org_id, by=PROXY))
    """the only org whose users may call: its 18-character id. For the one of 15 that Setup shows,
    the start names the one of 18"""

    consumer_key: str = field(
        repr=False, metadata=required("CONSUMER_KEY", parsers.consumer_key, by=BOTH)
    )
    """consumer key of the app (connected app or External Client App) that mints the function's
    tokens"""

    private_key: RSAPrivateKey = field(
        repr=False, metadata=required("ENCODED_PRIVATE_KEY", parsers.private_key, by=OURS)
    )
    """its RSA private key (2048 bits or more), in PEM without a passphrase: `base64 <
    private_key.pem`"""

    private_key_filepath: str = setting(
        parsers.KEY_FILE, parsers.text, "", by=OURS, shown="", secret=True
    )
    """instead of `ENCODED_PRIVATE_KEY`: the path of the PEM file. Code in the function can read
    that file, and nothing of the former"""

    port: int = whole("PORT", 3000, (1, 65535), by=START | PROXY)
    """where Apex reaches the proxy; Heroku sets it"""

    function_port: int = whole("FUNCTION_PORT", 8080, (1, 65535), by=OURS | FUNCTION)
    """where the function listens, on 127.0.0.1"""

    run_dir: Path | None = setting(
        "RUN_DIR", parsers.path, None, by=OURS | FUNCTION, shown="`/tmp/functions-$PORT`"
    )
    """holds supervisord's control socket and pid file, for us alone"""

    audience: str | None = setting(
        "SF_AUDIENCE",
        parsers.audience,
        None,
        by=BOTH,
        shown="`https://test.salesforce.com` for `.sandbox.` and `.scratch.` hosts, else"
        " `https://login.salesforce.com`",
    )
    """audience of the token requests: a login host, or the org's My Domain, which External Client
    Apps of some orgs want. Where Apex asks for the caller's token, it is `Audience__c` of the
    function reference ([apex.md](apex.md))"""

    org_origins: frozenset[str] = setting(
        "ORG_DOMAIN_URL",
        parsers.origins,
        frozenset(),
        by=PROXY,
        shown="any My Domain host of Salesforce",
    )
    """the orgs to talk to, exact origins of a My Domain (not of Lightning, a site, Setup or login),
    comma-separated; `http://127.0.0.1:8765` and the like only off Heroku"""

    allowed_permission_sets: frozenset[str] | None = setting(
        "ALLOWED_PERMISSION_SETS", parsers.allowed_permission_sets, None, by=PROXY, shown="any"
    )
    """what a call may ask to activate, API names, comma-separated"""

    required_permission_sets: frozenset[str] = setting(
        "REQUIRED_PERMISSION_SETS", parsers.permission_sets, frozenset(), by=PROXY
    )
    """session-based sets that every call must ask for; who is not assigned to them is 403, also who
    doesn't come through Apex"""

    caller_client_ids: frozenset[str] = setting(
        "CALLER_CLIENT_IDS", parsers.client_ids, frozenset(), by=PROXY, shown="any"
    )
    """consumer keys of the apps whose tokens may call, comma-separated; needs `CONSUMER_SECRET`"""

    consumer_secret: str = setting(
        "CONSUMER_SECRET", parsers.consumer_secret, "", by=PROXY, secret=True
    )
    """of the connected app, which must be allowed to introspect all tokens"""

    caller_cache_ttl_s: float = number("CALLER_CACHE_TTL_S", 60, (0, 3600), by=PROXY)
    """seconds a verified caller is remembered; 0: never"""

    token_cache_ttl_s: float = number("TOKEN_CACHE_TTL_S", 600, (0, 7200), by=BOTH)
    """seconds a minted token is used again; 0: never"""

    org_timeout_s: float = number("ORG_TIMEOUT_S", 10, (0.1, 60), by=BOTH)
    """for all org calls of one invocation together"""

    function_timeout_s: float = number("FUNCTION_TIMEOUT_S", 120, (0.1, 3600), by=PROXY, on_dyno=27)
    """from arrival to answer; Heroku's router gives up at 30 s, so that more is warned of there; a
    Python function is ended 2 s before"""

    function_hold_s: float = number("FUNCTION_HOLD_S", 10, (0, 60), by=PROXY)
    """how long a synchronous call waits for a function that restarts, as a JVM does in 6 s; 0: not
    at all"""

    function_start_s: float = number("FUNCTION_START_S", 60, (1, 3600), by=PROXY | WATCHDOG)
    """how long a function may take to start; later it counts as hung"""

    threads: int = whole("PROXY_THREADS", THREADS, (4, 1000), by=PROXY)
    """threads that answer requests, 4 to 1000"""

    max_inflight: int = setting(
        "MAX_INFLIGHT",
        parsers.max_inflight,
        THREADS - parsers.SPARE_THREADS,
        by=PROXY,
        shown=f"`PROXY_THREADS` - {parsers.SPARE_THREADS}, at least 1",
    )
    """less than `PROXY_THREADS`: invocations at once; the rest waits a second, then gets 503"""

    max_body_bytes: int = whole("MAX_BODY_BYTES", 12 * MIB, (KIB, 256 * MIB), by=BOTH)
    """largest payload and largest answer"""

    body_budget_bytes: int = whole(
        "BODY_BUDGET_BYTES",
        64 * MIB,
        (KIB, 64 * GIB),
        by=PROXY,
        shown=f"{64 * MIB}, or what `MAX_BODY_BYTES` needs",
    )
    """what all payloads under way may have together, in all proxy processes, from their head to
    their answer; beyond it 503. A quarter is kept for payloads of up to 64 KiB"""

    async_db_path: Path | None = setting(
        "ASYNC_DB_PATH", job_store.file, None, by=BOTH, shown="`async.sqlite3` in `RUN_DIR`"
    )
    """without `DATABASE_URL`: an SQLite file; jobs survive process crashes"""

    job_store_url: str = setting(
        "DATABASE_URL", job_store.url, "sqlite:///async.sqlite3", by=BOTH, shown="none", secret=True
    )
    """Postgres for accepted jobs, `postgres://user:password@host:5432/name`, with `@` in a password
    written as `%40`. The database must exist; they survive dyno restarts, and several dynos share
    them"""

    async_keys: tuple[str, ...] = setting(
        "ASYNC_KEYS",
        parsers.fernet_keys,
        (),
        by=BOTH,
        shown="derived from the private key",
        secret=True,
    )
    """Fernet keys for stored jobs, comma-separated, the newest first; `python -c 'from
    cryptography.fernet import Fernet as F; print(F.generate_key().decode())'` makes one"""

    async_concurrency: int = whole("ASYNC_CONCURRENCY", 10, (1, 200), by=RELAY)
    """functions that one relay runs at once"""

    async_function_timeout_s: float = number(
        "ASYNC_FUNCTION_TIMEOUT_S", 900, (0.1, 86400), by=RELAY
    )
    """longest run of a function; a Python function is ended 2 s before"""

    async_invoke_attempts: int = whole("ASYNC_INVOKE_ATTEMPTS", 1, (1, 10), by=RELAY)
    """how often a function may be started for one job; above 1 it must be idempotent"""

    async_delivery_delay_s: float = number("ASYNC_DELIVERY_DELAY_S", 2, (0, 60), by=RELAY)
    """earliest write to the record after the 201: older Apex writes PENDING right after it"""

    async_delivery_hours: float = number("ASYNC_DELIVERY_HOURS", 24, (0.001, 240), by=RELAY)
    """how long a function or an org that is away is waited for"""

    async_keep_days: float = number("ASYNC_KEEP_DAYS", 7, (0.01, 365), by=RELAY)
    """how long ids and states of ended jobs are kept"""

    async_max_bytes: int = whole("ASYNC_MAX_BYTES", STORED, (2 * MIB, 1024 * GIB), by=PROXY)
    """most bytes of stored jobs that are not at their end, compressed; beyond it `/async` is 503"""

    async_max_user_bytes: int = setting(
        "ASYNC_MAX_USER_BYTES", job_store.max_user_bytes, STORED // 2, by=PROXY, shown="half of it"
    )
    """the same of one user"""

    executor_id: str = setting(
        "ASYNC_EXECUTOR_ID",
        job_store.relay_name,
        "local",
        by=RELAY,
        shown="`DYNO`, else the host's name",
    )
    """which relay this is; two relays on one database need two"""

    store_lasts: bool = setting(
        "ASYNC_DB_LASTS", job_store.lasts, True, by=BOTH, shown="`no` on Heroku, else `yes`"
    )
    """whether that file outlives this container; with `no`, unfinished jobs are told to the org
    before it stops"""

    processes: int = setting("WEB_CONCURRENCY", parsers.processes, 1, by=START | PROXY)
    """proxy processes, at most 32: of more, as buildpacks ask for, 32 are started, with a warning;
    each remembers callers and tokens for itself"""

    one_core: OneCore = setting(
        "PROXY_ONE_CORE", parsers.one_core, OneCore.AUTO, by=PROXY, shown="auto"
    )
    """each proxy process keeps to one core, which makes many calls at once much cheaper: `auto` to
    one that others leave free, `yes` to the same one always; `no` to none"""

    metrics_token: str = setting("METRICS_TOKEN", parsers.token, "", by=PROXY, secret=True)
    """who sends it as bearer token may read `/metrics` (Prometheus); without it there is no such
    route"""

    log_level: str = setting("LOG_LEVEL", parsers.log_level, "INFO", by=PROXY | RELAY | WATCHDOG)
    """DEBUG, INFO, WARNING or ERROR"""

    function_dir: str = setting(
        "FUNCTION_DIR", function_settings.folder, "function", by=FUNCTION, shown="`function`"
    )
    """the function's folder, in the app's root or absolute; the function runs in it"""

    function_command: str = of_the_function(
        "FUNCTION_COMMAND",
        shown="by what is there: `main.py` Python, `package.json` Node, `pom.xml` or"
        " `function-bundle.toml` Java",
    )
    """how the function is started, in that folder; it finds its port in `PORT`"""

    function_stop_signal: str = setting(
        "FUNCTION_STOP_SIGNAL",
        function_settings.stop_signal,
        "TERM",
        by=START,
        shown="TERM, for Java INT",
    )
    """`TERM` or `INT`: how supervisord stops the function. Where a platform signals every process
    at once, a function that ignores SIGTERM goes on until its calls have ended; it is stopped by
    INT then"""

    java_tool_options: str = of_the_function(
        "JAVA_TOOL_OPTIONS", shown="what fits 512 MB, with 128 threads"
    )
    """options of a JVM that the function runs in"""

    runtime_jar: str = of_the_function("SF_FX_RUNTIME_JAR_FILEPATH", shown="`target/runtime.jar`")
    """the runtime for Java, `sf-fx-runtime-java-runtime-*-jar-with-dependencies.jar`, absolute or
    in `FUNCTION_DIR`"""

    runtime_cli: str = of_the_function(
        "RUNTIME_CLI_FILEPATH", shown="`node_modules/@heroku/sf-fx-runtime-nodejs/bin/cli.js`"
    )
    """the runtime for Node, absolute or in `FUNCTION_DIR`"""

    function_concurrency: int = setting(
        "FUNCTION_CONCURRENCY",
        function_settings.concurrency,
        0,
        by=BOTH,
        shown="any number; for Java two less than its threads: 126",
    )
    """most calls that the function gets at once, synchronous and asynchronous together:
    `MAX_INFLIGHT` of all processes and `ASYNC_CONCURRENCY` are cut until they fit. A function that
    answers health checks on the threads of its calls needs some that are free"""

    debug_port: int = setting(
        "DEBUG_PORT", function_settings.debug_port, 0, by=PROXY | RELAY | WATCHDOG | FUNCTION
    )
    """where the function listens for a debugger, on 127.0.0.1; there are no time limits and no
    watchdog then. Python needs `debugpy`. Not on Heroku"""

    function_database_url: str = of_the_function("FUNCTION_DATABASE_URL")
    """the function's own database; the function finds it as `DATABASE_URL`, too"""

    function_env: tuple[str, ...] = setting(
        "FUNCTION_ENV", function_settings.passed_on, (), by=FUNCTION
    )
    """databases that the function gets besides, such as `HEROKU_POSTGRESQL_PURPLE_URL`;
    comma-separated; never a secret of the proxy's, never the job store"""

    watchdog_failures: int = whole("WATCHDOG_FAILURES", 6, (0, 1000), by=WATCHDOG)
    """health checks in a row, one every 5 s, that a running function may miss before it is
    restarted; 0: any number"""

    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What works, but hardly as it was meant: one line each."""

    @property
    def own_run_dir(self) -> Path:
        """`run_dir`, or the folder that bin/start makes where none is set."""
        return own_run_dir(self.run_dir, self.port)

    @property
    def connected_app(self) -> ConnectedApp:
        """The app that mints the function's tokens."""
        return ConnectedApp(
            consumer_key=self.consumer_key, private_key=self.private_key, audience=self.audience
        )
