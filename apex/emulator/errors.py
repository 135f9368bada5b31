"""What can end a piece of Apex, and what the emulator refuses to guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apex.emulator.values import ApexObject


class NotEmulated(Exception):
    """The source uses something this emulator does not know. Never caught by Apex."""


class IllegalApex(Exception):
    """The source does what the Apex compiler would refuse: a wrong type, an unknown name."""


class NoId(Exception):
    """A text is no Id; Apex sees a ``StringException``."""


class Uncatchable(Exception):
    """A governor limit was exceeded: Apex cannot catch a ``LimitException``."""


@dataclass(eq=False)
class ApexThrown(Exception):
    """An Apex exception on its way to a ``catch``."""

    value: ApexObject
    """The exception as Apex sees it."""

    def __str__(self) -> str:
        return f"{self.value.cls.name}: {self.value.fields.get('message')}"
