"""What the environment says about serving; nothing else of the runtime reads it but the log."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LONGEST_S: Final = 86_400
"""The largest number of seconds that a setting may have."""


class SettingsError(Exception):
    """The environment makes no sense; the text has one line per problem."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How a function is served. The defaults are those of an empty environment."""

    sync_timeout_s: float | None = None
    """Longest run of a synchronous invocation (``FUNCTION_TIMEOUT_S``); `None`: no limit."""

    async_timeout_s: float | None = None
    """The same for an asynchronous one (``ASYNC_FUNCTION_TIMEOUT_S``)."""

    blocked_warning_s: float | None = 1
    """How long the event loop may be blocked without a warning (``BLOCKED_WARNING_S``);
    `None`, in the environment 0: it is not watched."""


def load_settings(env: Mapping[str, str]) -> Settings:
    """Read the settings. An empty value counts as missing.

    Raises:
        SettingsError: with all problems at once.
    """
    problems: list[str] = []

    def seconds(name: str, default: float | None) -> float | None:
        text = env.get(name, "").strip()
        try:
            value = float(text) if text else default
        except ValueError:
            value = math.nan
        if value is not None and not 0 <= value <= LONGEST_S:  # also false for NaN
            problems.append(
                f"{name} must be a number of seconds from 0 to {LONGEST_S}, not {text!r}"
            )
        # A limit of no time at all would be of no use: 0 turns each of them off.
        return value or None

    settings = Settings(
        sync_timeout_s=seconds("FUNCTION_TIMEOUT_S", None),
        async_timeout_s=seconds("ASYNC_FUNCTION_TIMEOUT_S", None),
        blocked_warning_s=seconds("BLOCKED_WARNING_S", 1),
    )
    if problems:
        raise SettingsError("\n".join(problems))
    return settings
