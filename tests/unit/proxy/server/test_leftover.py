"""Payloads that nobody wants, taken apart from the requests behind them."""

import pytest
from waitress.adjustments import Adjustments

from invocation.errors import InvalidRequest, NoRoom
from proxy.server.bodies import BodyBudget
from proxy.server.framing import Answered, Leftover, RequestParser

SETTINGS = Adjustments(max_request_body_size=100_000)
REFUSAL = InvalidRequest("no")
NEXT = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"


class Line:
    """A connection, as waitress's channel reads it."""

    def __init__(self, *, wanted: bool = False, budget: int = 1_000_000) -> None:
        self.wanted = wanted
        self.leftover = Leftover()
        self.budget = BodyBudget(budget)
        self.done: list[RequestParser] = []
        self._parser = self._next()

    def send(self, data: bytes) -> None:
        """Let this much arrive."""
        while data:
            data = data[self._parser.received(data) :]
            if self._parser.completed:
                if not self._parser.empty:
                    self.done.append(self._parser)
                self._parser = self._next()

    def paths(self) -> list[str]:
        """Return what was asked for."""
        return [each.path for each in self.done]

    def _next(self) -> RequestParser:
        return RequestParser(
            SETTINGS,
            look=lambda method, path, _headers, _size: (
                ("wanted" if self.wanted else REFUSAL) if method == "POST" else path
            ),
            budget=self.budget,
            leftover=self.leftover,
        )


def post(*fields: str) -> bytes:
    """Return a head."""
    return "\r\n".join(["POST /first HTTP/1.1", "Host: a", *fields, "", ""]).encode()


BODIES = {
    "length": (post("Content-Length: 61"), NEXT + NEXT + b"!"[:1]),
    "chunks": (
        post("Transfer-Encoding: chunked"),
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(NEXT), NEXT),
    ),
}


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(("head", "body"), BODIES.values(), ids=BODIES.keys())
def test_refused_payload_is_no_request(head: bytes, body: bytes, size: int) -> None:
    """The head is complete without it; what is in it is let go by, however it is cut."""
    body = body[:61] if b"Length" in head else body
    line = Line()
    line.send(head)
    assert line.paths() == ["/first"]
    assert line.done[0].head is REFUSAL

    data = body + NEXT
    for at in range(0, len(data), size):
        line.send(data[at : at + size])

    assert line.paths() == ["/first", "/next"]
    assert line.done[1].head == "/next"


@pytest.mark.parametrize(
    "head",
    [
        post("Content-Length: 5", "Expect: 100-continue"),
        post("Transfer-Encoding: chunked", "Expect: 100-continue"),
        post("Content-Length: 100000"),
    ],
)
def test_payload_that_may_never_end_ends_the_connection(head: bytes) -> None:
    """Whoever waits to be told to go on may send it or not; nobody can tell what comes next."""
    line = Line()
    line.send(head)

    assert line.done[0].headers["CONNECTION"] == "close"
    assert line.leftover.receiver is None
    assert not line.done[0].expect_continue


@pytest.mark.parametrize("rest", [b"zz\r\n", b"1\r\nxx\r\n", b"fffff\r\n" + b"x" * 100_000])
def test_leftover_that_is_no_payload_ends_the_connection_without_a_word(rest: bytes) -> None:
    """The one answer has been given."""
    line = Line()
    line.send(post("Transfer-Encoding: chunked") + rest)

    assert line.done[0].head is REFUSAL
    assert isinstance(line.done[1].error, Answered)


def test_payload_without_room_is_refused_from_its_head() -> None:
    """Before it is received; the next one has room again."""
    line = Line(wanted=True, budget=80_000)
    line.send(post("Content-Length: 70000"))
    assert isinstance(line.done[0].head, NoRoom)

    line.send(b"x" * 70_000 + post("Content-Length: 10") + b"0123456789")

    assert line.done[1].head == "wanted"
    assert line.done[1].get_body_stream().read() == b"0123456789"


def test_chunks_without_room_are_refused_at_their_end() -> None:
    """Nobody said before how many would come."""
    line = Line(wanted=True, budget=80_000)
    line.send(post("Transfer-Encoding: chunked", "Expect: 100-continue"))
    line.send(b"11170\r\n" + b"x" * 70_000 + b"\r\n0\r\n\r\n" + NEXT)

    assert isinstance(line.done[0].head, NoRoom)
    assert line.paths() == ["/first", "/next"]
