"""How a setting is declared, once: as a field that knows its variable, parser and default."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import Flag, auto
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invocation.settings.reader import SettingsReader

T = TypeVar("T")
_KEY: Final = "setting"


class By(Flag):
    """Programs that use a setting."""

    START = auto()
    """What becomes supervisord."""
    PROXY = auto()
    RELAY = auto()
    WATCHDOG = auto()
    FUNCTION = auto()
    """bin/function, which becomes the function."""


START, PROXY, RELAY, WATCHDOG, FUNCTION = By
BOTH: Final = PROXY | RELAY
OURS: Final = START | PROXY | RELAY | WATCHDOG


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable."""

    name: str
    by: By
    parse: Callable[[SettingsReader], object]
    """Returns the value, or notes what is wrong and returns what stands in for it."""
    shown: str
    """The default as docs/configuration.md shows it; empty: it must be set, or another."""


def setting(
    name: str,
    parse: Callable[[SettingsReader, str, T], T],
    default: T,
    *,
    by: By,
    shown: str | None = None,
    secret: bool = False,
) -> T:
    """Declare a field of a dataclass that a variable sets, with a parser of its own.

    Args:
        name: the variable's.
        parse: reads the variable; also gets the default.
        default: what counts when the variable is missing, unless it follows from other settings.
        by: who uses it.
        shown: see `Setting`; None: as it is.
        secret: whether it is left out of every text.
    """

    def parsed(read: SettingsReader) -> T:
        return parse(read, name, default)

    text = shown if shown is not None else str(default or "none")
    known = {_KEY: Setting(name, by, parsed, text)}
    declaration: T = field(default=default, repr=not secret, metadata=known)
    return declaration


def whole(
    name: str, default: int, within: tuple[int, int], *, by: By, shown: str | None = None
) -> int:
    """Declare a whole number with its lowest and highest value."""

    def parse(read: SettingsReader, name: str, default: int) -> int:
        return read.whole(name, default, within)

    return setting(name, parse, default, by=by, shown=shown)


def number(
    name: str,
    default: float,
    within: tuple[float, float],
    *,
    by: By,
    on_dyno: float | None = None,
) -> float:
    """Declare a number with its lowest and highest value, and perhaps another default on Heroku."""

    def parse(read: SettingsReader, name: str, default: float) -> float:
        if on_dyno is not None and read.on_dyno:
            default = on_dyno
        return read.number(name, default, within)

    heroku = "" if on_dyno is None else f"{on_dyno:g} on Heroku (`DYNO` is set), else "
    return setting(name, parse, float(default), by=by, shown=f"{heroku}{default:g}")


def of_the_function(name: str, *, shown: str = "none") -> str:
    """Declare a text that only bin/function understands, and that may hold a secret."""

    def parse(read: SettingsReader, name: str, default: str) -> str:
        return read.untouched(name) or default

    return setting(name, parse, "", by=By.FUNCTION, shown=shown, secret=True)


def required(
    name: str, parse: Callable[[SettingsReader, str], object], *, by: By
) -> Mapping[str, Setting]:
    """Declare a variable that must be set, as metadata of a field without a default."""
    return {_KEY: Setting(name, by, lambda read: parse(read, name), "")}


def declared(settings: type[Any]) -> dict[str, Setting]:
    """Return what is declared in a dataclass, by the names of its fields, in their order."""
    return {each.name: each.metadata[_KEY] for each in fields(settings) if _KEY in each.metadata}
