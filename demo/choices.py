"""What ``make run`` was asked for: read once, from the command line and the environment."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PORTS: Final = MappingProxyType({"PORT": 3000, "FUNCTION_PORT": 8080, "ORG_PORT": 8765})
"""Of the proxy, the function and the simulated org: the variable, and what it is by default."""
PAYLOAD: Final = '{"name": "Ada", "company": "Acme"}'


class ChoiceError(Exception):
    """What was asked for can't be done; the text says what to change."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What to run, and how."""

    keep_serving: bool
    """False: stop after the story."""
    folder: Path
    """The function's folder, absolute."""
    command: str
    """What starts a function in another language; empty: Python (``FUNCTION_COMMAND``)."""
    payload: str
    """What the calls send: JSON."""
    ports: Mapping[str, int]
    """Those that were asked for, by variable."""


def load_choices(arguments: Sequence[str], env: Mapping[str, str], *, here: Path) -> Choices:
    """Read what was asked for.

    Args:
        arguments: of the command line, without the program's name.
        env: ``FUNCTION``, ``FUNCTION_COMMAND``, ``PAYLOAD`` and the ports, each of them optional.
        here: what a relative folder is in, and what has ``function/``.

    Raises:
        ChoiceError: it makes no sense.
        SystemExit: with 2 for an unknown argument, with 0 after ``--help``.
    """
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="Run a function against a simulated org."
    )
    parser.add_argument("what", choices=["run", "check"], help="keep serving, or stop at the end")
    what = parser.parse_args(arguments).what
    command = env.get("FUNCTION_COMMAND", "").strip()
    return Choices(
        keep_serving=what == "run",
        folder=_folder(env.get("FUNCTION") or "function", here, needs_main=not command),
        command=command,
        payload=load_payload(env.get("PAYLOAD", "")),
        ports=_ports(env),
    )


def load_payload(text: str) -> str:
    """Return the payload that was asked for: JSON, or ``@`` and the name of a file with JSON.

    Raises:
        ChoiceError: it is no JSON, or there is no such file.
    """
    content = text.strip() or PAYLOAD
    if content.startswith("@"):
        path = Path(content[1:]).expanduser()
        try:
            content = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ChoiceError(f"PAYLOAD: {path} can't be read: {error}") from error
    try:
        json.loads(content)
    except ValueError as error:
        raise ChoiceError(
            f"PAYLOAD is not JSON ({error}): write it like PAYLOAD='{PAYLOAD}', or PAYLOAD=@file"
        ) from error
    return content


def _folder(text: str, here: Path, *, needs_main: bool) -> Path:
    folder = (here / Path(text).expanduser()).resolve()
    if not folder.is_dir():
        raise ChoiceError(f"FUNCTION: there is no folder {folder}")
    if needs_main and not (folder / "main.py").is_file():
        raise ChoiceError(
            f"FUNCTION: there is no main.py in {folder}; what starts a function in another language"
            " is said by FUNCTION_COMMAND, such as FUNCTION_COMMAND='node index.js'"
        )
    return folder


def _ports(env: Mapping[str, str]) -> dict[str, int]:
    ports: dict[str, int] = {}
    for name in PORTS:
        text = env.get(name, "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 65_535):
            raise ChoiceError(f"{name} must be a number from 1 to 65535, not {text!r}")
        ports[name] = int(text)
    for name, port in ports.items():
        if twins := [other for other in ports if other < name and ports[other] == port]:
            raise ChoiceError(f"{twins[0]} and {name} must not be the same: both are {port}")
    return ports
