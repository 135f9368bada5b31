"""An accepted invocation as bytes: everything but tokens goes in, and comes out the same."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invocation.function.headers import function_headers
from invocation.jobs.job import Job
from invocation.org.caller import Caller
from invocation.org.names import AccessToken, OrgUrl
from localstack.apex import ADMIN, ASYNC_RECORD_ID, apex_request, decode_context
from tests.unit.examples import examples
from tests.unit.invocation.parsing import parse

CALLER = Caller(
    org_id=ADMIN.org_id,
    user_id=ADMIN.user_id,
    username=ADMIN.username,
    org_url=OrgUrl(ADMIN.org_domain_url),
)
NOW_S = 1_700_000_000.125


def job_of(*, body: bytes = b"{}", caller: Caller = CALLER, **request: Any) -> Job:  # noqa: ANN401 - see `apex_request`
    """Return the job of a request."""
    invocation = parse(apex_request(asynchronous=True, **request))
    return Job.of(invocation, caller, body=body, accepted_at_s=NOW_S)


JOB = job_of()


def test_a_job_is_what_was_asked_for_by_whom() -> None:
    """Ids, names and headers from the request; the caller and his org as they were verified."""
    request = apex_request(asynchronous=True, permission_sets=["MySet", "ns__Other"])
    invocation = parse(request)

    job = Job.of(invocation, CALLER, body=b"payload", accepted_at_s=NOW_S)

    assert job == Job(
        job_id=f"{ADMIN.org_id}-{ADMIN.user_id}-{ASYNC_RECORD_ID}-"
        + hashlib.sha256(request.headers["ce-id"].encode()).hexdigest()[:12],
        id=request.headers["ce-id"],
        source=request.headers["ce-source"],
        function_name="MyProject.MyFunction",
        record_id=ASYNC_RECORD_ID,
        namespace="",
        api_version="57.0",
        caller=CALLER,
        permission_sets=("MySet", "ns__Other"),
        accepted_at_s=NOW_S,
        passed_on=invocation.passed_on,
        function_context=decode_context(request.headers["ce-sffncontext"]),
        salesforce_context=decode_context(request.headers["ce-sfcontext"]),
        body=b"payload",
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"\n", b"\n\n\n", b'{"a":1}\n{"b":2}\n', bytes(range(256)) * 3, b"\r\n\x00\n\xff"],
    ids=["empty", "newline", "newlines", "lines", "every-byte", "controls"],
)
def test_any_payload_survives_being_stored(body: bytes) -> None:
    """The payload is opaque: it comes back byte for byte, with everything else."""
    job = job_of(body=body, permission_sets=["A", "ns__B"])

    assert Job.from_bytes(job.to_bytes()) == job


@given(st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
@settings(max_examples=examples(100))
def test_no_payload_and_no_name_breaks_the_form(body: bytes, name: str) -> None:
    """Whatever bytes and names there are: line breaks in them end nothing."""
    job = replace(JOB, body=body, function_name=name, function_context={"functionName": name})

    assert Job.from_bytes(job.to_bytes()) == job


def test_the_largest_payload_is_quick() -> None:
    """12 MB are stored as they are, not in base64 or JSON."""
    body = bytes(range(256)) * (12 * 4096)
    start = time.monotonic()

    stored = job_of(body=body).to_bytes()
    restored = Job.from_bytes(stored)

    assert restored.body == body
    assert len(stored) < len(body) + 4000
    assert time.monotonic() - start < 2


def test_no_token_is_stored() -> None:
    """Neither the caller's own nor one that a context brings along."""
    job = job_of(
        function_context={"accessToken": "secret-1", "proxyClientToken": "secret-2", "kept": 1}
    )

    stored = job.to_bytes()
    assert ADMIN.token.encode() not in stored
    assert b"uthorization" not in stored
    assert b"secret" not in stored
    assert b"accessToken" not in stored
    assert b"proxyClientToken" not in stored
    assert job.function_context["kept"] == 1


def test_a_job_shows_no_payload() -> None:
    """A repr may end up in a log."""
    job = job_of(body=b"a patient's record", function_context={"x": "context-marker"})

    assert "patient" not in repr(job)
    assert "context-marker" not in repr(job)


def test_the_same_request_is_the_same_job() -> None:
    """Apex repeats a request; how it spells the record's id makes no difference."""
    ids = {
        job_of().job_id,
        job_of(function_context={"functionInvocationId": ASYNC_RECORD_ID[:15]}).job_id,
        job_of(body=b"other").job_id,
    }

    assert len(ids) == 1


def test_another_user_record_or_id_is_another_job() -> None:
    """Nobody can take a job's place from elsewhere; a record that is sent again has a new ce-id."""
    ids = {
        job_of().job_id,
        job_of(caller=replace(CALLER, user_id="005xx000001X8UzAAL")).job_id,
        job_of(caller=replace(CALLER, org_id="00Dxx0000006IYKEA2")).job_id,
        job_of(function_context={"functionInvocationId": "a00xx000000bz3uAAA"}).job_id,
        job_of(headers={"ce-id": "another"}).job_id,
    }

    assert len(ids) == 5


def test_the_function_gets_the_same_from_a_stored_job() -> None:
    """Its headers are those of a synchronous call with the same contexts."""
    invocation = parse(apex_request(asynchronous=True, permission_sets=["MySet"]))
    job = Job.from_bytes(Job.of(invocation, CALLER, body=b"", accepted_at_s=NOW_S).to_bytes())
    token = AccessToken("minted")

    assert function_headers(job, caller=job.caller, access_token=token) == function_headers(
        invocation, caller=CALLER, access_token=token
    )


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a stored job whose head was changed."""
    head, _, body = JOB.to_bytes().partition(b"\n")
    fields = json.loads(head)
    change(fields)
    return json.dumps(fields).encode() + b"\n" + body


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"7\n",
        b"no json\n",
        b"\xff\xfe\n",
        edited(lambda fields: fields.update(extra=1)),
        edited(lambda fields: fields.pop("record_id")),
        edited(lambda fields: fields.pop("permission_sets")),
        edited(lambda fields: fields.update(caller=None)),
        edited(lambda fields: fields["caller"].pop("org_url")),
        edited(lambda fields: fields["caller"].update(extra=1)),
        edited(lambda fields: fields.update(passed_on=[["one"]])),
        edited(lambda fields: fields.update(passed_on=7)),
    ],
    ids=range(16),
)
def test_another_version_is_told(stored: bytes) -> None:
    """A relay of another release gives the job up with a reason, it doesn't run half of it."""
    with pytest.raises(ValueError, match=r"."):
        Job.from_bytes(stored)
