"""Every setting, declared once: variable, bounds, default, who uses it, and what it means.

What is under a field, in `invocation.settings.groups`, is the last cell of its row in
docs/configuration.md: `make docs-settings` writes it there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from invocation.settings.groups.function import FunctionSettings
from invocation.settings.groups.jobs import JobSettings
from invocation.settings.groups.org import OrgSettings
from invocation.settings.groups.proxy import ProxySettings


@dataclass(frozen=True, kw_only=True)
class Config(FunctionSettings, JobSettings, ProxySettings, OrgSettings):
    """One validated set of settings. Only ``__main__`` reads ``os.environ``.

    They are read from the last group to the first, each in its order: a later one may follow from
    earlier ones.
    """

    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What works, but hardly as it was meant: one line each."""
