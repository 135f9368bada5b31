"""The settings, or on stderr what is wrong with them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from invocation.settings.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from collections.abc import Mapping


def checked(env: Mapping[str, str], *, warn: bool = True) -> Config | None:
    """Return the settings; None when they are wrong, which is said on stderr then."""
    try:
        config = load_config(env)
    except ConfigError as error:
        sys.stderr.writelines(f"proxy: {line}\n" for line in str(error).splitlines())
        _warn(error.warnings)
        return None
    if warn:
        _warn(config.warnings)
    return config


def _warn(warnings: tuple[str, ...]) -> None:
    sys.stderr.writelines(f"proxy: warning: {line}\n" for line in warnings)
