import base64
import dataclasses
import json
import threading
from typing import Any

import pytest

from localstack.apex import decode_context
from tests.support.fake_function import Received
from tests.system.relay.site import HELD_S, Site, told


def test_success_is_written_once(site: Site) -> None:
    """A 201 says so in X-Extra-Info; then the record turns from PENDING to SUCCESS, once."""
    site.function.body = '{"greeting":"Grüße"}'.encode()
    site.function.delay_s = HELD_S

    call = site.send(permission_sets=("PermissionSetB", "PermissionSetA"))

    assert call.answer.data == b""
    assert told(call.answer.headers["X-Extra-Info"])["statusCode"] == 201
    site.wait_for_run(call)
    assert site.record(call).fields["Status__c"] == "PENDING"
    site.release_function()
    fields = site.outcome(call)
    assert (fields["Status__c"], fields["StatusCode__c"]) == ("SUCCESS", 200)
    assert fields["Response__c"] == '{"greeting":"Grüße"}'
    assert told(fields["ExtraInfo__c"])["requestId"] == call.id
    assert len(site.runs(call)) == 1


def test_function_gets_what_a_synchronous_call_gives(site: Site) -> None:
    """The same headers as in a synchronous call: ce-id, contexts, trace, the user's token."""
    call = site.send(identity=site.identity("joe@example.com"), permission_sets=("PermissionSetA",))

    (received,) = site.wait_for_run(call)
    context = decode_context(received.header("ce-sffncontext") or "")
    assert received.header("ce-type") == "com.salesforce.function.invoke.async"
    assert received.header("authorization") is None
    assert received.header("x-attempt") is None
    assert context["requestId"] == call.id
    assert context["functionInvocationId"] == call.record_id
    token = context["accessToken"]
    found = site.org.session_of(token)
    assert found is not None
    assert found[1].username == "joe@example.com"
    assert site.org.activated(token) == {"PermissionSetA"}
    assert token != call.token
    assert decode_context(received.header("ce-sfcontext") or "")["userContext"]["orgId"]
    site.outcome(call)
    site.call_sync()
    assert _names(site.function.received[-1]) == _names(received)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"7", id="one-byte"),
        pytest.param(b'{"a":"\\u00e9\\/\\ud83d\\ude00", "b" : 1.0e2}\r\n\r\n', id="escapes"),
        pytest.param(b"\x00\xff\n\nno json", id="not-json"),
        pytest.param(bytes(range(256)) * 48 * 1024, id="12-MiB"),
    ],
)
def test_payload_arrives_byte_for_byte(site: Site, body: bytes) -> None:
    """Storing a payload changes nothing of it."""
    call = site.send(body)

    (received,) = site.wait_for_run(call)
    assert received.body == body
    site.outcome(call)


def test_same_request_is_one_job(site: Site) -> None:
    """Apex repeats what it got no answer to; the function runs once, the record is written once."""
    site.function.delay_s = HELD_S
    call = site.send()
    answers: list[int] = []
    senders = [
        threading.Thread(target=lambda: answers.append(site.send_again(call).status))
        for _ in range(6)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    site.release_function()

    site.outcome(call)
    assert answers == [201] * 6
    assert site.send_again(call).status == 201
    later = site.send()
    site.outcome(later)
    assert len(site.runs(call)) == 1
    assert site.record(call).patches == 1


def test_same_request_at_the_same_instant_is_one_job(site: Site) -> None:
    """Two arrivals that neither knows of the other are one job too."""
    seed = site.send()
    site.outcome(seed)
    record = site.org.create_record()
    context = decode_context(seed.request.headers["ce-sffncontext"])
    context["functionInvocationId"] = record.id
    call = dataclasses.replace(seed, record_id=record.id, id=f"twice-{record.id}")
    headers = seed.request.headers | {"ce-id": call.id}
    headers["ce-sffncontext"] = base64.b64encode(json.dumps(context).encode()).decode()
    barrier = threading.Barrier(8)
    answers: list[int] = []

    def send() -> None:
        barrier.wait()
        answers.append(site.proxy.post("/async", headers, b"{}").status)

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert answers == [201] * 8
    site.outcome(call)
    assert len(site.runs(call)) == 1


def test_pending_written_after_the_201_is_overwritten(site: Site) -> None:
    """The callers' Apex updates the record to PENDING after the 201; the outcome comes later."""
    site.restart_relay(ASYNC_DELIVERY_DELAY_S="1")

    call = site.send()
    site.wait_for_run(call)
    site.org.records.update(
        call.record_id, {"Status__c": "PENDING"}, namespace="", username="admin@example.com"
    )

    site.wait_for_state(call, "delivered")
    written = [change.fields["Status__c"] for change in site.record(call).history]
    assert written == ["PENDING", "PENDING", "SUCCESS"]


def test_many_jobs_at_once(site: Site) -> None:
    """More jobs than there are places for them all end, each once."""
    site.function.delay_s = 0.02
    identity = site.identity()

    calls = [site.send(identity=identity) for _ in range(60)]

    outcomes: list[Any] = [site.outcome(call, limit_s=30)["Status__c"] for call in calls]
    assert outcomes == ["SUCCESS"] * 60
    assert [len(site.runs(call)) for call in calls] == [1] * 60


def _names(received: Received) -> set[str]:
    return {name for name, _ in received.headers}
