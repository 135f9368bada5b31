"""Date words of SOQL, such as TODAY and LAST_N_DAYS:3, as ranges of time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from apex.emulator.operations.text_form import user_zone

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_DAYS: Final = {"YESTERDAY": (-1, 0), "TODAY": (0, 1), "TOMORROW": (1, 2)}


def day_range(m: Machine, word: str) -> tuple[datetime, datetime]:
    """Return the first moment of a range and the first after it; days are the user's."""
    name, _, number = word.upper().partition(":")
    if name in _DAYS:
        first, after = _DAYS[name]
    elif name == "LAST_N_DAYS":
        first, after = -int(number), 1
    elif name == "NEXT_N_DAYS":
        first, after = 1, 1 + int(number)
    else:
        raise m.not_emulated(f"{word} in SOQL")
    zone = user_zone(m)
    today = datetime.combine(m.org.now().astimezone(zone).date(), time(), zone)
    return (today + timedelta(days=first)).astimezone(UTC), (
        today + timedelta(days=after)
    ).astimezone(UTC)
