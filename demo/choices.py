"""What ``make run`` was asked for: read once, from the command line and the environment."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from demo.languages import EXAMPLES, LANGUAGES, PYTHON, START, language_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demo.languages import Language

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
    language: Language | None
    """What it is written in; None: whoever says ``FUNCTION_COMMAND`` also builds it."""
    command: str
    """What starts it; empty: ``bin/function-command`` knows."""
    payload: str
    """What the calls send: JSON."""
    ports: Mapping[str, int]
    """Those that were asked for, by variable."""

    @property
    def is_built(self) -> bool:
        """Whether it has to be built before it can be served."""
        return self.language not in {None, PYTHON}


def load_choices(arguments: Sequence[str], env: Mapping[str, str], *, here: Path) -> Choices:
    """Read what was asked for.

    Args:
        arguments: of the command line, without the program's name.
        env: ``FUNCTION`` or ``EXAMPLE``, ``FUNCTION_COMMAND``, ``PAYLOAD`` and the ports, each of
            them optional.
        here: what a relative folder is in, and what has our examples.

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
    folder = _folder(env, here)
    language = None if command else _language(folder)
    return Choices(
        keep_serving=what == "run",
        folder=folder,
        language=language,
        command=language.command if language else command,
        payload=load_payload(env.get("PAYLOAD", "").strip() or _payload_of(folder)),
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
    return content.strip()


def _folder(env: Mapping[str, str], here: Path) -> Path:
    named, example = env.get("FUNCTION", ""), env.get("EXAMPLE", "").strip()
    if named and example:
        raise ChoiceError("EXAMPLE and FUNCTION both name a function: leave one of them out")
    if example and example not in EXAMPLES:
        raise ChoiceError(f"EXAMPLE: there is no {example!r}, but {', '.join(EXAMPLES)}")
    text = EXAMPLES[example] if example else named or EXAMPLES["python"]
    folder = (here / Path(text).expanduser()).resolve()
    if not folder.is_dir():
        raise ChoiceError(f"FUNCTION: there is no folder {folder}")
    return folder


def _language(folder: Path) -> Language:
    language = language_in(folder)
    if not language:
        signs = ", ".join(each.sign for each in LANGUAGES)
        problem = f"none of {signs} in {folder}"
    elif language.command and not (folder / START).is_file():
        problem = f"no {START} in {folder}"
    else:
        return language
    raise ChoiceError(
        f"FUNCTION: there is {problem}; what starts a function in another language is said by"
        " FUNCTION_COMMAND, such as FUNCTION_COMMAND='node index.js'"
    )


def _payload_of(folder: Path) -> str:
    own = folder / "payload.json"
    return f"@{own}" if own.is_file() else ""


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
