"""Stands for the id of a record that does not exist yet."""

from dataclasses import dataclass

__all__ = ["ReferenceId"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceId:
    """What one step of a unit of work will make known to the later ones: the id of its record.

    Use it as the value of a field, as the ``Id`` of a record to update, or in place of the id of
    a record to delete; and as the key into what ``commit_unit_of_work`` returns.
    """

    id: str
    """Its name within the unit of work, for example ``referenceId0``."""
