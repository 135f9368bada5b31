"""Thousands of requests that Apex would never send, made of the ones that it does."""

import base64
import json
import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from invocation.errors import InvalidRequest
from invocation.function.headers import function_headers
from invocation.org.caller import Caller
from invocation.org.names import AccessToken, OrgUrl
from invocation.request import ASYNC, SYNC, Invocation, parse_invocation
from localstack.apex import ADMIN, ApexRequest, apex_request, decode_context, encode_context
from tests.unit.examples import examples

REQUESTS = 5000
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
_RAW_CONTEXTS = [*(base64.b64encode(text).decode("ascii") for text in _JSON_TEXTS), _DEEP]
_LEAVES = [None, True, False, 0, -1, 2**63, 10**4200, 0.5, -0.0, 1e308, math.inf, math.nan, ""]
_LEAVES += ["\ud800", "a\nb", "x" * 300, "../..", "00Dxx0000006IYJEA2", "57.0", SYNC, ASYNC, "ns"]
_HEADER_VALUES = ["", "a, a", "a\r\nb: c", "\u00e4", "Bearer", "Bearer x", SYNC, ASYNC, "a" * 2000]
_CHARACTERS = ["\x00\x09\x0a\x0d\x1f \"',:;=\\{}", "Aa09-_./+~", "\x7f\x80\x85\xa0\xad\xe4\xff"]
_CHARACTERS += [
    "\u0130\u0660\u200b\u2028\u202e\ufeff\uffff",
    "\ud800\udfff",
    "\U0001f600\U0010ffff",
]
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


class Nobody:
    """Makes the headers of good requests in which up to three things are wrong.

    By chance, but each time the same; written by hand, since a strategy of hypothesis that draws
    nested values took a hundred times as long as all that is tested here.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret

    def request(self) -> dict[str, str]:
        """Return the next one."""
        asynchronous = self._random.random() < 0.5
        good = apex_request(asynchronous=asynchronous, permission_sets=["A", "ns__B"])
        headers = good.by_lower_name
        for _ in range(self._random.randrange(4)):
            headers = self._random.choice([self._header, self._context, self._raw])(good, headers)
        return headers

    def _header(self, _: ApexRequest, headers: dict[str, str]) -> dict[str, str]:
        left = dict(headers)
        name = self._random.choice(_HEADER_NAMES)
        left.pop(name, None)
        if self._random.random() < 0.2:
            return left
        values = [self._text(), self._trace(), self._random.choice(_HEADER_VALUES)]
        return left | {name: self._random.choice(values)}

    def _raw(self, _: ApexRequest, headers: dict[str, str]) -> dict[str, str]:
        noise = base64.b64encode(self._random.randbytes(self._random.randrange(30))).decode()
        raw = self._random.choice([noise, self._text(), *self._random.sample(_RAW_CONTEXTS, 2)])
        return headers | {self._random.choice(["ce-sffncontext", "ce-sfcontext"]): raw}

    def _context(self, good: ApexRequest, headers: dict[str, str]) -> dict[str, str]:
        function = decode_context(good.headers["ce-sffncontext"])
        salesforce = decode_context(good.headers["ce-sfcontext"])
        kind = self._random.choice(["function", "user", "salesforce"])
        if kind == "function":
            function[self._random.choice(_FUNCTION_FIELDS)] = self._value()
            return headers | {"ce-sffncontext": _encode(function)}
        if kind == "user":
            salesforce["userContext"][self._random.choice(_USER_FIELDS)] = self._value()
        else:
            salesforce[self._random.choice(["apiVersion", "userContext", "x"])] = self._value()
        return headers | {"ce-sfcontext": _encode(salesforce)}

    def _value(self, depth: int = 0) -> object:
        kind = self._random.randrange(5 if depth < 4 else 3)
        if kind == 0:
            return self._random.choice(_LEAVES)
        if kind == 1:
            return self._text()
        if kind == 2:
            return self._random.randrange(-(2**70), 2**70) >> self._random.randrange(71)
        inner = [self._value(depth + 1) for _ in range(self._random.randrange(5))]
        return inner if kind == 3 else {self._text()[:5]: value for value in inner}

    def _text(self) -> str:
        length = self._random.choice([0, 1, 2, 5, 30])
        ranges = self._random.choices(_CHARACTERS, k=self._random.choice([1, 3]))
        return "".join(self._random.choices("".join(ranges), k=length))

    def _trace(self) -> str:
        parts = [self._random.randbytes(size).hex() for size in (1, 16, 8, 1)]
        return "-".join(parts) + self._random.choice(["", "", "\n", "-", "0"])


def require_good_function_headers(invocation: Invocation) -> None:
    """Check what the function would be sent."""
    sent = function_headers(invocation, caller=CALLER, access_token=MINTED)
    fields = dict(sent)

    assert len(fields) == len(sent)
    assert fields.keys() <= PASSED_ON
    for name, value in sent:
        assert value.isascii(), name
        assert value.isprintable(), name
    asked = decode_context(fields["ce-sffncontext"])
    assert (asked.pop("requestId"), asked.pop("accessToken")) == (invocation.id, MINTED)
    assert asked == {k: v for k, v in invocation.function_context.items() if k in asked}
    told = decode_context(fields["ce-sfcontext"])
    user = told.pop("userContext")
    assert told == {k: v for k, v in invocation.salesforce_context.items() if k in told}
    assert (user["orgId"], user["userId"], user["username"], user["orgDomainUrl"]) == (
        CALLER.org_id,
        CALLER.user_id,
        CALLER.username,
        CALLER.org_url,
    )
    assert user["salesforceBaseUrl"] == CALLER.org_url
    assert ADMIN.token not in "".join(fields.values())


def test_any_request_is_refused_in_words_or_can_be_sent_on() -> None:
    """No request, however broken, raises anything else or produces a header that can't be sent."""
    nobody = Nobody(seed=1)
    accepted, refusals = 0, []
    for number in range(REQUESTS):
        headers = nobody.request()
        expected_type = (SYNC, ASYNC)[number % 2]
        try:
            invocation = parse_invocation(headers, expected_type=expected_type)
        except InvalidRequest as refusal:
            refusals.append(str(refusal))
            continue
        assert invocation.type == expected_type
        require_good_function_headers(invocation)
        accepted += 1

    assert accepted > 200
    assert len(refusals) > 2000
    assert len(set(refusals)) > 40
    assert max(map(len, refusals)) < 400


def test_any_text_in_any_header_is_refused_in_words() -> None:
    """The same for headers of which every value is arbitrary text."""
    seen = set()

    @settings(max_examples=examples(500), derandomize=True, database=None)
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

    @settings(max_examples=examples(200), derandomize=True, database=None)
    @given(
        st.dictionaries(
            st.text("abcXYZ019_-", max_size=5).map(
                "x{}".format
            ),  # forward.py says which names pass
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
        invocation = parse_invocation(headers, expected_type=SYNC)
        require_good_function_headers(invocation)
        sent = dict(function_headers(invocation, caller=CALLER, access_token=MINTED))
        assert invented.items() <= decode_context(sent["ce-sffncontext"]).items()
        assert decode_context(sent["ce-sfcontext"])["more"] == invented

    check()
