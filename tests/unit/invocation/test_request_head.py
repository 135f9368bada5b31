"""How large a request's head may be, wherever its bytes are cut."""

import pytest

from invocation.request_head import (
    LONGEST_CONTEXT,
    LONGEST_FIELD,
    LONGEST_TARGET,
    MOST_FIELDS,
    HeadTooLarge,
    head_lines,
)

LINE = b"GET /livez HTTP/1.1"


def head(*fields: bytes, line: bytes = LINE) -> bytes:
    """Return a head without its end."""
    return b"\r\n".join([line, *fields])


def target(size: int) -> bytes:
    """Return a request line."""
    return b"GET /" + b"a" * (size - 1) + b" HTTP/1.1"


WITHIN = {
    "fields": head(*[b"a:"] * MOST_FIELDS),
    "field": head(b"X: " + b"a" * (LONGEST_FIELD - 3)),
    "context": head(b"ce-sfcontext: " + b"a" * LONGEST_CONTEXT),
    "context-with-blanks": head(b"CE-SFFnContext:  " + b"a" * LONGEST_CONTEXT + b"\t"),
    "target": head(line=target(LONGEST_TARGET)),
    "target-of-a-long-method": head(line=b"M" * 50 + target(LONGEST_TARGET)[3:]),
}
OVER = {
    "fields": (431, head(*[b"a:"] * MOST_FIELDS, b"a")),
    "field": (431, head(b"X: " + b"a" * (LONGEST_FIELD - 2))),
    "field-without-name": (431, head(b"a" * (LONGEST_FIELD + 1))),
    "context": (431, head(b"ce-sfcontext: " + b"a" * (LONGEST_CONTEXT + 1))),
    "context-by-another-name": (431, head(b"x-ce-sfcontext: " + b"a" * LONGEST_FIELD)),
    "last-of-all": (431, head(*[b"a:"] * (MOST_FIELDS - 1), b"b" * (LONGEST_FIELD + 1))),
    "target": (414, head(b"Host: a", line=target(LONGEST_TARGET + 1))),
    "target-unfinished": (414, b"GET /" + b"a" * (LONGEST_TARGET + 100)),
    "target-before-fields": (414, head(*[b"a:"] * 200, line=target(LONGEST_TARGET + 1))),
}


@pytest.mark.parametrize("text", WITHIN.values(), ids=WITHIN.keys())
def test_head_within_the_limits_is_taken(text: bytes) -> None:
    """Each limit itself is allowed, and each beginning of such a head."""
    assert b"\r\n".join(head_lines(text)) == text
    for end in range(0, len(text), 37):
        head_lines(text[:end])


@pytest.mark.parametrize(("status", "text"), OVER.values(), ids=OVER.keys())
def test_head_over_a_limit_is_refused_by_its_beginning(status: int, text: bytes) -> None:
    """What follows changes nothing, and the refusal quotes nothing of it."""
    for more in (b"", b"\r\n", b"\r\nHost: a", b"\r\na:" * 10_000):
        with pytest.raises(HeadTooLarge) as refused:
            head_lines(text + more)
        assert refused.value.status == status
        assert "aaa" not in str(refused.value)


@pytest.mark.parametrize("ending", [b"\r", b"\r\n", b"\r\n\r"])
@pytest.mark.parametrize("text", WITHIN.values(), ids=WITHIN.keys())
def test_head_whose_end_is_on_its_way_is_no_longer_than_it_is(text: bytes, ending: bytes) -> None:
    """Neither half a line's end nor the empty line after the last field counts."""
    head_lines(text + ending)
