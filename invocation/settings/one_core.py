"""The words of ``PROXY_ONE_CORE``."""

from enum import StrEnum


class OneCore(StrEnum):
    """Which core a process keeps to."""

    AUTO = "AUTO"
    """One that others leave free."""

    YES = "YES"
    """The same one always."""

    NO = "NO"
    """None."""
