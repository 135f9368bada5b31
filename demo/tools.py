"""Which tools of a function's language are missing here, and what installs them."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from demo.not_servable import MissingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from demo.languages import Tool

LIMIT_S: Final = 60
"""For a tool to say its version on a busy machine."""
_VERSION: Final = re.compile(r'^(?:v|\w+ (?:version )?"?)((\d+)[\w.]*)', re.MULTILINE)
"""Of ``v20.1.0``, ``javac 17.0.1`` and ``openjdk version "17.0.1"``, whatever is said before it."""


def require(tools: Iterable[Tool], env: Mapping[str, str]) -> None:
    """Find tools on the ``PATH`` of an environment.

    Raises:
        MissingError: some are missing or too old.
    """
    problems = [problem for tool in tools if (problem := _problem(tool, env))]
    if problems:
        raise MissingError(*problems)


def _problem(tool: Tool, env: Mapping[str, str]) -> str:
    version = ""
    is_there = shutil.which(tool.program, path=env.get("PATH", "")) is not None
    if is_there and tool.at_least:
        version, major = _version(tool, env)
        is_there = bool(version)  # macOS has a javac that only says that there is none
        if major >= tool.at_least:
            return ""
    elif is_there:
        return ""
    what = f"{tool.name} {tool.at_least} or newer" if tool.at_least else tool.name
    found = f"{tool.program} is {version}" if is_there else f"there is no {tool.program}"
    return (
        f"the function needs {what}, and {found}: install it by `apt-get install {tool.debian}`"
        f" (Debian) or `brew install {tool.macos}` (macOS)"
    )


def _version(tool: Tool, env: Mapping[str, str]) -> tuple[str, int]:
    with contextlib.suppress(subprocess.TimeoutExpired, OSError):
        done = subprocess.run(
            [tool.program, tool.version_option],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if not done.returncode and (found := _VERSION.search(done.stdout)):
            return found[1], int(found[2])
    return "", 0
