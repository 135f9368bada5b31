"""Thousands of requests that no client should send, against the real proxy on a real socket."""

import base64
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localstack.apex import ApexRequest, apex_request, decode_context, encode_context
from localstack.org import new_org
from localstack.seed import ORG_ID
from orgsim import SimulatedOrg, running
from tests.support.fake_function import Received, fake_function
from tests.support.world import World, running_world
from tests.system.attack.raw_http import Answer, answers_in, check_answer, exchange

SINGLE: Final = (
    "Authorization", "X-Request-Id", "request-id", "Content-Type", "ce-specversion", "ce-id",
    "ce-source", "ce-datacontenttype", "ce-type", "ce-sffncontext", "ce-sfcontext",
)  # fmt: skip
CONTEXTS: Final = ("ce-sffncontext", "ce-sfcontext")
CLOSE: Final = b"Connection: close"
PAYLOAD: Final = b'{"a":"payload"}'
MANY: Final = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""Derandomized: each run sends the same requests."""

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Target:
    """The proxy under attack."""

    world: World
    request: ApexRequest
    """A good one; attacks are made of it."""
    sent: list[bytes] = field(default_factory=list)
    log_lines_before: list[int] = field(default_factory=lambda: [0])
    """Lines of the proxy's log when the running test began."""

    def head(
        self,
        *further: bytes,
        line: bytes = b"POST /sync HTTP/1.1",
        replaced: dict[str, bytes | None] | None = None,
    ) -> bytes:
        """Return a request's head, without the empty line at its end and any framing.

        Args:
            further: header lines that follow.
            line: the request line.
            replaced: header values instead of the good ones; None leaves the header out.
        """
        own_id = f"attack-{next(_numbers)}".encode()
        values: dict[str, bytes | None] = {
            name: value.encode() for name, value in self.request.headers.items()
        }
        values |= {"Host": b"functions.example", "ce-id": own_id} | (replaced or {})
        lines = [name.encode() + b": " + value for name, value in values.items() if value]
        return b"\r\n".join([line, *lines, *further])

    def whole(
        self,
        *further: bytes,
        line: bytes = b"POST /sync HTTP/1.1",
        replaced: dict[str, bytes | None] | None = None,
        body: bytes = PAYLOAD,
    ) -> bytes:
        """Return a request with its length, after which the connection is to be closed."""
        length = b"Content-Length: %d" % len(body)
        return self.head(CLOSE, length, *further, line=line, replaced=replaced) + END + body

    def answers(
        self, data: bytes, *, half_close: bool = False, most_calls: int = 1
    ) -> list[Answer]:
        """Send ``data``; check the answers, and that the function got only what is valid.

        Args:
            data: what goes out on one connection.
            half_close: whether it may be a part only, so that nothing needs to come back.
            most_calls: how many invocations it may hold.
        """
        self.sent.append(data)
        to_head = data.startswith(b"HEAD ")
        exchanged = exchange(self.world.proxy.port, data, half_close=half_close)
        assert exchanged.ended, f"no end in sight after {exchanged.data!r} to {data[:2000]!r}"
        answers = answers_in(exchanged, to_head=to_head)
        for answer in answers:
            check_answer(answer, to_head=to_head)
            assert answer.status < 500, answer
        calls = self.world.function.received.copy()
        self.world.function.received.clear()
        assert len(calls) <= most_calls
        for call in calls:
            self._check_call(call, data)
        return answers

    def answer(self, data: bytes) -> Answer:
        """Send one whole request and return the one answer to it."""
        [answer] = self.answers(data)
        return answer

    def check_unharmed(self) -> None:
        """Check that the proxy lives, hit no bug of its own, and serves a good request.

        Raises:
            AssertionError: it does not.
        """
        good = self.answer(self.whole())
        assert good.status == 200
        assert self.world.proxy.process.poll() is None
        log = [json.loads(line) for line in self._log_lines()]
        assert log
        assert [line for line in log if line["level"] in {"error", "critical"}] == []

    def forget_log(self) -> None:
        """Look only at later log lines: what a test provokes is told by that test alone."""
        self.log_lines_before[0] += len(self._log_lines())

    def _log_lines(self) -> list[str]:
        return self.world.proxy.log().splitlines()[self.log_lines_before[0] :]

    def _check_call(self, call: Received, data: bytes) -> None:
        """The function gets a payload as it was sent, and headers anybody could rely on."""
        assert call.body in data
        names = [name for name, _ in call.headers]
        assert len(names) == len(set(names))
        assert not {"authorization", "cookie", "connection", "transfer-encoding"} & set(names)
        for name in SINGLE[2:]:
            value = call.header(name.lower())
            assert value is None or (value.isascii() and value.isprintable() and "," not in value)
        assert call.header("ce-type") == "com.salesforce.function.invoke.sync"
        assert call.header("ce-id")
        function = decode_context(call.header("ce-sffncontext") or "")
        assert function["requestId"] == call.header("ce-id")
        found = self.world.org.session_of(function["accessToken"])
        assert found is not None
        session, user = found
        assert (user.username, session.consumer_key is None) == ("admin@example.com", False)
        context = decode_context(call.header("ce-sfcontext") or "")["userContext"]
        assert context["orgDomainUrl"] == self.world.org_url
        assert context["username"].lower() == "admin@example.com"
        assert context["userId"][:15].lower() == user.id[:15].lower()
        assert context["orgId"][:15].lower() == ORG_ID[:15].lower()


END: Final = b"\r\n\r\n"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """One proxy for the whole module: what one attack breaks, the next one finds broken."""
    org: SimulatedOrg = new_org()
    with (
        running(org) as org_url,
        fake_function() as function,
        running_world(org, org_url, function, tmp_path_factory.mktemp("proxy")) as world,
    ):
        function.body = b""  # one packet: no delayed acknowledgement to wait for
        yield Target(world=world, request=apex_request(world.identity()))


@pytest.fixture(autouse=True)
def _own_log(target: Target) -> None:
    target.forget_log()


# Values of headers.

_hostile_values = st.one_of(
    st.sampled_from(
        [
            b"\x00", b"\x7f", b"\x1b[31mred", b"\xff\xfe", "é😀".encode(), b",", b", ", b"a,b",
            b"\tx", b"x\r\n y", b"x\r\n\ty", b"%0d%0aX-Evil: 1", b"\\r\\n",
            b"\xe5\x98\x8a\xe5\x98\x8d",
            b"Bearer", b"Bearer ", b"Bearer  x", b"bearer x", b"Basic YTpi", b"Bearer a b",
            b"Bearer " + b"a" * 9000, b"{}", b"null", b"../../etc/passwd", b"${jndi:ldap://x}",
            b"a" * 2000, b"=", b"====", b"0", b"-1", b"1e999", b"9" * 5000, b"gzip, gzip",
        ]
    ),
    st.binary(max_size=60).map(lambda data: data.translate(None, b"\r\n")),
    st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")).map(
        lambda data: data.translate(None, b"\r\n")
    ),
)  # fmt: skip
_header_names = st.sampled_from(
    [*SINGLE, "traceparent", "tracestate", "ce-time", "ce-subject", "ce-dataschema", "Host",
     "Content-Encoding", "Cookie", "X-Forwarded-For", "X-Health-Check", "Accept-Encoding"]
)  # fmt: skip


def test_any_header_value_is_taken_or_refused(target: Target) -> None:
    """Whatever a header holds, there is one well-formed answer, and no 5xx."""

    @settings(MANY, max_examples=500)
    @given(st.dictionaries(_header_names, _hostile_values, min_size=1, max_size=3))
    def attack(replaced: dict[str, bytes]) -> None:
        assert target.answer(target.whole(replaced={**replaced})).status in {200, 400, 401}

    _run(attack, target, at_least=400)


@pytest.mark.parametrize("other", ["same", "different", "empty"])
@pytest.mark.parametrize("name", SINGLE)
def test_single_valued_header_that_comes_twice_is_refused(
    target: Target, name: str, other: str
) -> None:
    """Which of the two would count differs from reader to reader, so none does."""
    same = target.request.headers[name].encode()
    value = {"same": same, "different": b"x" + same[1:], "empty": b""}[other]

    answer = target.answer(target.whole(name.lower().encode() + b": " + value))

    assert answer.status == 400


@pytest.mark.parametrize("name", [name for name in SINGLE if "-" in name])
def test_header_with_underscores_is_not_the_one_with_hyphens(target: Target, name: str) -> None:
    """``ce_id`` does not become ``ce-id``, which CGI's names would make of it."""
    value = target.request.headers[name].encode()
    twin = name.replace("-", "_").encode() + b": " + value

    answer = target.answer(target.whole(twin, replaced={name: None}))

    assert answer.status == (200 if name in {"Content-Type", "request-id"} else 400)


# Contexts.

_json = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.sampled_from([10**4000, -(10**4299), 1e308, -0.0, 1e999, -1e999, float("nan")]),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(
            ["", "\ud800", "\udfff\ud800", "\x00", "\x1b]0;x\x07", "a\r\nX-Evil: 1", "\u2028",
             "x" * 9000]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=8), inner, max_size=4),
    ),
    max_leaves=8,
)  # fmt: skip
_FIELDS: Final = [
    ("ce-sffncontext", name)
    for name in ("id", "functionName", "resource", "source", "type", "requestTime", "accessToken",
                 "functionInvocationId", "permissionSets", "requestId", "anything")
] + [("ce-sfcontext", name) for name in ("apiVersion", "payloadVersion", "userContext", "more")] + [
    ("ce-sfcontext", f"userContext.{name}")
    for name in ("orgId", "userId", "username", "salesforceBaseUrl", "orgDomainUrl", "namespace",
                 "onBehalfOfUserId", "userContext")
]  # fmt: skip


def test_any_value_in_any_field_is_taken_or_refused(target: Target) -> None:
    """A number, a list, half a surrogate pair where a text belongs: never more than a refusal."""

    @settings(MANY, max_examples=500)
    @given(st.sampled_from(_FIELDS), _json)
    def attack(place: tuple[str, str], value: object) -> None:
        header, path = place
        context: dict[str, Any] = decode_context(target.request.headers[header])
        parent = context["userContext"] if path.startswith("userContext.") else context
        parent[path.rpartition(".")[2]] = value
        text = json.dumps(context).encode()  # with NaN and Infinity, and surrogates as escapes

        answer = target.answer(target.whole(replaced={header: base64.b64encode(text)}))

        assert answer.status in {200, 400, 403}

    _run(attack, target, at_least=400)


@pytest.mark.parametrize(
    "place", [pytest.param(place, id=f"{place[0][3:]}-{place[1]}") for place in _FIELDS]
)
@pytest.mark.parametrize("value", [[], {}, 0, True, 1.5, "", [[]], [None]], ids=json.dumps)
def test_wrong_type_in_each_field(target: Target, place: tuple[str, str], value: object) -> None:
    """The table of fields times types; everything else is as it should be."""
    header, path = place
    context: dict[str, Any] = decode_context(target.request.headers[header])
    parent = context["userContext"] if path.startswith("userContext.") else context
    parent[path.rpartition(".")[2]] = value

    answer = target.answer(target.whole(replaced={header: encode_context(context).encode()}))

    assert answer.status in {200, 400, 403}


def _nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return b'"deep":' + opening * depth + closing * depth


_NO_OBJECTS: Final = {
    "space": b" ",
    "nul": b"\x00",
    "null": b"null",
    "list": b"[]",
    "text": b'"text"',
    "number": b"1",
    "two-objects": b"{}{}",
    "utf-16": '{"a":1}'.encode("utf-16"),
    "utf-32": '{"a":1}'.encode("utf-32"),
    "only-opening-brackets": b"[" * 20_000,
    "only-opening-braces": b'{"":' * 5_000,
}
_MEMBERS: Final = {
    "unfinished": b'"a":1,"b":"',
    "single-quotes": b"'a':1",
    "trailing-comma": b'"a":1,',
    "comment": b'"a":/**/1',
    "byte-order-mark": b'\xef\xbb\xbf"a":1',
    "not-utf-8": b'"a":"\xff"',
    "overlong-utf-8": b'"a":"\xc0\xae"',
    "surrogate-in-utf-8": b'"a":"\xed\xa0\x80"',
    "lone-surrogate": b'"a":"\\ud800"',
    "lone-surrogate-as-key": b'"\\udfff":1',
    "raw-control-character": b'"a":"\n"',
    "nan": b'"a":NaN',
    "infinity": b'"a":-Infinity',
    "float-overflow": b'"a":1e999',
    "negative-float-overflow": b'"a":[-1e999]',
    "leading-zero": b'"a":01',
    "5000-digits": b'"a":' + b"9" * 5000,
    "20000-digits": b'"a":-' + b"9" * 20000,
    "duplicate-key": b'"a":1,"a":1',
    "duplicate-key-escaped": b'"a":1,"\\u0061":1',
    "duplicate-key-inside": b'"a":{"b":[{"c":1,"c":2}]}',
    "duplicate-of-a-field": b'"type":"com.salesforce.function.invoke.async","userContext":{}',
    "depth-66": _nested(66),
    "depth-1000": _nested(1_000),
    "depth-11000": _nested(11_000),
    "depth-20000-unfinished": _nested(20_000, closing=b""),
    "objects-3500-deep": _nested(3_500, b'{"a":', b"}"),
    "almost-32-KiB": b'"a":"' + b"x" * 23_000,
}


@pytest.mark.parametrize("header", CONTEXTS)
@pytest.mark.parametrize(
    ("text", "member"),
    [
        *(pytest.param(text, b"", id=name) for name, text in _NO_OBJECTS.items()),
        *(pytest.param(b"", member, id=name) for name, member in _MEMBERS.items()),
    ],
)
def test_text_that_is_no_context_is_refused(
    target: Target, header: str, text: bytes, member: bytes
) -> None:
    """400 with words of ours, whatever the JSON parser thinks of it.

    A wrong member stands in an otherwise good context: nothing else can be the reason.
    """
    good = base64.b64decode(target.request.headers[header])

    answer = target.answer(
        target.whole(replaced={header: base64.b64encode(text or good[:-1] + b"," + member + b"}")})
    )

    assert answer.status == 400
    assert f"Invalid {header} format - expected base64 encoded header: " in answer.message


@pytest.mark.parametrize("header", CONTEXTS)
def test_good_member_changes_nothing(target: Target, header: str) -> None:
    """A further member that is fine is fine: the refusals before were for what they say."""
    good = base64.b64decode(target.request.headers[header])
    text = good[:-1] + b',"further":' + b"[" * 60 + b"]" * 60 + b"}"

    assert target.answer(target.whole(replaced={header: base64.b64encode(text)})).status == 200


@pytest.mark.parametrize("header", CONTEXTS)
def test_context_of_depth_100000_is_refused(target: Target, header: str) -> None:
    """So many levels do not fit into a head; the parser's stack never sees them."""
    text = base64.b64encode(b"{" + _nested(100_000) + b"}")

    answers = target.answers(target.whole(replaced={header: text}))

    assert [answer.status for answer in answers] in ([431], [])  # [] when a reset overtook it
    target.check_unharmed()


@pytest.mark.parametrize("header", CONTEXTS)
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: text[:-1], id="one-character-short"),
        pytest.param(lambda text: text + b"=", id="more-padding"),
        pytest.param(lambda text: b"=" + text, id="padding-first"),
        pytest.param(lambda text: text[:8] + b"=" + text[8:], id="padding-inside"),
        pytest.param(lambda text: text[:8] + b"!" + text[8:], id="foreign-character"),
        pytest.param(lambda text: text[:8] + b"-_" + text[8:], id="url-alphabet"),
        pytest.param(lambda text: text[:8] + b"\xa0" + text[8:], id="no-break-space"),
        pytest.param(lambda text: text[:8] + b"\x0b" + text[8:], id="vertical-tab"),
        pytest.param(lambda text: text + b"," + text, id="two-with-comma"),
        pytest.param(lambda text: text + b";" + text, id="two-with-semicolon"),
        pytest.param(base64.b64encode, id="encoded-twice"),
        pytest.param(base64.b64decode, id="not-encoded"),
        pytest.param(lambda text: text[::-1], id="backwards"),
        pytest.param(lambda text: text.lower(), id="case-lost"),
        pytest.param(lambda text: base64.b32encode(base64.b64decode(text)), id="base32"),
    ],
)
def test_broken_base64_is_refused(
    target: Target, header: str, spoil: Callable[[bytes], bytes]
) -> None:
    """What is not strict base64 is not decoded by guessing."""
    spoiled = spoil(target.request.headers[header].encode())

    assert target.answer(target.whole(replaced={header: spoiled})).status == 400


# Framing.


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param([b"-1"], id="negative"),
        pytest.param([b"+15"], id="plus"),
        pytest.param([b"0x0f"], id="hexadecimal"),
        pytest.param([b"15.0"], id="fraction"),
        pytest.param([b"1e1"], id="exponent"),
        pytest.param([b"15 15"], id="space-inside"),
        pytest.param([b"15,15"], id="list"),
        pytest.param([b"15", b"15"], id="twice"),
        pytest.param([b"15", b"0"], id="twice-different"),
        pytest.param([b"0", b"15"], id="twice-different-reversed"),
        pytest.param([b"\xd9\xa1\xd9\xa5"], id="arabic-digits"),
        pytest.param([b"\xb2"], id="superscript"),
        pytest.param([b"15\x00"], id="nul"),
        pytest.param([b"15;"], id="semicolon"),
        pytest.param([b"9" * 30], id="30-digits"),
        pytest.param([b"9" * 4000], id="4000-digits"),
        pytest.param([b"9" * 5000], id="5000-digits"),
        pytest.param([b"99999999999"], id="100-GB"),
    ],
)
def test_length_that_is_none_is_refused(target: Target, lengths: list[bytes]) -> None:
    """Two readers must not disagree on where a request ends: 400 or 413, connection closed."""
    lines = [b"Content-Length: " + length for length in lengths]

    answer = target.answer(target.head(*lines) + END + PAYLOAD)

    assert answer.status in {400, 413}
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        pytest.param([b"chunked"], b"f\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="one-chunk"),
        pytest.param([b"chunked"], b"0f\r\n%b\r\n00\r\n\r\n" % PAYLOAD, id="leading-zeros"),
        pytest.param([b"Chunked"], b"F\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="upper-case"),
        pytest.param([b"chunked"], b"f;a=b\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="extension"),
        pytest.param([b"chunked"], b"f\r\n%b\r\n0\r\nX-Trailer: x\r\n\r\n" % PAYLOAD, id="trailer"),
    ],
)
def test_chunks_are_put_together(target: Target, coding: list[bytes], body: bytes) -> None:
    """A well-formed chunked body is a payload like any other."""
    lines = [b"Transfer-Encoding: " + each for each in coding]

    assert target.answer(target.head(CLOSE, *lines) + END + body).status == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"-f\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="negative"),
        pytest.param(b"+f\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="plus"),
        pytest.param(b"0xf\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="0x"),
        pytest.param(b"f \r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="space"),
        pytest.param(b" f\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="space-first"),
        pytest.param(b"g\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="not-hexadecimal"),
        pytest.param(b"e\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="too-short"),
        pytest.param(b"f_0\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="underscore"),
        pytest.param(b"f;\x00\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="nul-in-extension"),
        pytest.param(b"f;a\nb\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="line-feed-in-extension"),
        pytest.param(b"\xff\r\n%b\r\n0\r\n\r\n" % PAYLOAD, id="no-text"),
    ],
)
def test_broken_chunks_are_refused(target: Target, body: bytes) -> None:
    """A chunk size has one spelling; the connection is closed, its rest means nothing."""
    answer = target.answer(target.head(b"Transfer-Encoding: chunked") + END + body)

    assert (answer.status, answer.headers["Connection"]) == (400, "close")


@pytest.mark.parametrize(
    "start", [pytest.param(b"", id="chunk-size"), pytest.param(b"0\r\n", id="trailer")]
)
def test_line_without_an_end_is_refused(target: Target, start: bytes) -> None:
    """A chunk size or trailer of a megabyte is no chunk size or trailer.

    To wait for its end means to search it again at each packet: 11 MB cost 12 s of the one thread
    that reads from every connection, and nobody has shown a token yet.
    """
    data = target.head(b"Transfer-Encoding: chunked") + END + start + b"a" * 1024 * 1024

    answers = target.answers(data)

    assert {answer.status for answer in answers} <= {400, 413, 431}  # a reset may overtake it


@pytest.mark.parametrize(
    "coding",
    [b"gzip", b"identity", b"gzip, chunked", b"chunked, gzip", b"xchunked", b"\x0bchunked"],
)
def test_unknown_transfer_coding_is_a_bad_request(target: Target, coding: bytes) -> None:
    """It is the request that is wrong, so 400: 5xx tell Apex and monitoring something else."""
    line = b"Transfer-Encoding: " + coding

    assert target.answer(target.head(line) + END + b"0\r\n\r\n").status == 400


@pytest.mark.parametrize(
    ("line", "further"),
    [
        pytest.param(
            b"POST /sync HTTP/1.1",
            [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
            id="length-and-chunked",
        ),
        pytest.param(
            b"POST /sync HTTP/1.1",
            [b"Transfer-Encoding: chunked", b"Content-Length: 5"],
            id="chunked-and-length",
        ),
        pytest.param(
            b"POST /sync HTTP/1.1",
            [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
            id="chunked-twice",
        ),
        pytest.param(
            b"POST /sync HTTP/1.0",
            [b"Transfer-Encoding: chunked", b"Connection: keep-alive"],
            id="chunked-in-1.0",
        ),
        pytest.param(
            b"POST /sync HTTP/1.2",
            [b"Transfer-Encoding: chunked", b"Connection: keep-alive"],
            id="chunked-in-1.2",
        ),
    ],
)
def test_request_whose_end_is_disputed_is_the_last_one(
    target: Target, line: bytes, further: list[bytes]
) -> None:
    """What follows a request that readers frame differently is never taken for another request.

    RFC 9112, 6.1: the server closes the connection after it; a hidden second request would be
    somebody else's behind a router that shares connections.
    """
    hidden = b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n"
    payload = b"0\r\n\r\n" if line.endswith(b"1.1") else b""

    answers = target.answers(target.head(*further, line=line) + END + payload + hidden)

    assert len(answers) == 1
    assert answers[0].headers["Connection"].lower() == "close"


def test_expectation_without_a_body_is_answered(target: Target) -> None:
    """``Expect: 100-continue`` of a request that has no body is not waited on."""
    data = target.head(CLOSE, b"Content-Length: 0", b"Expect: 100-continue") + END

    assert target.answer(data).status == 200


def test_body_that_does_not_come_is_let_go(target: Target) -> None:
    """A sender that hangs up early is not waited for, and nothing of it is invoked."""
    for missing in (1, 10, 10_000_000):
        length = b"Content-Length: %d" % (len(PAYLOAD) + missing)
        assert target.answers(target.head(length) + END + PAYLOAD, half_close=True) == []
    half = target.head(b"Transfer-Encoding: chunked") + END + b"ff\r\n" + PAYLOAD
    assert target.answers(half, half_close=True) == []


def test_bytes_beyond_the_length_are_no_payload(target: Target) -> None:
    """They are the start of a next request, or nothing at all after ``Connection: close``."""
    answers = target.answers(target.whole() + b"tail of it")

    assert [answer.status for answer in answers] == [200]


def test_any_framing_is_taken_or_refused(target: Target) -> None:
    """Lengths, codings and chunks in any combination never reach the function misread."""
    lines = st.sampled_from(
        [
            b"Content-Length: 0", b"Content-Length: 15", b"Content-Length: 4", b"Content-Length:15",
            b"Content-Length : 15", b"content-length: 15 ", b"Content-Length: 00015",
            b"Content-Length:\t15", b"Transfer-Encoding: chunked", b"Transfer-Encoding:chunked",
            b"transfer-encoding: CHUNKED", b"Transfer-Encoding: chunked ", b"X-Folded: a\r\n b",
            b"Content-Length", b": 15", b"Content_Length: 15", b"Expect: 100-continue",
            b"Transfer-Encoding\t: chunked", b"Upgrade: h2c", b"TE: trailers", b"Connection: ce-id",
            b"Connection: close, ce-sfcontext", b"Trailer: ce-id", b"Keep-Alive: timeout=9999",
        ]
    )  # fmt: skip
    bodies = st.sampled_from(
        [
            PAYLOAD, b"", b"0\r\n\r\n", b"f\r\n%b\r\n0\r\n\r\n" % PAYLOAD,
            b"f\n%b\n0\n\n" % PAYLOAD,
            b"f\r\n%b0\r\n\r\n" % PAYLOAD, b"f\r\n%b\r\n" % PAYLOAD, b"ffffffffffffffffff\r\nx",
            b"f\r\n%b\r\n0\r\nce-id: evil\r\n\r\n" % PAYLOAD, b"\r\n" * 20, b"0\r\n",
        ]
    )  # fmt: skip

    @settings(MANY, max_examples=400)
    @given(st.lists(lines, max_size=3), bodies)
    def attack(further: list[bytes], body: bytes) -> None:
        target.answers(target.head(CLOSE, *further) + END + body, half_close=True)

    _run(attack, target, at_least=300)


# Heads.


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"POST", id="method-alone"),
        pytest.param(b"POST /sync HTTP/1", id="version-without-dot"),
        pytest.param(b"POST /sync HTTP/11.1", id="version-with-two-digits"),
        pytest.param(b"POST /sync http/1.1", id="lower-case-protocol"),
        pytest.param(b"POST /sync FTP/1.1", id="other-protocol"),
        pytest.param(b"POST  /sync HTTP/1.1", id="two-spaces"),
        pytest.param(b"POST\t/sync\tHTTP/1.1", id="tabs"),
        pytest.param(b"post /sync HTTP/1.1", id="lower-case-method"),
        pytest.param(b"PO\x00ST /sync HTTP/1.1", id="nul-in-method"),
        pytest.param(b"POST /sy\x00nc HTTP/1.1", id="nul-in-path"),
        pytest.param(b"POST /sync%00 HTTP/1.1", id="escaped-nul"),
        pytest.param(b"POST /sync\x0bHTTP/1.1", id="vertical-tab"),
        pytest.param(b"POST /sync\rX HTTP/1.1", id="carriage-return"),
        pytest.param(b"POST /sync HTTP/1.1 ", id="trailing-space"),
        pytest.param(b" POST /sync HTTP/1.1", id="space-first"),
        pytest.param(b"POST sync HTTP/1.1", id="no-slash"),
        pytest.param(b"POST /sync/.. HTTP/1.1", id="dot-dot"),
        pytest.param(b"POST /./sync HTTP/1.1", id="dot"),
        pytest.param(b"POST /sync/x HTTP/1.1", id="sub-path"),
        pytest.param(b"POST /sync;x=y HTTP/1.1", id="path-parameter"),
        pytest.param(b"POST /SYNC HTTP/1.1", id="upper-case-path"),
        pytest.param(b"POST /sync%2f.. HTTP/1.1", id="escaped-slash"),
        pytest.param(b"POST \\sync HTTP/1.1", id="backslash"),
        pytest.param(b"POST * HTTP/1.1", id="asterisk"),
        pytest.param(b"POST http://[ HTTP/1.1", id="broken-ipv6"),
        pytest.param(b"POST http://[::1/sync HTTP/1.1", id="half-ipv6"),
        pytest.param(b"POST http://a]/sync HTTP/1.1", id="other-half-of-ipv6"),
        pytest.param("POST http://\u2100.example/ HTTP/1.1".encode(), id="host-that-normalizes"),
        pytest.param(b"POST http://evil.example HTTP/1.1", id="absolute-without-path"),
        pytest.param(b"POST /" + b"a" * 100_000 + b" HTTP/1.1", id="100-kB-path"),
        pytest.param(b"GET /sync HTTP/1.1", id="get"),
        pytest.param(b"HEAD /sync HTTP/1.1", id="head"),
        pytest.param(b"PUT /sync HTTP/1.1", id="put"),
        pytest.param(b"DELETE /sync HTTP/1.1", id="delete"),
        pytest.param(b"PATCH /sync HTTP/1.1", id="patch"),
        pytest.param(b"OPTIONS /sync HTTP/1.1", id="options"),
        pytest.param(b"OPTIONS * HTTP/1.1", id="options-asterisk"),
        pytest.param(b"TRACE /sync HTTP/1.1", id="trace"),
        pytest.param(b"CONNECT evil.example:443 HTTP/1.1", id="connect"),
        pytest.param(b"PROPFIND /sync HTTP/1.1", id="webdav"),
        pytest.param(b"WEBSOCKET /sync HTTP/1.1", id="websocket"),
        pytest.param(b"%7B%7D!#$ /sync HTTP/1.1", id="odd-method"),
        pytest.param(b"M" * 5000 + b" /sync HTTP/1.1", id="long-method"),
        pytest.param(b"POST /async HTTP/1.1", id="sync-type-to-async"),
        pytest.param(b"POST /metrics HTTP/1.1", id="unknown-route"),
    ],
)
def test_wrong_request_line_is_refused(target: Target, line: bytes) -> None:
    """A 4xx in our form, also from the parser below us; the function is not called."""
    data = target.whole(line=line) if line else END + b"x" + target.whole(line=line)

    answers = target.answers(data, most_calls=0)

    assert [400 <= answer.status < 500 for answer in answers] == [True]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"POST http://evil.example/sync HTTP/1.1", id="absolute-form"),
        pytest.param(b"POST http://user:pass@evil.example/sync HTTP/1.1", id="user-in-url"),
        pytest.param(b"POST /sync?%ff=%zz&&&=;#x HTTP/1.1", id="odd-query"),
        pytest.param(b"POST /sync/?" + b"a=b&" * 2000 + b" HTTP/1.1", id="long-query"),
        pytest.param(b"POST /%73%79nc HTTP/1.1", id="escaped-letters"),
        pytest.param(b"POST /sync HTTP/1.0", id="http-1.0"),
    ],
)
def test_odd_request_line_changes_nothing(target: Target, line: bytes) -> None:
    """Only the path counts; host and query are not used for anything."""
    assert target.answer(target.whole(line=line)).status == 200


@pytest.mark.parametrize(
    ("further", "statuses"),
    [
        pytest.param([b"X-Large: " + b"a" * 300_000], {431}, id="300-kB-header"),
        pytest.param([b"X-%d: y" % n for n in range(1000)], {431}, id="1000-headers"),
        pytest.param([b"X-%d: y" % n for n in range(20_000)], {431}, id="20000-headers"),
        pytest.param([b"X-Same: y"] * 5000, {431}, id="one-header-5000-times"),
        pytest.param([b"X" * 100_000 + b": y"], {431}, id="long-name"),
        pytest.param([b"no colon"], {400}, id="no-colon"),
        pytest.param([b": no name"], {400}, id="no-name"),
        pytest.param([b"X Y: z"], {400}, id="space-in-name"),
        pytest.param([b"X-Y : z"], {400}, id="space-after-name"),
        pytest.param([b"X\x00Y: z"], {400}, id="nul-in-name"),
        pytest.param([b"X\xe9Y: z"], {400}, id="latin-1-in-name"),
        pytest.param([b"X-Y: a\x00b"], {400}, id="nul-in-value"),
        pytest.param([b"X-Y: a\nb: c"], {400}, id="bare-line-feed"),
        pytest.param([b"X-Y: a\rb: c"], {400}, id="bare-carriage-return"),
        pytest.param([b"X-Y: a", b" folded"], {200, 400}, id="folded"),
        pytest.param([b"ce-subject: a", b"\tfolded"], {400}, id="folded-with-tab"),
        pytest.param([b"Content-Encoding: gzip"], {400}, id="compressed"),
        pytest.param([b"Content-Encoding: identity, gzip"], {400}, id="compressed-too"),
        pytest.param([b"Connection: ce-sfcontext, ce-sffncontext"], {200}, id="hop-by-hop"),
        pytest.param([b"Host: a.example", b"Host: b.example"], {200, 400}, id="two-hosts"),
    ],
)
def test_odd_headers(target: Target, further: Sequence[bytes], statuses: set[int]) -> None:
    """Many, long, misspelled and unknown headers are refused or ignored, never passed on."""
    answers = target.answers(target.whole(*further), half_close=True)

    assert {answer.status for answer in answers} <= statuses
    assert answers or 431 in statuses  # a reset may overtake the refusal of what is too long
    target.check_unharmed()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), id="http-2-preface"),
        pytest.param(
            b"\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" + bytes(range(256)), id="tls-hello"
        ),
        pytest.param(b"GET /\r\n", id="http-0.9-unfinished"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="ssh"),
        pytest.param(b"*1\r\n$4\r\nPING\r\n", id="redis"),
        pytest.param(b"\x00" * 4096, id="zeros"),
        pytest.param(b"\r\n" * 4096, id="empty-lines"),
        pytest.param(b"\n" * 4096, id="line-feeds"),
        pytest.param(b"A" * 200_000, id="200-kB-without-a-line"),
        pytest.param(b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", id="proxy-protocol"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_other_protocols_are_turned_away(target: Target, data: bytes) -> None:
    """Whoever dials the wrong port gets a 4xx or nothing, and costs nothing."""
    answers = target.answers(data, half_close=True, most_calls=0)

    assert all(400 <= answer.status < 500 for answer in answers)
    target.check_unharmed()


def test_any_bytes_are_turned_away(target: Target) -> None:
    """Noise, with and without the looks of HTTP."""

    @settings(MANY, max_examples=300)
    @given(
        st.sampled_from([b"", b"POST /sync HTTP/1.1\r\n", b"GET /livez HTTP/1.1\r\nA: "]),
        st.binary(max_size=300),
        st.sampled_from([b"", END, b"\r\n", b"\n\n"]),
    )
    def attack(start: bytes, noise: bytes, end: bytes) -> None:
        target.answers(start + noise + end, half_close=True, most_calls=0)

    _run(attack, target, at_least=250)


def test_request_with_a_few_bytes_changed(target: Target) -> None:
    """A good request that lost, gained or swapped bytes anywhere is never misread."""
    changes = st.tuples(
        st.sampled_from(["replace", "insert", "delete", "cut", "repeat"]),
        st.integers(0, 1_900),
        st.one_of(st.sampled_from([b"\r\n", b"\n", b"\x00", b" ", b":", b",", b"\r"]),
                  st.binary(min_size=1, max_size=4)),
    )  # fmt: skip

    @settings(MANY, max_examples=450)
    @given(st.lists(changes, min_size=1, max_size=4))
    def attack(made: list[tuple[str, int, bytes]]) -> None:
        data = target.whole()
        for kind, at, piece in made:
            data = _changed(data, kind, at, piece)
        # Two requests may come of it, for example when the length was cut out.
        target.answers(data, half_close=True, most_calls=2)

    _run(attack, target, at_least=400)


def _changed(data: bytes, kind: str, at: int, piece: bytes) -> bytes:
    if kind == "replace":
        return data[:at] + piece + data[at + len(piece) :]
    if kind == "insert":
        return data[:at] + piece + data[at:]
    if kind == "delete":
        return data[:at] + data[at + len(piece) :]
    if kind == "cut":
        return data[:at]
    return data[:at] + data[at : at + 200] + data[at:]


# More than one request on a connection.


def test_pipelined_requests_are_answered_in_order(target: Target) -> None:
    """Five at once: five answers, and each payload is its own request's."""
    requests = [
        target.head(b"Content-Length: 2", replaced={"X-Request-Id": b"number-%d" % n})
        + END
        + b"%02d" % n
        for n in range(5)
    ]
    last = target.whole(line=b"GET /sync HTTP/1.1")

    answers = target.answers(b"".join([*requests, last]), most_calls=5)

    assert [answer.status for answer in answers] == [200] * 5 + [405]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"POST /sync HTTP/1.1\r\nContent-Length: x\r\n\r\n", id="length"),
        pytest.param(b"POST /sync HTTP/1.1\r\nno colon\r\n\r\n", id="header"),
        pytest.param(b"nonsense\r\n\r\n", id="line"),
        pytest.param(
            b"POST /sync HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", id="chunk"
        ),
    ],
)
def test_nothing_is_read_after_a_broken_request(target: Target, broken: bytes) -> None:
    """Behind bytes that could not be framed nothing on the connection can be trusted."""
    before = target.head(b"Content-Length: 2") + END + b"{}"

    answers = target.answers(before + broken + target.whole())

    assert [answer.status for answer in answers] == [200, 400]


# The end.


def _run(attack: Callable[[], None], target: Target, *, at_least: int) -> None:
    """Run a property, then check that it was no empty one and that the proxy took no harm."""
    before = len(target.sent)
    attack()
    assert len(target.sent) - before >= at_least
    target.check_unharmed()
