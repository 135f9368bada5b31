"""Which connections make room: those whose clients have had their time."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from proxy.server.slow_clients import CROWDED, LEAST_RATE, PATIENCE_S, Wait, to_close

NOW_S = 1_000_000.0
LOOK_S = 0.5
MANY = 12 * 1024 * 1024


@dataclass
class Request:
    """One that arrives."""

    header_bytes_received: int = 0
    body_bytes_received: int = 0


@dataclass(eq=False)
class Channel:
    """What is looked at of a connection."""

    last_activity: float = NOW_S
    request: Request | None = None
    requests: list[object] = field(default_factory=list)
    total_outbufs_len: int = 0
    taken: int = 0
    wait: Wait | None = None
    adj: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(send_bytes=18_000))

    def taken_bytes(self) -> int:
        """Bytes of answers that the client's machine has."""
        return self.taken


def closed(*channels: Channel, now_s: float = NOW_S) -> list[int]:
    """Return the places of those that are closed."""
    gone = to_close(channels, now_s=now_s)
    return [place for place, each in enumerate(channels) if each in gone]


def lasts_s(channel: Channel, *, rate: float, size: int, lump: int = 1) -> float | None:
    """Let its bytes move, in lumps; return when it is closed, None if all moved before."""
    for look in range(int(size / rate / LOOK_S) + 1):
        passed_s = look * LOOK_S
        moved = int(passed_s * rate) // lump * lump
        if channel.request:
            channel.request.body_bytes_received = moved
        else:
            channel.taken, channel.total_outbufs_len = moved, size - moved
        if closed(channel, now_s=NOW_S + passed_s):
            return passed_s
    return None


def arriving() -> Channel:
    """Return a connection on which a request arrives."""
    return Channel(request=Request())


def sending() -> Channel:
    """Return a connection whose client has an answer to take."""
    return Channel(total_outbufs_len=1)


def sending_among_requests() -> Channel:
    """Return one whose client sent more requests before it took the answers."""
    return Channel(total_outbufs_len=20_000, requests=[object()])


@pytest.mark.parametrize("kind", [arriving, sending])
@pytest.mark.parametrize("rate", [1, 1_000, LEAST_RATE * 0.9])
def test_client_below_the_least_rate_is_given_up(kind: object, rate: float) -> None:
    """Bytes that keep coming, or being taken, are no progress when they are too few."""
    after_s = lasts_s(kind(), rate=rate, size=MANY)  # type: ignore[operator]

    assert after_s == PATIENCE_S + LOOK_S


@pytest.mark.parametrize("kind", [sending, sending_among_requests])
def test_client_that_takes_nothing_is_given_up(kind: object) -> None:
    """Deaf clients have their time too, also those that sent more requests meanwhile."""
    channel = kind()  # type: ignore[operator]

    assert closed(channel) == []
    assert closed(channel, now_s=NOW_S + PATIENCE_S) == []
    assert closed(channel, now_s=NOW_S + PATIENCE_S + LOOK_S) == [0]


@pytest.mark.parametrize("kind", [arriving, sending])
@pytest.mark.parametrize("lump", [1, 64 * 1024, 1_400_000])
def test_large_transfer_at_200_kb_a_second_is_never_given_up(kind: object, lump: int) -> None:
    """12 MB take a minute, in whatever lumps the systems between us make of it."""
    assert lasts_s(kind(), rate=200_000, size=MANY, lump=lump) is None  # type: ignore[operator]


def test_transfer_that_stops_is_given_up_however_fast_it_was() -> None:
    """What was fast earns no credit for later."""
    channel = arriving()
    assert channel.request
    for look in range(20):
        channel.request.body_bytes_received = look * 500_000
        assert closed(channel, now_s=NOW_S + look * LOOK_S) == []
    stopped_s = NOW_S + 20 * LOOK_S

    assert closed(channel, now_s=stopped_s + PATIENCE_S - 1) == []
    assert closed(channel, now_s=stopped_s + PATIENCE_S) == [0]


def test_next_request_has_its_own_time() -> None:
    """It is another one that arrives, however long the connection has been there."""
    channel = arriving()
    for look in range(100):
        channel.request = Request()
        assert closed(channel, now_s=NOW_S + look * LOOK_S) == []


def test_idle_connections_are_kept_while_there_is_room() -> None:
    """A router keeps them for its next request; waitress closes them after two minutes."""
    assert closed(*[Channel(last_activity=NOW_S - 90) for _ in range(CROWDED)]) == []


@pytest.mark.parametrize("kind", [arriving, sending])
def test_crowd_makes_room_by_age(kind: object) -> None:
    """Those that wait longest for their client go: idle, dripping and deaf ones alike."""
    slow: Channel = kind()  # type: ignore[operator]
    assert closed(slow, now_s=NOW_S - 20) == []
    old = Channel(last_activity=NOW_S - 10)
    fresh = [Channel() for _ in range(CROWDED - 1)]

    assert closed(*fresh, old, slow) == [CROWDED]
    assert closed(*fresh, old, slow, Channel()) == [CROWDED - 1, CROWDED]


def test_calls_that_run_stay() -> None:
    """However crowded it is, and however long they take; also with the last answer's rest here."""
    running = [Channel(last_activity=0, requests=[object()]) for _ in range(CROWDED)]
    rest = [
        Channel(last_activity=0, requests=[object()], total_outbufs_len=17_999) for _ in range(10)
    ]

    assert closed(*running, *rest, Channel()) == [CROWDED + 10]
    assert closed(*running, *rest, Channel(), now_s=NOW_S + 600) == [CROWDED + 10]


def test_deaf_crowd_makes_room_for_who_sends() -> None:
    """As many deaf clients as connections are allowed: the longest deaf ones go, not the others."""
    deaf = [sending() for _ in range(CROWDED + 5)]
    assert len(closed(*deaf, now_s=NOW_S - 5)) == 5
    new = [Channel() for _ in range(5)]

    assert closed(*deaf[:CROWDED], *new) == [0, 1, 2, 3, 4]
