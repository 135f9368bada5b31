"""What is set about the function: which it is, how it starts, what it may see."""

from __future__ import annotations

from dataclasses import dataclass

from invocation.settings import function_settings
from invocation.settings.setting import (
    BOTH,
    FUNCTION,
    PROXY,
    RELAY,
    START,
    WATCHDOG,
    of_the_function,
    setting,
    whole,
)


@dataclass(frozen=True, kw_only=True)
class FunctionSettings:
    """What is set about the function: which it is, how it starts, what it may see."""

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
