"""How many examples a property is tried with: few in ``make unit``, all in ``make test``."""

from typing import Final

from hypothesis import settings

FEW: Final = "few examples"
"""The profile of ``make unit``, see `tests.conftest`."""


def examples(many: int) -> int:
    """Return ``many``, unless somebody waits for the run."""
    return (
        min(many, settings().max_examples) if settings.get_current_profile_name() == FEW else many
    )
