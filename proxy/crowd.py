"""Which connections to close so that slow and silent clients starve nobody. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

RECEIVE_S: Final = 60.0
"""How long a request may take to arrive: 12 MB need 200 kB a second."""
CROWDED: Final = 1000
"""Connections; beyond that, those that wait longest for their client make room."""


def to_close(channels: Iterable[Any], *, now_s: float, crowded: int = CROWDED) -> list[Any]:
    """Return the connections whose clients have had their time.

    Args:
        channels: of waitress.
        now_s: seconds since 1970, as waitress notes activity.
        crowded: so many connections are no crowd.
    """
    channels = list(channels)
    waiting = [each for each in channels if not each.requests and not each.total_outbufs_len]
    waiting.sort(key=_since)
    too_many = len(channels) - crowded
    return [
        each
        for place, each in enumerate(waiting)
        if place < too_many or (each.request and now_s - _since(each) > RECEIVE_S)
    ]


def _since(channel: Any) -> float:  # noqa: ANN401 - waitress's, untyped
    """Return since when the client is waited for: dripping is no progress."""
    since: float = channel.request.began_s if channel.request else channel.last_activity
    return since
