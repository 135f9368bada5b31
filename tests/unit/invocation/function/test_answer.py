"""Responses of functions, read from bytes alone."""

import pytest

from invocation.errors import AnswerTooLarge, FunctionBroke
from invocation.function.answer import MOST_HEADER_BYTES, AnswerReader, FunctionAnswer

LIMIT = 100
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nX-Extra-Info: %7B\r\n"
WITH_LENGTH = HEAD + b"Content-Length: 5\r\n\r\nhello"
CHUNKS = b"2\r\nhe\r\n3\r\nllo\r\n0\r\nContent-Type: of/a-trailer\r\n\r\n"
WHOLE = {
    "length": WITH_LENGTH,
    "chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "interim": b"HTTP/1.1 100 Continue\r\nContent-Type: of/another\r\n\r\n" + WITH_LENGTH,
}


def read(*pieces: bytes) -> AnswerReader:
    """Feed a reader."""
    reader = AnswerReader(LIMIT)
    for piece in pieces:
        reader.feed(piece)
    return reader


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_an_answer_is_the_same_however_it_arrives(name: str, size: int) -> None:
    """In one piece or byte by byte; the connection can be used again."""
    whole = WHOLE[name]
    reader = read(*(whole[at : at + size] for at in range(0, len(whole), size)))

    assert reader.complete
    assert reader.keeps_connection
    answer = reader.answer()
    assert (answer.status, answer.content_type, answer.extra_info) == (200, "a/b", "%7B")
    assert answer.body == b"hello"


@pytest.mark.parametrize("name", WHOLE)
def test_an_end_inside_of_an_answer_breaks_it(name: str) -> None:
    """At whatever byte."""
    for cut in range(1, len(WHOLE[name]) - 1):
        with pytest.raises(FunctionBroke):
            read(WHOLE[name][:cut], b"")


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    """It is whole, and the connection is gone."""
    reader = read(b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo", b"")

    assert reader.complete
    assert not reader.keeps_connection
    assert reader.answer().body == b"hello"


@pytest.mark.parametrize("more", [b"x", WITH_LENGTH])
def test_what_follows_an_answer_costs_the_connection(more: bytes) -> None:
    """It would be taken for the answer to the next call."""
    reader = read(WITH_LENGTH + more)

    assert reader.answer().body == b"hello"
    assert not reader.keeps_connection


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_an_answer_that_can_have_no_body_ends_its_connection(status: bytes) -> None:
    """Servers that send one nevertheless would shift every later answer."""
    reader = read(b"HTTP/1.1 " + status + b"\r\n\r\n")

    assert reader.complete
    assert not reader.keeps_connection


def test_too_much_is_refused_while_it_arrives() -> None:
    """Of a body as of a head that never ends."""
    with pytest.raises(AnswerTooLarge, match="larger than 100 bytes"):
        read(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x" * 101)
    with pytest.raises(AnswerTooLarge, match="header bytes"):
        read(
            b"HTTP/1.1 200 OK\r\n",
            *[b"a: " + b"b" * 8000 + b"\r\n"] * (MOST_HEADER_BYTES // 8000 + 2),
        )


def test_what_is_no_http_breaks_the_call() -> None:
    """Another protocol, or a status line that is none."""
    with pytest.raises(FunctionBroke):
        read(b"SSH-2.0-OpenSSH_9.2\r\n")


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("%7B%22at%22:%2218:53+01:00%22%7D", "%7B%22at%22:%2218:53%2B01:00%22%7D"),
        ("%7B%22a%22%3A%22b+c%22%7D", "%7B%22a%22%3A%22b+c%22%7D"),
        ("%7B%22a%22%3A%22b%2Bc%22%7D", "%7B%22a%22%3A%22b%2Bc%22%7D"),
    ],
    ids=["node", "java", "python"],
)
def test_a_plus_sign_reaches_apex_as_one(sent: str, read_as: str) -> None:
    """Apex decodes a raw one to a blank, which it is when Java encodes."""
    head = f"HTTP/1.1 200 OK\r\nX-Extra-Info: {sent}\r\nContent-Length: 0\r\n\r\n"

    assert read(head.encode()).answer().extra_info == read_as


@pytest.mark.parametrize(
    ("status", "body", "info", "dead"),
    [
        (500, b'[{"errorCode":"INVALID_SESSION_ID"}]', None, True),
        (500, b"Function threw: Session expired", "%7B%22stack%22:%22INVALID_SESSION_ID", True),
        (500, b"Function threw: something else", "%7B%7D", False),
        (200, b"INVALID_SESSION_ID", "INVALID_SESSION_ID", False),
    ],
    ids=["body", "stack", "neither", "a-result"],
)
def test_a_dead_session_is_seen_wherever_it_is_named(
    status: int, body: bytes, info: str | None, *, dead: bool
) -> None:
    """Node's body does not name it, its stack does; what a function returns is its own matter."""
    answer = FunctionAnswer(status=status, content_type=None, extra_info=info, body=body)

    assert answer.tells_of_a_dead_session is dead
