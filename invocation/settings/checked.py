"""The settings, or on stderr what is wrong with them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from invocation.settings.loading import ConfigError, load_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from invocation.settings.config import Config


def checked(env: Mapping[str, str], *, program: str = "proxy", warn: bool = True) -> Config | None:
    """Return the settings; None when they are wrong, as ``program`` says on stderr then."""
    try:
        config = load_config(env)
    except ConfigError as error:
        _say(f"{program}: ", str(error).splitlines())
        _say(f"{program}: warning: ", error.warnings)
        return None
    if warn:
        _say(f"{program}: warning: ", config.warnings)
    return config


def _say(begin: str, lines: Iterable[str]) -> None:
    sys.stderr.writelines(f"{begin}{line}\n" for line in lines)
