"""The golden requests in tests/data/wire, which every part is held against, and the proxy."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from invocation.function.headers import function_headers
from invocation.org.caller import Caller
from invocation.org.names import AccessToken, OrgUrl
from invocation.request import ASYNC, SYNC, parse_invocation
from localstack.apex import (
    ApexRequest,
    apex_request,
    decode_context,
)
from tests.support.reference_request import reference_sync_request

FOLDER = Path(__file__).parents[2] / "data" / "wire"
BUILT = {
    "apex_sync": apex_request(),
    "apex_async": apex_request(asynchronous=True, permission_sets=["MyPermissionSet", "ns__Other"]),
    "reference_sync": reference_sync_request(),
}
BY_APEX = ("force_app_async", "force_app_sync")
"""Written by ``python -m tests.contract.apex``: see tests/contract/apex."""
ALL = (*BUILT, *BY_APEX)
MINTED = AccessToken("00Dxx!minted")
CALLER = Caller(
    org_id="00Dxx0000009verEAA",
    user_id="005xx0000009verEAA",
    username="verified@example.com",
    org_url=OrgUrl("https://verified.my.salesforce.com"),
)


def golden(name: str) -> dict[str, Any]:
    """Return one golden request."""
    data = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert isinstance(data, dict)
    return data


def as_request(data: dict[str, Any]) -> ApexRequest:
    """Return a golden request as it goes over the wire."""
    return ApexRequest(
        path=data["path"], headers=data["headers"] | data["encoded"], body=data["body"].encode()
    )


def test_every_golden_file_is_tested() -> None:
    """A file that nobody reads proves nothing."""
    assert {path.stem for path in FOLDER.glob("*.json")} == set(ALL)


@pytest.mark.parametrize("name", BUILT)
def test_a_builder_builds_the_golden_request(name: str) -> None:
    """The builder of the tests sends byte for byte what is written down."""
    assert BUILT[name] == as_request(golden(name))


@pytest.mark.parametrize("name", ALL)
def test_a_golden_context_says_what_its_base64_says(name: str) -> None:
    """The readable context and the encoded one in a file are the same, without a space in it."""
    data = golden(name)
    for header, encoded in data["encoded"].items():
        text = base64.b64decode(encoded, validate=True).decode()

        assert json.loads(text) == data[header]
        assert text == json.dumps(data[header], separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("name", ALL)
def test_a_golden_request_reaches_the_function(name: str) -> None:
    """The function gets Apex's headers and contexts, and what the proxy verified or minted."""
    data = golden(name)
    request = as_request(data)
    invocation = parse_invocation(
        request.by_lower_name,
        expected_type={"/sync": SYNC, "/async": ASYNC}[request.path],
    )

    headers = dict(function_headers(invocation, caller=CALLER, access_token=MINTED))

    user = data["ce-sfcontext"]["userContext"]
    assert decode_context(headers.pop("ce-sffncontext")) == {
        **data["ce-sffncontext"],
        "requestId": data["headers"]["ce-id"],
        "accessToken": MINTED,
    }
    assert decode_context(headers.pop("ce-sfcontext")) == {
        **data["ce-sfcontext"],
        "userContext": {
            **user,
            "orgId": CALLER.org_id,
            "userId": CALLER.user_id,
            "username": CALLER.username,
            "salesforceBaseUrl": CALLER.org_url,
            "orgDomainUrl": CALLER.org_url,
        },
    }
    assert headers == {
        key.lower(): value for key, value in data["headers"].items() if key != "Authorization"
    }
