"""Settings that bin/function reads, not the proxy: checked with all others, at the start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from invocation.settings.reader import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invocation.settings.reader import SettingsReader

TELL: Final = ("main.py", "package.json", "pom.xml", "function-bundle.toml")
"""Files by which bin/function-command tells a function's language."""
JAVA: Final = frozenset({"pom.xml", "function-bundle.toml"})
ROOT: Final = Path(__file__).parents[2]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS: Final = re.compile(
    r"(ENCODED_PRIVATE_KEY|PRIVATE_KEY|CONSUMER_KEY|CONSUMER_SECRET|METRICS_TOKEN|ASYNC_KEYS"
    r"|SUPERVISOR_).*|RUN_DIR"
)
_NO_SECRET: Final = re.compile(r"SUPERVISOR_.*|RUN_DIR")
_DATABASE: Final = "HEROKU_POSTGRESQL_"
_JOB_STORE: Final = frozenset({"DATABASE_URL", "DATABASE_CONNECTION_POOL_URL"})


def check_function_folder(read: SettingsReader, name: str, command: str) -> str:
    """Note a problem unless the function's folder is there, with what tells its language.

    Returns:
        the first of `TELL` that is there; empty when there is none, or a command starts it.
    """
    folder = read.text(name) or "function"
    here = ROOT.joinpath(folder)
    if not here.is_dir():
        where = f"in {ROOT} or absolute"
        read.problem(name, f"must be the function's folder, {where}: there is no {shown(folder)}")
    if read.is_set(command) or not here.is_dir():
        return ""
    found = next((each for each in TELL if here.joinpath(each).is_file()), "")
    if not found:
        needed = f"one of {', '.join(TELL)}, unless {command} starts it"
        read.problem(name, f"must hold {needed}: {shown(folder)} does not")
    return found


def check_passed_on(read: SettingsReader, name: str) -> None:
    """Note a problem for each listed variable that no function may get; bin/function sees to it."""
    for passed in (part.strip() for part in read.text(name).split(",")):
        if problem := _refusal(read, passed) if passed else "":
            read.problem(name, problem)


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
