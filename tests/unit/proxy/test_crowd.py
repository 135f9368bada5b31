"""Which connections make room: those whose clients have had their time."""

from dataclasses import dataclass, field

from proxy.crowd import CROWDED, RECEIVE_S, to_close

NOW_S = 1_000_000.0


@dataclass
class Request:
    """One that arrives."""

    began_s: float


@dataclass(eq=False)
class Channel:
    """What is looked at of a connection of waitress."""

    last_activity: float = NOW_S
    request: Request | None = None
    requests: list[object] = field(default_factory=list)
    total_outbufs_len: int = 0


def closed(*channels: Channel) -> list[int]:
    """Return the places of those that are closed."""
    gone = to_close(channels, now_s=NOW_S)
    return [place for place, each in enumerate(channels) if each in gone]


def test_request_that_drips_is_given_up() -> None:
    """Bytes that keep coming are no progress: what counts is when it began."""
    dripping = Channel(request=Request(NOW_S - RECEIVE_S - 1))
    slow = Channel(request=Request(NOW_S - RECEIVE_S + 1))

    assert closed(slow, dripping) == [1]


def test_idle_connections_are_kept_while_there_is_room() -> None:
    """A router keeps them for its next request; waitress closes them after two minutes."""
    assert closed(*[Channel(last_activity=NOW_S - 90) for _ in range(CROWDED)]) == []


def test_crowd_makes_room_by_age() -> None:
    """Those that wait longest for their client go, dripping ones by their beginning."""
    fresh = [Channel() for _ in range(CROWDED - 1)]
    old = Channel(last_activity=NOW_S - 10)
    older_but_dripping = Channel(request=Request(NOW_S - 20))

    assert closed(*fresh, old, older_but_dripping) == [CROWDED]
    assert closed(*fresh, old, older_but_dripping, Channel()) == [CROWDED - 1, CROWDED]


def test_calls_that_run_and_answers_that_are_sent_stay() -> None:
    """However crowded it is, and however long they take."""
    running = [Channel(last_activity=0, requests=[object()]) for _ in range(CROWDED)]
    sending = [Channel(last_activity=0, total_outbufs_len=1) for _ in range(10)]

    assert closed(*running, *sending, Channel()) == [CROWDED + 10]
