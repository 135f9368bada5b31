"""What is set about the proxy: where it listens, its times and sizes, its processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from invocation.run_dir import own_run_dir
from invocation.settings import parsers
from invocation.settings.one_core import OneCore
from invocation.settings.setting import (
    BOTH,
    FUNCTION,
    OURS,
    PROXY,
    RELAY,
    START,
    WATCHDOG,
    number,
    setting,
    whole,
)

if TYPE_CHECKING:
    from pathlib import Path

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB
THREADS: Final = 128


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """What is set about the proxy: where it listens, its times and sizes, its processes."""

    port: int = whole("PORT", 3000, (1, 65535), by=START | PROXY)
    """where Apex reaches the proxy; Heroku sets it"""

    function_port: int = whole("FUNCTION_PORT", 8080, (1, 65535), by=OURS | FUNCTION)
    """where the function listens, on 127.0.0.1"""

    run_dir: Path | None = setting(
        "RUN_DIR", parsers.path, None, by=OURS | FUNCTION, shown="`/tmp/functions-$PORT`"
    )
    """holds supervisord's control socket and pid file, for us alone"""

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

    @property
    def own_run_dir(self) -> Path:
        """`run_dir`, or the folder that bin/start makes where none is set."""
        return own_run_dir(self.run_dir, self.port)
