"""The environment, checked once at start: all problems are reported together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from invocation.settings.config import Config
from invocation.settings.fitting import fitted, require_fit
from invocation.settings.reader import SettingsReader
from invocation.settings.setting import declared
from invocation.settings.warnings import note_oddities

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ConfigError(Exception):
    """The settings are wrong. One line per problem; never the value of a secret."""

    def __init__(self, problems: Sequence[str], warnings: Sequence[str] = ()) -> None:
        super().__init__("\n".join(problems))
        self.warnings = tuple(warnings)
        """What else is odd, and may be the cause."""


def load_config(env: Mapping[str, str]) -> Config:
    """Build a `Config` from ``env``, or say everything that is wrong with it.

    An empty value counts as missing, as it does for a Heroku config var.

    Raises:
        ConfigError: with one line per problem, so that one restart fixes them all.
    """
    read = SettingsReader(env)
    config = Config(**parsed(read))
    require_fit(read, config)
    note_oddities(
        read,
        env,
        declared={setting.name for setting in declared(Config).values()},
        function_timeout_s=config.function_timeout_s,
    )
    if read.problems:
        raise ConfigError(read.problems, read.warnings)
    return replace(fitted(config), warnings=tuple(read.warnings))


def parsed(read: SettingsReader, *only: str) -> Mapping[str, Any]:
    """Return the settings by the names of their fields; ``only`` some, when these are named."""
    for field, setting in declared(Config).items():
        if not only or field in only:
            read.known[field] = setting.parse(read)
    return read.known
