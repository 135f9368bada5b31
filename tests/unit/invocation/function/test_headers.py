import base64
from dataclasses import replace

import pytest

from invocation.function.headers import function_headers
from invocation.org.caller import Caller
from invocation.org.names import AccessToken, OrgUrl
from invocation.request import ASYNC, SYNC, parse_invocation
from localstack.apex import ADMIN, ApexRequest, apex_request, decode_context

MINTED = AccessToken("00Dxx0000006IYJ!minted")
ORG_URL = "https://mycompany.my.salesforce.com"
CALLER = Caller(
    org_id=ADMIN.org_id, user_id=ADMIN.user_id, username=ADMIN.username, org_url=OrgUrl(ORG_URL)
)
TRACEPARENT = f"00-{'0af7651916cd43dd' * 2}-b7ad6b7169203331-01"


def headers_for(request: ApexRequest) -> list[tuple[str, str]]:
    """Return what the function gets to see of the request."""
    invocation = parse_invocation(
        request.by_lower_name,
        expected_type=ASYNC if request.path == "/async" else SYNC,
    )
    return function_headers(invocation, caller=CALLER, access_token=MINTED)


def test_the_function_gets_what_apex_sent_and_a_token() -> None:
    """Every header, in one fixed order: Apex's own, then the contexts, written anew."""
    request = apex_request(asynchronous=True, permission_sets=["MySet"])
    sent = request.headers

    headers = headers_for(request)

    assert [name for name, _ in headers] == [
        *("content-type", "ce-specversion", "ce-id", "ce-datacontenttype", "ce-source", "ce-type"),
        *("x-request-id", "request-id", "ce-sfcontext", "ce-sffncontext"),
    ]
    by_name = dict(headers)
    context = decode_context(sent["ce-sfcontext"])
    context["userContext"] |= {"salesforceBaseUrl": ORG_URL}
    assert decode_context(by_name.pop("ce-sfcontext")) == context
    assert decode_context(by_name.pop("ce-sffncontext")) == {
        **decode_context(sent["ce-sffncontext"]),
        "requestId": sent["ce-id"],
        "accessToken": "00Dxx0000006IYJ!minted",
    }
    assert by_name == {name: request.by_lower_name[name] for name in by_name}


@pytest.mark.parametrize(
    "header",
    [
        *("authorization", "x-health-check", "cookie", "connection", "te", "trailer", "upgrade"),
        *("transfer-encoding", "content-length", "host", "expect", "keep-alive", "accept-encoding"),
        *(
            "proxy-authorization",
            "x-forwarded-for",
            "forwarded",
            "baggage",
            "ce-accesstoken",
            "via",
        ),
        *("x-org-id-18", "x-extra-info", "user-agent", "ce-sfaccess", "x-request-start"),
    ],
)
def test_no_other_header_passes(header: str) -> None:
    """Headers are built from checked values: what is not named in the contract stays here."""
    value = "identity" if header == "accept-encoding" else "ce-id"
    more = {} if header == "authorization" else {header: value}

    headers = headers_for(apex_request(headers=more))

    assert header not in dict(headers)
    assert ADMIN.token not in str(headers)


@pytest.mark.parametrize(
    "header", ["ce-time", "ce-subject", "ce-dataschema", "traceparent", "request-id"]
)
def test_an_optional_header_passes_unchanged(header: str) -> None:
    """The optional ones that the contract names reach the function when they are there."""
    value = TRACEPARENT if header == "traceparent" else "a value; of=it"

    assert dict(headers_for(apex_request(headers={header: value})))[header] == value
    assert header not in dict(headers_for(apex_request(headers={header: None})))
    assert header not in dict(headers_for(apex_request(headers={header: ""})))


@pytest.mark.parametrize(
    "value",
    ["", "00", TRACEPARENT.upper(), TRACEPARENT + "\n", f"{TRACEPARENT},{TRACEPARENT}", "x" * 55],
)
def test_a_malformed_trace_is_left_out(value: str) -> None:
    """A trace that can't be followed does not stop the call; its state goes with it."""
    headers = dict(headers_for(apex_request(headers={"traceparent": value, "tracestate": "a=1"})))

    assert not {"traceparent", "tracestate"} & headers.keys()


@pytest.mark.parametrize("state", ["a=1", "a=1,b=2", "a=1, b=2"])
def test_a_trace_state_passes_with_its_trace(state: str) -> None:
    """A trace's state may have been sent in several header lines."""
    headers = dict(
        headers_for(apex_request(headers={"traceparent": TRACEPARENT, "tracestate": state}))
    )

    assert (headers["traceparent"], headers["tracestate"]) == (TRACEPARENT, state)


@pytest.mark.parametrize("state", ["a=\u00e4", "a=1\nb: c", "a" * 513])
def test_a_malformed_trace_state_is_left_out(state: str) -> None:
    """The trace itself still passes."""
    headers = dict(
        headers_for(apex_request(headers={"traceparent": TRACEPARENT, "tracestate": state}))
    )

    assert headers["traceparent"] == TRACEPARENT
    assert "tracestate" not in headers


def test_a_callers_own_access_token_is_dropped() -> None:
    """Nobody can hand the function another token or another request id than ours."""
    request = apex_request(
        function_context={"accessToken": "of the caller", "requestId": "invented"}
    )

    context = decode_context(dict(headers_for(request))["ce-sffncontext"])

    assert context["accessToken"] == MINTED
    assert context["requestId"] == request.headers["ce-id"]


def test_the_urls_of_the_org_are_the_verified_ones() -> None:
    """A function sends its token to these: they are ours, not the caller's."""
    request = apex_request(
        salesforce_context={
            "userContext": {
                "salesforceBaseUrl": "https://evil.example",
                "orgDomainUrl": "https://evil.example",
            }
        }
    )

    user = decode_context(dict(headers_for(request))["ce-sfcontext"])["userContext"]

    assert (user["salesforceBaseUrl"], user["orgDomainUrl"]) == (ORG_URL, ORG_URL)


def test_the_caller_is_told_as_the_org_spells_him() -> None:
    """Only the verified identity goes on, not the spelling of it in the request."""
    request = apex_request(
        replace(ADMIN, org_id=ADMIN.org_id[:15], user_id=ADMIN.user_id[:15], username="ADMIN@x")
    )

    user = decode_context(dict(headers_for(request))["ce-sfcontext"])["userContext"]

    assert user["orgId"] == ADMIN.org_id
    assert user["userId"] == ADMIN.user_id
    assert user["username"] == ADMIN.username


@pytest.mark.parametrize("claimed", ["https://na1.salesforce.com", "https://a.b.salesforce.com", 7])
def test_the_base_url_is_the_verified_orgs(claimed: object) -> None:
    """Whatever the caller writes, also a host of Salesforce: the token is for their org alone."""
    request = apex_request(salesforce_context={"userContext": {"salesforceBaseUrl": claimed}})

    user = decode_context(dict(headers_for(request))["ce-sfcontext"])["userContext"]

    assert user["salesforceBaseUrl"] == ORG_URL


def test_on_behalf_of_is_the_caller_as_the_org_spells_them() -> None:
    """The one user it may name was verified; who names nobody gets nobody."""
    short = apex_request(
        salesforce_context={"userContext": {"onBehalfOfUserId": ADMIN.user_id[:15]}}
    )
    for request, expected in ((short, ADMIN.user_id), (apex_request(), None)):
        user = decode_context(dict(headers_for(request))["ce-sfcontext"])["userContext"]

        assert user["onBehalfOfUserId"] == expected


@pytest.mark.parametrize("twin", ["note", "x-note", "My_Note_2"])
def test_an_unknown_field_passes(twin: str) -> None:
    """What the contract does not know may mean something to a function: at each level it passes."""
    request = apex_request(
        function_context={twin: 1}, salesforce_context={twin: [2], "userContext": {twin: {"a": 3}}}
    )

    headers = dict(headers_for(request))

    salesforce = decode_context(headers["ce-sfcontext"])
    assert decode_context(headers["ce-sffncontext"])[twin] == 1
    assert (salesforce[twin], salesforce["userContext"][twin]) == ([2], {"a": 3})


def test_a_context_does_not_grow_on_its_way() -> None:
    """Node refuses more than 16 KiB of headers: a text in any script is not made longer by us."""
    request = apex_request(
        replace(ADMIN, salesforce_base_url=ORG_URL),
        salesforce_context={"note": "\u65e5\u672c\u8a9e" * 500},
    )
    sent = request.headers["ce-sfcontext"]

    received = dict(headers_for(request))["ce-sfcontext"]

    assert decode_context(received)["note"] == decode_context(sent)["note"]
    assert len(received) <= len(sent) + 4


def test_a_context_broken_into_lines_arrives_in_one() -> None:
    """The function's header is one line, whatever the encoder of the caller did."""
    encoded = apex_request().headers["ce-sfcontext"]
    lines = base64.encodebytes(base64.b64decode(encoded)).decode()

    headers = dict(headers_for(apex_request(headers={"ce-sfcontext": lines})))

    assert headers == dict(headers_for(apex_request()))
