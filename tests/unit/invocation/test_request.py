"""The headers, their order, the encoding of the contexts. Their fields: test_wire_contexts."""

import base64
from dataclasses import replace

import pytest

from invocation.org.names import PermissionSet
from invocation.request import SYNC, Claims, Invocation
from invocation.request_head import LONGEST_CONTEXT
from localstack.apex import (
    ADMIN,
    ASYNC_RECORD_ID,
    REMOVED,
    apex_request,
    decode_context,
)
from tests.support.reference_request import reference_sync_request
from tests.unit.invocation.parsing import parse, refusal_of


def test_what_apex_sends_is_read() -> None:
    """Every field of an asynchronous request comes out; the rest is kept as it came."""
    request = apex_request(asynchronous=True, permission_sets=["MyPermissionSet", "ns__Other"])
    headers = request.headers

    invocation = parse(request)

    passed_on = dict(invocation.passed_on)
    assert replace(invocation, passed_on=()) == Invocation(
        id=headers["ce-id"],
        request_id=headers["X-Request-Id"],
        type="com.salesforce.function.invoke.async",
        source="urn:event:from:salesforce/xx/00Dxx0000006IYJEA2/apex",
        api_version="57.0",
        function_name="MyProject.MyFunction",
        function_invocation_id=ASYNC_RECORD_ID,
        permission_sets=(
            PermissionSet(name="MyPermissionSet", namespace=None),
            PermissionSet(name="Other", namespace="ns"),
        ),
        claims=Claims(
            org_id=ADMIN.org_id,
            user_id=ADMIN.user_id,
            username=ADMIN.username,
            org_domain_url=ADMIN.org_domain_url,
            on_behalf_of_user_id=None,
            namespace="",
        ),
        caller_token=invocation.caller_token,
        function_context=decode_context(headers["ce-sffncontext"]),
        salesforce_context=decode_context(headers["ce-sfcontext"]),
        passed_on=(),
    )
    assert invocation.caller_token == ADMIN.token
    assert passed_on == {
        name: headers[key]
        for key, name in {
            "Content-Type": "content-type",
            "X-Request-Id": "x-request-id",
            **{name: name for name in headers if name.startswith("ce-") and "context" not in name},
            "request-id": "request-id",
        }.items()
    }


def test_the_reference_script_is_understood() -> None:
    """The curl lines that people have from the reference work unchanged."""
    request = reference_sync_request()

    invocation = parse(request)

    assert invocation.id == request.headers["ce-id"]
    assert invocation.permission_sets == (PermissionSet(name="Functions", namespace=None),)
    assert invocation.function_invocation_id is None
    assert invocation.claims == Claims(
        org_id="00Dxx0000006JX6EAM",
        user_id="005xx000001XADRAA4",
        username="admin@sf-fx-dh.com",
        org_domain_url="https://sf-fx-dh.my.salesforce.com",
        on_behalf_of_user_id=None,
        namespace="",
    )


def test_secrets_are_not_shown() -> None:
    """An invocation's text, which ends up in tracebacks, holds no token, context or payload."""
    shown = repr(parse(apex_request(function_context={"accessToken": "s3cret"})))

    assert ADMIN.token not in shown
    assert "s3cret" not in shown
    assert "<p>Hi</p>" not in shown


IN_ORDER = [
    "x-request-id not found",
    "Authorization not found",
    "ce-specversion header not found",
    "ce-id header not found",
    "ce-datacontenttype header not found",
    "ce-source header not found",
    "ce-type header not found",
    "Function context header ce-sffncontext not found",
    "Invalid function invocation type undefined",
    "AsyncFunctionInvocationRequest__c ID not provided for async invocation",
    "Expected array of Permission Sets",
    "Salesforce context header ce-sfcontext not found",
    "API Version not provided",
    "Organization ID not provided",
    "Username not provided",
    "SalesforceBaseUrl not provided",
    "Invalid request type",
]


def test_the_first_thing_that_is_wrong_is_told() -> None:
    """Requirements taken away from the last to the first: each is told before all later ones."""
    user: dict[str, object] = {}
    salesforce: dict[str, object] = {"userContext": user}
    function: dict[str, object] = {}
    headers: dict[str, str | None] = {}

    def told() -> str:
        return refusal_of(
            apex_request(
                asynchronous=True,
                headers=headers,
                function_context=function,
                salesforce_context=salesforce,
            )
        )

    seen = []
    headers["ce-type"] = SYNC
    seen.append(told())
    for name in ("orgDomainUrl", "username", "orgId"):
        user[name] = REMOVED
        seen.append(told())
    salesforce["apiVersion"] = REMOVED
    seen.append(told())
    headers["ce-sfcontext"] = None
    seen.append(told())
    function["permissionSets"] = "[ 'MyPermissionSet' ]"
    seen.append(told())
    function["functionInvocationId"] = REMOVED
    seen.append(told())
    function["type"] = REMOVED
    seen.append(told())
    for name in (
        "ce-sffncontext",
        *("ce-type", "ce-source", "ce-datacontenttype", "ce-id", "ce-specversion"),
        "authorization",
        "x-request-id",
    ):
        headers[name] = None
        seen.append(told())

    assert seen[::-1] == IN_ORDER


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("x-request-id", "x-request-id not found"),
        ("authorization", "Authorization not found"),
        ("ce-specversion", "ce-specversion header not found"),
        ("ce-id", "ce-id header not found"),
        ("ce-datacontenttype", "ce-datacontenttype header not found"),
        ("ce-source", "ce-source header not found"),
        ("ce-type", "ce-type header not found"),
        ("ce-sffncontext", "Function context header ce-sffncontext not found"),
        ("ce-sfcontext", "Salesforce context header ce-sfcontext not found"),
    ],
)
def test_an_empty_header_is_a_missing_one(header: str, message: str) -> None:
    """Whether a required header is absent or empty, the text is the same."""
    assert refusal_of(apex_request(headers={header: None})) == message
    assert refusal_of(apex_request(headers={header: ""})) == message


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        "bearer abc",
        "Basic dXNlcjpwYXNz",
        "abc",
        "Bearer a b",
        "Bearer  abc",
        "Bearer abc, Bearer def",
        "Bearer abc\x00",
        "Bearer abc\n",
        "Bearer \u00e4bc",
        "Bearer " + "a" * 8193,
        'Bearer "abc"',
    ],
)
def test_authorization_is_one_bearer_token(value: str) -> None:
    """Anything but one bearer token is refused, without being quoted."""
    assert refusal_of(apex_request(headers={"authorization": value})) == "Invalid Authorization"


@pytest.mark.parametrize(
    "header",
    [
        *("x-request-id", "request-id", "content-type", "ce-specversion", "ce-id"),
        *("ce-datacontenttype", "ce-source", "ce-type", "ce-time", "ce-subject", "ce-dataschema"),
    ],
)
@pytest.mark.parametrize(
    "value", ["a,b", "a, a", "a\tb", "a\nb", "a\x00", "\u00e4", "\x7f", "a" * 1025]
)
def test_a_header_is_one_value_of_printable_ascii(header: str, value: str) -> None:
    """A header sent twice (joined by a comma) or unprintable could be read in two ways."""
    assert (
        refusal_of(apex_request(headers={header: value}))
        == f"Invalid {header}: expected one value of printable ASCII, sent once"
    )


@pytest.mark.parametrize("header", ["ce-sffncontext", "ce-sfcontext"])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param("!", id="no-base64"),
        pytest.param("e30", id="no-padding"),
        pytest.param("e30==", id="too-much-padding"),
        pytest.param("e3!0=", id="garbage-inside"),
        pytest.param("e30=e30=", id="two-texts"),
        pytest.param("e30=, e30=", id="sent-twice"),
        pytest.param("eyJhIjoi_-8ifQ==", id="url-alphabet"),
        pytest.param("\u00e4", id="no-ascii"),
        pytest.param("====", id="padding-only"),
        pytest.param("bnVsbA==", id="null"),
        pytest.param("W10=", id="list"),
        pytest.param("/w==", id="no-utf-8"),
        pytest.param(base64.b64encode(b'{"a":1,"a":2}').decode(), id="duplicate-key"),
        pytest.param(base64.b64encode(b'{"a":NaN}').decode(), id="nan"),
        pytest.param(base64.b64encode(b'{"a":' + b"[" * 24_000 + b"]" * 0).decode(), id="too-deep"),
        pytest.param(" \r\n", id="white-space"),
    ],
)
def test_a_context_is_base64_of_an_object(header: str, value: str) -> None:
    """Another context is refused in the reference's words, with the reason after them."""
    told = refusal_of(apex_request(headers={header: value}))

    assert told.startswith(f"Invalid {header} format - expected base64 encoded header: ")


def test_a_context_may_be_broken_into_lines() -> None:
    """MIME encoders, Java's among them, put a line break after 76 characters."""
    request = apex_request()
    lines = base64.encodebytes(base64.b64decode(request.headers["ce-sffncontext"])).decode()

    assert parse(apex_request(headers={"ce-sffncontext": lines})) == parse(request)
    assert parse(apex_request(headers={"ce-sffncontext": lines.replace("\n", "\r\n\t")})) == parse(
        request
    )


@pytest.mark.parametrize("context", ["ce-sffncontext", "ce-sfcontext"])
def test_the_longest_context(context: str) -> None:
    """A context of 32 KiB is read, one a character longer is refused."""
    encoded = apex_request().headers[context]
    space = b" " * ((LONGEST_CONTEXT - len(encoded)) // 4 * 3)
    longest = base64.b64encode(base64.b64decode(encoded) + space).decode()

    assert LONGEST_CONTEXT - 4 < len(longest) <= LONGEST_CONTEXT
    parse(apex_request(headers={context: longest}))
    told = refusal_of(apex_request(headers={context: longest + " " * 4}))
    assert told.endswith(f"longer than {LONGEST_CONTEXT} characters")


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "deflate"])
def test_a_compressed_payload_is_refused(encoding: str) -> None:
    """The function would get bytes that nobody told it how to read."""
    told = refusal_of(apex_request(headers={"content-encoding": encoding}))

    assert told == "content-encoding is not supported: send the payload as it is"


@pytest.mark.parametrize("encoding", ["", "identity", "Identity"])
def test_a_plain_payload_may_say_so(encoding: str) -> None:
    """The encoding that changes nothing is fine."""
    request = apex_request(headers={"content-encoding": encoding})

    assert parse(request).id == request.headers["ce-id"]
