"""The corpus of raw requests (tests/data/http), and mutations of it, against the real proxy."""

import contextlib
import itertools
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest
from waitress.adjustments import Adjustments

from localstack.apex import ApexRequest, apex_request
from localstack.org import new_org
from orgsim import running
from proxy.server.framing import RequestParser
from proxy.server.serving import MOST_HEADER_BYTES
from tests.support.fake_function import Received, fake_function
from tests.support.world import World, running_world
from tests.system.attack.raw_cases import CLOSED, OPEN, WAITS, Built, Case, call, read_corpus
from tests.system.attack.raw_http import (
    LIMIT_S,
    Answer,
    Connection,
    answers_in,
    check_answer,
    exchange,
)

CORPUS: Final = read_corpus()
MAX_BODY_BYTES: Final = 256 * 1024
FUZZ_REQUESTS: Final = 2_000
FUZZ_LIMIT_S: Final = 10.0
TO_CALLER: Final = {
    "Allow", "Connection", "Content-Length", "Content-Type", "Date", "Retry-After", "X-Extra-Info",
}  # fmt: skip
TO_FUNCTION: Final = {
    "host", "content-length", "content-type", "x-request-id", "request-id", "ce-specversion",
    "ce-id", "ce-datacontenttype", "ce-source", "ce-type", "ce-sfcontext", "ce-sffncontext",
    "x-time-limit-s",
}  # fmt: skip

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The proxy, and what the function has been called with."""

    world: World
    request: ApexRequest
    hung: list[str] = field(default_factory=list)
    """The case after which the proxy answered nobody any more."""

    @property
    def port(self) -> int:
        """Where the proxy listens."""
        return self.world.proxy.port

    def build(self, case: Case) -> Built:
        """Return the case's bytes, with ids that nothing else has."""
        return case.build(self.request, f"{case.name}-{next(_numbers)}")

    def canary(self) -> Built:
        """Return one more good request."""
        ce_id = f"canary-{next(_numbers)}"
        return Built(data=call(self.request, ce_id, b'"canary"'), calls=[(ce_id, b'"canary"')])

    @contextlib.contextmanager
    def watched(self, case: Case) -> Iterator[None]:
        """Run a case; a proxy that hangs fails the rest at once, not each after its timeout."""
        assert not self.hung, f"the proxy hangs since {self.hung[0]}"
        try:
            yield
        except TimeoutError:
            if exchange(self.port, b"GET /livez HTTP/1.0\r\n\r\n", half_close=False).data == b"":
                self.hung.append(case.name)
            raise

    def check_calls(self, *expected: Built) -> None:
        """Check that the function got exactly these, in order, byte for byte.

        Raises:
            AssertionError: it got anything else.
        """
        calls = self.world.function.received.copy()
        self.world.function.received.clear()
        got = [(received.header("ce-id"), received.body) for received in calls]
        assert got == [call for built in expected for call in built.calls]
        for received in calls:
            _check_call(received)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One proxy for the whole module: what one request breaks, the next one finds broken."""
    org = new_org()
    with (
        running(org) as org_url,
        fake_function() as function,
        running_world(
            org,
            org_url,
            function,
            tmp_path_factory.mktemp("proxy"),
            MAX_BODY_BYTES=str(MAX_BODY_BYTES),
        ) as world,
    ):
        function.body = b""  # one packet: no delayed acknowledgement to wait for
        yield Stage(world=world, request=apex_request(world.identity()))
        log = [json.loads(line) for line in world.proxy.log().splitlines()]
        assert [line for line in log if line["level"] in {"error", "critical"}] == []


def test_corpus_is_large_enough() -> None:
    """Both kinds are there, and each file says something of its own."""
    kinds = [case.name.partition("/")[0] for case in CORPUS]

    assert min(kinds.count("valid"), kinds.count("invalid")) >= 40
    assert len({case.request + case.payload for case in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_request_is_answered_as_it_says(stage: Stage, case: Case) -> None:
    """The stated answers and calls, no other; then the next request is understood, or none is.

    Sent at once, with a good request right behind it, and in pieces.
    """
    stage.world.function.received.clear()  # of a case that failed
    started = time.monotonic()
    with stage.watched(case):
        _check_alone(stage, case)
        if case.end != WAITS:
            _check_with_canary(stage, case, pieces=1)
        _check_with_canary(stage, case, pieces=5)
        fresh = stage.canary()
        with Connection(stage.port) as connection:
            connection.send(fresh.data)
            assert [answer.status for answer in connection.answers(1)] == [200]
        stage.check_calls(fresh)

    assert time.monotonic() - started < LIMIT_S


def _check_alone(stage: Stage, case: Case) -> None:
    """Nothing follows; a good request comes later, on the same connection if there is one."""
    built, canary = stage.build(case), stage.canary()
    with Connection(stage.port) as connection:
        connection.send(built.data)
        _check_answers(connection, case)
        if case.end == OPEN:
            connection.send(canary.data)
            assert [answer.status for answer in connection.answers(1)] == [200]
        else:
            canary = Built(data=b"", calls=[])
        if case.end != CLOSED:
            connection.hang_up()
        assert connection.rest() == b""
    stage.check_calls(built, canary)


def _check_with_canary(stage: Stage, case: Case, *, pieces: int) -> None:
    """A good request follows at once: it counts if the connection is open, else never."""
    built, canary = stage.build(case), stage.canary()
    data = built.data if case.end == WAITS else built.data + canary.data
    with Connection(stage.port) as connection:
        connection.send(*_split(data, pieces, seed=case.name))
        _check_answers(connection, case)
        if case.end == OPEN:
            assert [answer.status for answer in connection.answers(1)] == [200]
        if case.end != CLOSED:
            connection.hang_up()
        assert connection.rest() == b""
    stage.check_calls(built, *([canary] if case.end == OPEN else []))


def _check_answers(connection: Connection, case: Case) -> None:
    answers = connection.answers(len(case.statuses), to_head=case.to_head)
    assert [answer.status for answer in answers] == list(case.statuses)
    for answer, to_head in zip(answers, case.to_head, strict=True):
        if answer.status >= 200:
            check_answer(answer, to_head=to_head)
            assert set(answer.headers) <= TO_CALLER
    closes = [answer.headers.get("Connection", "").lower() == "close" for answer in answers]
    assert closes == [False] * (len(answers) - 1) + [case.end == CLOSED] * bool(answers)


def _check_call(received: Received) -> None:
    """Nothing of the way here reaches the function: no hop-by-hop field, nothing unknown."""
    names = [name for name, _ in received.headers]
    assert len(names) == len(set(names))
    assert set(names) <= TO_FUNCTION
    assert received.header("content-length") == str(len(received.body))


def _split(data: bytes, pieces: int, *, seed: str) -> list[bytes]:
    """Cut ``data``, preferably in and around line ends, where parsers change their minds."""
    draw = random.Random(seed)  # noqa: S311 - the same in each run
    ends = [at + off for at, byte in enumerate(data) if byte in b"\r\n" for off in (0, 1, 2)]
    anywhere = range(1, max(2, len(data)))
    cuts = {draw.choice(ends or anywhere) for _ in range(pieces // 2)}
    cuts |= {draw.choice(anywhere) for _ in range(pieces - 1 - pieces // 2)}
    marks = [0, *sorted(cut for cut in cuts if 0 < cut < len(data)), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(marks)]


def test_pipelined_expectation_is_answered_once(stage: Stage) -> None:
    """Whoever waits for ``100 Continue`` behind a request of his own is told so once.

    Two threads of waitress 3.0.2 sent the same bytes, now and then: hence the many rounds.
    """
    first = b"GET /livez HTTP/1.1\r\nHost: functions.example\r\n\r\n"
    for _ in range(300):
        second = stage.canary()
        head, end, body = second.data.partition(b"\r\n\r\n")
        with Connection(stage.port) as connection:
            connection.send(first + head + b"\r\nExpect: 100-continue" + end)
            before = [answer.status for answer in connection.answers(2)]
            connection.send(body)
            after = [answer.status for answer in connection.answers(1)]
        stage.check_calls(second)

        assert (before, after) == ([200, 100], [200])


# The parser by itself: where packets end.


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_parser_sees_the_same_wherever_packets_end(case: Case) -> None:
    """Whole, byte by byte, or cut anywhere: the same requests, the same refusal."""
    data = case.build(apex_request(), "parsed").data
    whole = _parse([data])

    head, tail = data[:-1_000], data[-1_000:]
    assert _parse([head, *(tail[at : at + 1] for at in range(len(tail)))]) == whole
    for seed in range(10):
        assert _parse(_split(data, 10, seed=f"{case.name}-{seed}")) == whole


def _parse(packets: Sequence[bytes]) -> list[object]:
    """Do as waitress's channel does: one request after the other, until one is refused."""
    settings = Adjustments(
        max_request_header_size=MOST_HEADER_BYTES, max_request_body_size=MAX_BODY_BYTES
    )
    parser, outcomes = RequestParser(settings), list[object]()
    for packet in packets:
        data = packet
        while data:
            data = data[parser.received(data) :]
            if not parser.completed:
                continue
            if parser.error:
                return [*outcomes, parser.error.code]
            if not parser.empty:
                body = parser.get_body_stream().read()
                outcomes.append((parser.command, parser.path, parser.headers, body))
            parser.close()
            parser = RequestParser(settings)
    return [*outcomes, WAITS if parser.header_plus.strip() or parser.headers_finished else OPEN]


# Mutations.


def test_mutated_requests_are_answered_for_what_they_are(stage: Stage) -> None:
    """Whatever a mutation makes of the corpus: the function is called once for each 200 of it."""
    draw = random.Random("raw http")  # noqa: S311 - the same in each run
    seeds = [case for case in CORPUS if True not in case.to_head]
    valid = [case for case in seeds if case.name.startswith("valid/")]
    deadline = time.monotonic() + FUZZ_LIMIT_S
    sent = served = 0
    while sent < FUZZ_REQUESTS and time.monotonic() < deadline:
        case, other = draw.choice(draw.choice([valid, seeds])), draw.choice(seeds)
        data = _mutated(stage.build(case).data, stage.build(other).data, draw)
        if len(data) > 8_192:  # more than one read: a reset could overtake the answers
            continue
        sent += 1
        answers = _answers_to(stage, data)
        calls = stage.world.function.received.copy()
        stage.world.function.received.clear()
        good = [one for one in answers if one.status == 200 and "X-Extra-Info" in one.headers]
        assert len(calls) == len(good), data
        for received in calls:
            _check_call(received)
        served += bool(good)

    assert sent >= 200
    assert sent / 20 < served < sent / 2  # neither all harmless nor all hopeless
    assert stage.world.proxy.process.poll() is None


def _answers_to(stage: Stage, data: bytes) -> list[Answer]:
    exchanged = exchange(stage.port, data, half_close=True)
    assert exchanged.ended, data
    answers = answers_in(exchanged)
    for answer in answers:
        check_answer(answer)
        assert answer.status < 500, answer
        assert set(answer.headers) <= TO_CALLER
    return answers


def _mutated(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """Change one or two things: a few bytes, preferably at a line's end, or whole lines."""
    for _ in range(draw.randint(1, 2)):
        ends = [at for at, byte in enumerate(data) if byte in b"\r\n"]
        at = draw.choice(ends) if ends and draw.random() < 0.7 else draw.randint(0, len(data))
        end = at + draw.choice([1, 2, 20, 200])
        piece = draw.choice(PIECES)
        data = draw.choice(
            [
                data[:at] + data[end:],
                data[:at] + piece + data[at:],
                data[:at] + piece + data[end:],
                data[:at] + data[at:end] + data[at:],
                data[:at] + other[draw.randint(0, len(other)) :],
                data + other,
                _with_line(data, other, draw),
                _with_line(data, other, draw),
            ]
        )
    return data


def _with_line(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """Put a line of another case between the lines of this one, or in the place of one."""
    lines = data.split(b"\r\n")
    at = draw.randint(0, len(lines))
    lines[at : at + draw.randint(0, 1)] = [draw.choice(other.split(b"\r\n"))]
    return b"\r\n".join(lines)


PIECES: Final = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b",", b";", b"0", b"-", b"\xff",
    b"0\r\n\r\n", b"HTTP/1.0", b"Connection: close\r\n", b"Connection: keep-alive\r\n",
    b"Content-Length: 2\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n",
)  # fmt: skip


# The end.


def test_proxy_is_well_after_all(stage: Stage) -> None:
    """Health is told at once, and a good call is served."""
    started = time.monotonic()
    assert stage.world.proxy.get("/livez").status == 200
    assert time.monotonic() - started < 1.0

    assert stage.world.send(stage.request).status == 200
    assert stage.world.proxy.process.poll() is None
