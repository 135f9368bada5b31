"""Which connections to close so that slow, silent and deaf clients starve nobody. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_RATE: Final = 50_000
"""Bytes a second that a client sends of a request, or takes of an answer: 12 MB in 4 minutes."""
PATIENCE_S: Final = 30.0
"""How long a client may be slower than that. A byte now and then is no progress."""
CROWDED: Final = 1000
"""Connections; beyond that, those that wait longest for their client make room."""

_ANSWER: Final = "to take an answer"
_NEXT: Final = "to send a next request"


@dataclass(frozen=True, slots=True)
class Wait:
    """What a connection waits for its client to do."""

    what: object
    """`_ANSWER`, `_NEXT`, or the request that arrives."""
    since_s: float
    """Since when its client is slower than `LEAST_RATE`; seconds since 1970."""
    moved: int
    """Bytes of it that had gone over then."""


def to_close(
    channels: Iterable[Any],
    *,
    now_s: float,
    crowded: int = CROWDED,
    patience_s: float = PATIENCE_S,
) -> list[Any]:
    """Return the connections whose clients have had their time; note how far the others are.

    Args:
        channels: of `proxy.server.serving`; each keeps its `Wait`.
        now_s: seconds since 1970, as waitress notes activity.
        crowded: so many connections are no crowd.
        patience_s: how long a request or an answer may be slower than `LEAST_RATE`.
    """
    channels = list(channels)
    for each in channels:
        each.wait = _look(each, now_s)
    waiting = sorted((each for each in channels if each.wait), key=lambda each: each.wait.since_s)
    too_many = len(channels) - crowded
    return [
        each
        for place, each in enumerate(waiting)
        if place < too_many or (not is_idle(each) and now_s - each.wait.since_s > patience_s)
    ]


def is_idle(channel: Any) -> bool:  # noqa: ANN401 - waitress's, untyped
    """Tell whether nothing of a request is here, and nothing of an answer is left to send."""
    return not (channel.requests or channel.request or channel.total_outbufs_len)


def _look(channel: Any, now_s: float) -> Wait | None:  # noqa: ANN401 - waitress's, untyped
    """Return what its client is waited for; None while we are the ones who work."""
    what, moved = _awaited(channel)
    if what is None:
        return None
    if what is _NEXT:
        return Wait(what, channel.last_activity, 0)
    before: Wait | None = channel.wait
    if before is None or before.what is not what:
        return Wait(what, now_s, moved)
    if moved - before.moved > LEAST_RATE * (now_s - before.since_s):
        return Wait(what, now_s, moved)
    return before


def _awaited(channel: Any) -> tuple[object, int]:  # noqa: ANN401 - waitress's, untyped
    # waitress keeps less than that back while it expects more of an answer soon.
    least_sent = channel.adj.send_bytes if channel.requests else 1
    if channel.total_outbufs_len >= least_sent:
        return _ANSWER, channel.taken_bytes()
    if channel.requests:
        return None, 0
    if request := channel.request:
        return request, request.header_bytes_received + request.body_bytes_received
    return _NEXT, 0
