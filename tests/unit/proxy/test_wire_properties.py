"""Thousands of requests that Apex would never send, made of the ones that it does."""

import base64
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.caller import Caller
from proxy.errors import InvalidRequest
from proxy.forward import function_headers
from proxy.salesforce_names import OrgUrl
from proxy.wire import ASYNC, SYNC, AccessToken, Invocation, parse_invocation
from tests.support.apex import ADMIN, apex_request, decode_context, encode_context

MINTED = AccessToken("00Dxx0000006IYJ!minted")
CALLER = Caller(
    org_id=ADMIN.org_id,
    user_id=ADMIN.user_id,
    username=ADMIN.username,
    org_url=OrgUrl(ADMIN.org_domain_url),
)

PASSED_ON = frozenset(
    [
        "content-type",
        "ce-specversion",
        "ce-id",
        "ce-datacontenttype",
        "ce-source",
        "ce-type",
        "ce-time",
        "ce-subject",
        "ce-dataschema",
        "x-request-id",
        "request-id",
        "traceparent",
        "tracestate",
        "ce-sfcontext",
        "ce-sffncontext",
    ]
)

_JSON_TEXTS = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe",
    b'{"a":1e999}',
    b'{"a":NaN}',
    b'{"a":-Infinity}',
    b'{"type":"a","type":"b"}',
    rb'{"type":"\ud800"}',
    rb'{"\udfff":1}',
    b'{"a":' + b"9" * 5000 + b"}",
    b'{"a":-0.' + b"9" * 5000 + b"e-5000}",
    b'{"a":' * 4000 + b"1" + b"}" * 4000,
    b"[" * 20_000,
    b'{"a":"' + b"x" * 30_000 + b'"}',
]
_DEEP = base64.b64encode(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}").decode("ascii")
_RAW_CONTEXTS = st.one_of(
    st.sampled_from([*(base64.b64encode(text).decode("ascii") for text in _JSON_TEXTS), _DEEP]),
    st.text(st.characters(), max_size=30),
    st.binary(max_size=30).map(lambda data: base64.b64encode(data).decode("ascii")),
)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**4200),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["\ud800", "a\nb", "x" * 300, "../..", "00Dxx0000006IYJEA2", "57.0", SYNC, ASYNC, "ns"]
    ),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
_HEADER_VALUES = st.one_of(
    st.none(),
    st.just(""),
    st.text(max_size=30),
    st.sampled_from(["a, a", "a\r\nb: c", "\u00e4", "Bearer", "Bearer x", SYNC, ASYNC, "a" * 2000]),
    st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\n?", fullmatch=True),
)
_REQUEST = apex_request(
    permission_sets=["A", "ns__B"],
    headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tracestate": "a=1,b=2"},
)
_HEADER_NAMES = [
    *_REQUEST.by_lower_name,
    *("ce-time", "ce-subject", "ce-dataschema", "content-encoding", "cookie", "x-health-check"),
]
_FUNCTION_FIELDS = ["type", "functionInvocationId", "permissionSets", "functionName", "id"]
_FUNCTION_FIELDS += ["accessToken", "requestId", "invented"]
_USER_FIELDS = ["orgId", "userId", "username", "orgDomainUrl", "salesforceBaseUrl", "namespace"]
_USER_FIELDS += ["onBehalfOfUserId", "invented"]


def _encode(context: object) -> str:
    """Encode as JSON with escapes: unlike UTF-8, it can say half of a surrogate pair."""
    return base64.b64encode(json.dumps(context).encode("ascii")).decode("ascii")


@st.composite
def requests_of_nobody(draw: st.DrawFn) -> dict[str, str]:
    """Draw the headers of a good request in which up to three things are wrong."""
    asynchronous = draw(st.booleans())
    good = apex_request(asynchronous=asynchronous, permission_sets=["A", "ns__B"])
    headers = good.by_lower_name
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["header", "function", "user", "salesforce", "raw"]))
        if kind == "header":
            value = draw(_HEADER_VALUES)
            name = draw(st.sampled_from(_HEADER_NAMES))
            headers = {k: v for k, v in headers.items() if k != name}
            headers |= {} if value is None else {name: value}
            continue
        if kind == "raw":
            name = draw(st.sampled_from(["ce-sffncontext", "ce-sfcontext"]))
            headers = headers | {name: draw(_RAW_CONTEXTS)}
            continue
        function = decode_context(good.headers["ce-sffncontext"])
        salesforce = decode_context(good.headers["ce-sfcontext"])
        value_of = {draw(st.sampled_from(_FUNCTION_FIELDS)): draw(_VALUES)}
        if kind == "function":
            headers = headers | {"ce-sffncontext": _encode(function | value_of)}
            continue
        value_of = {draw(st.sampled_from(_USER_FIELDS)): draw(_VALUES)}
        if kind == "user":
            salesforce["userContext"] |= value_of
        else:
            salesforce[draw(st.sampled_from(["apiVersion", "userContext", "x"]))] = draw(_VALUES)
        headers = headers | {"ce-sfcontext": _encode(salesforce)}
    return headers


def require_good_function_headers(invocation: Invocation) -> None:
    """Check what the function would be sent."""
    sent = function_headers(invocation, caller=CALLER, access_token=MINTED)
    fields = dict(sent)

    assert len(fields) == len(sent)
    assert fields.keys() <= PASSED_ON
    for name, value in sent:
        assert value.isascii(), name
        assert value.isprintable(), name
    assert decode_context(fields["ce-sffncontext"]) == {
        **invocation.function_context,
        "requestId": invocation.id,
        "accessToken": MINTED,
    }
    told = decode_context(fields["ce-sfcontext"])
    user = told.pop("userContext")
    assert told == {k: v for k, v in invocation.salesforce_context.items() if k in told}
    assert (user["orgId"], user["userId"], user["username"], user["orgDomainUrl"]) == (
        CALLER.org_id,
        CALLER.user_id,
        CALLER.username,
        CALLER.org_url,
    )
    assert user["salesforceBaseUrl"] in {CALLER.org_url, "https://na1.salesforce.com"}
    assert ADMIN.token not in "".join(fields.values())


def test_any_request_is_refused_in_words_or_can_be_sent_on() -> None:
    """No request, however broken, raises anything else or produces a header that can't be sent."""
    outcomes = {"accepted": 0, "refused": 0}
    lengths: list[int] = []

    @settings(
        max_examples=2500,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests_of_nobody(), st.sampled_from([SYNC, ASYNC]))
    def check(headers: dict[str, str], expected_type: str) -> None:
        try:
            invocation = parse_invocation(headers, expected_type=expected_type)
        except InvalidRequest as refusal:
            lengths.append(len(str(refusal)))
            outcomes["refused"] += 1
            return
        assert invocation.type == expected_type
        require_good_function_headers(invocation)
        outcomes["accepted"] += 1

    check()

    assert outcomes["accepted"] > 100
    assert outcomes["refused"] > 1000
    assert max(lengths) < 400


def test_any_text_in_any_header_is_refused_in_words() -> None:
    """The same for headers of which every value is arbitrary text."""
    seen = set()

    @settings(max_examples=500, deadline=None, derandomize=True, database=None)
    @given(st.dictionaries(st.sampled_from(_HEADER_NAMES), st.text(max_size=20)))
    def check(headers: dict[str, str]) -> None:
        try:
            parse_invocation(headers, expected_type=SYNC)
        except InvalidRequest as refusal:
            seen.add(str(refusal))

    check()

    assert len(seen) > 1


def test_every_character_reaches_the_function() -> None:
    """What a context says in any script comes out the same, as does a number."""

    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @given(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5).map("x{}".format),
            st.one_of(
                st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
                st.integers(-(2**70), 2**70),
                st.floats(allow_nan=False, allow_infinity=False),
            ),
            max_size=5,
        )
    )
    def check(invented: dict[str, object]) -> None:
        request = apex_request(function_context=invented, salesforce_context={"more": invented})
        headers = request.by_lower_name
        assert headers["ce-sfcontext"] == encode_context(decode_context(headers["ce-sfcontext"]))
        require_good_function_headers(parse_invocation(headers, expected_type=SYNC))

    check()
