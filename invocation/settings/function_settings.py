"""Settings that bin/function reads, not the proxy: checked with all others, at the start."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from invocation.settings.reader import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invocation.settings.reader import SettingsReader

ROOT: Final = Path(__file__).parents[2]
TELL: Final = ("main.py", "package.json", "pom.xml", "function-bundle.toml")
"""Files by which bin/function-command tells a function's language."""

_JAVA: Final = frozenset({"pom.xml", "function-bundle.toml"})
_COMMAND: Final = "FUNCTION_COMMAND"

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS: Final = re.compile(
    r"(ENCODED_PRIVATE_KEY|PRIVATE_KEY|CONSUMER_KEY|CONSUMER_SECRET|METRICS_TOKEN|ASYNC_KEYS"
    r"|SUPERVISOR_).*|RUN_DIR"
)
_NO_SECRET: Final = re.compile(r"SUPERVISOR_.*|RUN_DIR")
_DATABASE: Final = "HEROKU_POSTGRESQL_"
_JOB_STORE: Final = frozenset({"DATABASE_URL", "DATABASE_CONNECTION_POOL_URL"})


def folder(read: SettingsReader, name: str, default: str) -> str:
    """Return the function's folder, which must be there, with what tells its language."""
    named = read.text(name) or default
    if not ROOT.joinpath(named).is_dir():
        where = f"in {ROOT} or absolute"
        read.problem(name, f"must be the function's folder, {where}: there is no {shown(named)}")
    elif not _is_started_by_command(read) and not _language_in(named):
        needed = f"one of {', '.join(TELL)}, unless {_COMMAND} starts it"
        read.problem(name, f"must hold {needed}: {shown(named)} does not")
    return named


def stop_signal(read: SettingsReader, name: str, default: str) -> str:
    """Return the short name of the signal that stops the function."""
    return read.choice(name, "INT" if _is_java(read) else default, ("TERM", "INT"))


def concurrency(read: SettingsReader, name: str, default: int) -> int:
    """Return how many calls the function may get at once; 0: any number.

    The runtime for Java has eight threads for each processor, two at least, and answers health
    checks on them; without options it is started with 16 processors, see bin/function-command.
    """
    if _is_java(read):
        options = read.untouched("JAVA_TOOL_OPTIONS")
        named = re.search(r"-XX:ActiveProcessorCount=([0-9]{1,4})(?![0-9])", options)
        processors = int(named[1]) if named else (os.cpu_count() or 1) if options else 16
        default = 8 * max(2, processors) - 2
    return read.whole(name, default, (0, 10_000))


def debug_port(read: SettingsReader, name: str, default: int) -> int:
    """Return where a debugger finds the function; 0: nowhere. Whoever connects runs code there."""
    port = read.whole(name, default, (0, 65535))
    if port and read.on_dyno:
        read.problem(name, "must not be set on Heroku: a debugger runs code as the function")
    elif port and port in {read.known["port"], read.known["function_port"]}:
        read.problem(name, f"must differ from PORT and FUNCTION_PORT, not {port}")
    elif port:
        read.warning(
            name, f"is set: a debugger may connect to 127.0.0.1:{port}; nothing has a time limit"
        )
    return port


def _is_java(read: SettingsReader) -> bool:
    return _language_in(read.known["function_dir"]) in _JAVA and not _is_started_by_command(read)


def _is_started_by_command(read: SettingsReader) -> bool:
    return bool(read.untouched(_COMMAND).strip())


def _language_in(named: str) -> str:
    """Return the first of `TELL` that a folder holds; empty when there is none."""
    return next((each for each in TELL if ROOT.joinpath(named, each).is_file()), "")


def passed_on(read: SettingsReader, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the listed variables; a problem is noted for each that no function may get."""
    listed = tuple(read.listed(name))
    for passed in listed:
        if problem := _refusal(read, passed):
            read.problem(name, problem)
    return listed or default


def secrets_of(env: Mapping[str, str]) -> dict[str, str]:
    """Return what the function must not see: bin/function takes the same away, as a second line."""
    passed = {part.strip() for part in env.get("FUNCTION_ENV", "").split(",")}
    return {name: value for name, value in env.items() if _is_secret(name, passed)}


def _is_secret(name: str, passed: set[str]) -> bool:
    if name.startswith(_DATABASE):  # one of them is the job store
        return name not in passed
    return name in _JOB_STORE or bool(_OURS.fullmatch(name) and not _NO_SECRET.fullmatch(name))


def _refusal(read: SettingsReader, name: str) -> str:
    if not _NAME.fullmatch(name):
        example = "HEROKU_POSTGRESQL_PURPLE_URL"
        return f"must list names of variables such as {example}, not {shown(name)}"
    if _OURS.fullmatch(name):
        return f"must not list {name}: the function gets none of the proxy's secrets"
    if name in _JOB_STORE or (read.text(name) and read.text(name) == read.text("DATABASE_URL")):
        return (
            f"must not list {name}, the job store: set FUNCTION_DATABASE_URL to a database of"
            " the function's own"
        )
    return ""
