"""The fields of the two contexts: what they may hold."""

import json

import pytest

from invocation.request import ASYNC, SYNC
from localstack.apex import (
    ASYNC_RECORD_ID,
    REMOVED,
    apex_request,
)
from tests.unit.invocation.parsing import parse, refusal_of


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("", ""),
        ("com.salesforce.function.invoke", "com.salesforce.function.invoke"),
        ("COM.SALESFORCE.FUNCTION.INVOKE.SYNC", "COM.SALESFORCE.FUNCTION.INVOKE.SYNC"),
        ("com.salesforce.function.invoke.sync ", "com.salesforce.function.invoke.sync "),
        (None, "null"),
        (7, "7"),
        (True, "true"),
        ([SYNC], json.dumps([SYNC])),
        ({"a": 1}, '{"a": 1}'),
        ("x" * 5000, "x" * 100),
    ],
)
def test_another_invocation_type_is_refused(given: object, shown: str) -> None:
    """Of the type that nobody knows, the first hundred characters are told."""
    told = refusal_of(apex_request(function_context={"type": given}))

    assert told == f"Invalid function invocation type {shown}"


@pytest.mark.parametrize(
    ("route", "context", "header"),
    [
        (SYNC, SYNC, ASYNC),
        (SYNC, ASYNC, SYNC),
        (SYNC, ASYNC, ASYNC),
        (ASYNC, SYNC, SYNC),
        (ASYNC, ASYNC, SYNC),
        (ASYNC, SYNC, ASYNC),
        (SYNC, SYNC, "com.salesforce.function.invoke"),
    ],
)
def test_route_header_and_context_agree_on_the_type(route: str, context: str, header: str) -> None:
    """A synchronous request on /async (and each other mixture) is refused."""
    request = apex_request(
        asynchronous=True, headers={"ce-type": header}, function_context={"type": context}
    )

    assert refusal_of(request, expected_type=route) == "Invalid request type"


@pytest.mark.parametrize("given", [REMOVED, None, "", 7, [ASYNC_RECORD_ID]])
def test_an_asynchronous_call_names_its_record(given: object) -> None:
    """Without the record's id there is nowhere to write the outcome."""
    request = apex_request(asynchronous=True, function_context={"functionInvocationId": given})

    assert (
        refusal_of(request)
        == "AsyncFunctionInvocationRequest__c ID not provided for async invocation"
    )


@pytest.mark.parametrize(
    "given", ["a00", "a00xx000000bz3tAA", "a00xx000000bz3t/..", "a00xx000000bz3tAAA\n", "../" * 6]
)
def test_a_record_id_is_spliced_into_a_path(given: str) -> None:
    """A record id of another shape never gets into a URL."""
    request = apex_request(asynchronous=True, function_context={"functionInvocationId": given})

    assert refusal_of(request) == "Invalid AsyncFunctionInvocationRequest__c ID"


@pytest.mark.parametrize("given", [REMOVED, None, []])
def test_no_permission_sets(given: object) -> None:
    """An absent, null or empty list means none."""
    invocation = parse(apex_request(function_context={"permissionSets": given}))

    assert invocation.permission_sets == ()


@pytest.mark.parametrize("given", ["", "MySet", "[ 'MyPermissionSet' ]", 0, False, 7, {"a": "b"}])
def test_permission_sets_are_a_list(given: object) -> None:
    """The string that the seed's example shows is refused as the reference refuses it."""
    request = apex_request(function_context={"permissionSets": given})

    assert refusal_of(request) == "Expected array of Permission Sets"


@pytest.mark.parametrize(
    "name", [None, 7, True, [], ["A"], {}, {"a": 1}, "", "My Set", "A\n", 'A"', "ns__", "\u00c4"]
)
def test_each_permission_set_is_a_name(name: object) -> None:
    """Names end up in URLs and requests: one that is no API name refuses the whole call."""
    request = apex_request(function_context={"permissionSets": ["Good", name]})

    assert refusal_of(request) == "Invalid Permission Set name"


def test_at_most_twenty_permission_sets() -> None:
    """Twenty are taken, twenty-one are refused before the org is asked."""
    names = [f"Set{number}" for number in range(21)]

    assert len(parse(apex_request(permission_sets=names[:20])).permission_sets) == 20
    assert refusal_of(apex_request(permission_sets=names)) == "Expected at most 20 Permission Sets"


@pytest.mark.parametrize("version", ["57", "57.1", "v57.0", "7.0", "1057.0", "57.0\n", "../57.0"])
def test_an_api_version_is_spliced_into_a_path(version: str) -> None:
    """An API version of another form never gets into a URL."""
    request = apex_request(salesforce_context={"apiVersion": version})

    assert refusal_of(request) == "Invalid API Version: expected the form 57.0"


@pytest.mark.parametrize("version", [None, "", 57.0, 57, ["57.0"], "\u0665\u0667.0"])
def test_an_api_version_is_a_text_of_ascii_digits(version: object) -> None:
    """A number, or digits of another script, is none."""
    told = refusal_of(apex_request(salesforce_context={"apiVersion": version}))

    assert told in ("API Version not provided", "Invalid API Version: expected the form 57.0")


@pytest.mark.parametrize("wrong", [REMOVED, None, "", 7, True, [], ["x"], {}, {"a": "b"}])
@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("orgId", "Organization ID not provided"),
        ("userId", "User ID not provided"),
        ("username", "Username not provided"),
        ("orgDomainUrl", "SalesforceBaseUrl not provided"),
    ],
)
def test_a_user_is_described_by_texts(field: str, message: str, wrong: object) -> None:
    """A claim that is missing or no text is told as missing."""
    request = apex_request(salesforce_context={"userContext": {field: wrong}})

    assert refusal_of(request) == message


@pytest.mark.parametrize("wrong", [REMOVED, None, "", 7, [], ["x"]])
def test_a_user_context_is_required(wrong: object) -> None:
    """A context without a user is not one of Salesforce."""
    told = refusal_of(apex_request(salesforce_context={"userContext": wrong}))

    assert told.startswith("Invalid ce-sfcontext format")


@pytest.mark.parametrize(
    ("field", "wrong", "message"),
    [
        ("orgId", "00D", "Invalid Organization ID"),
        ("orgId", "00Dxx0000006IYJEA2\n", "Invalid Organization ID"),
        ("userId", "me", "Invalid User ID"),
        ("onBehalfOfUserId", "me", "Invalid onBehalfOfUserId"),
        ("onBehalfOfUserId", 7, "Invalid onBehalfOfUserId"),
        ("onBehalfOfUserId", [], "Invalid onBehalfOfUserId"),
        ("namespace", "1ns", "Invalid namespace"),
        ("namespace", "ns/", "Invalid namespace"),
        ("namespace", "n" * 16, "Invalid namespace"),
        ("namespace", "ns\n", "Invalid namespace"),
        ("namespace", 7, "Invalid namespace"),
        ("namespace", [], "Invalid namespace"),
    ],
)
def test_ids_and_namespace_have_a_shape(field: str, wrong: object, message: str) -> None:
    """What is spliced into URLs and JSON keys later is checked here."""
    request = apex_request(salesforce_context={"userContext": {field: wrong}})

    assert refusal_of(request) == message


@pytest.mark.parametrize(
    ("given", "namespace"), [(REMOVED, ""), (None, ""), ("", ""), ("n" * 15, "n" * 15)]
)
def test_a_namespace_may_be_absent(given: object, namespace: str) -> None:
    """Orgs without a namespace give null, nothing, or an empty text."""
    invocation = parse(apex_request(salesforce_context={"userContext": {"namespace": given}}))

    assert invocation.claims.namespace == namespace
