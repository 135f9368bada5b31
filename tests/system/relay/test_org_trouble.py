import json

import pytest

from localstack.waiting import wait_until
from orgsim import Fault
from tests.system.relay.site import Site

# What the org does is the same for every store.
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True, scope="session")

REFUSAL = '[{"errorCode":"%s","message":"not now"}]'
LOCKED, LIMITED, EXPIRED = (
    REFUSAL % code
    for code in ("UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED", "INVALID_SESSION_ID")
)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "status", "status": 503, "times": 2}, id="503"),
        pytest.param({"kind": "status", "status": 500, "body": "oops"}, id="500-text"),
        pytest.param({"kind": "html"}, id="maintenance-page"),
        pytest.param({"kind": "html", "status": 200}, id="maintenance-page-with-200"),
        pytest.param({"kind": "html", "status": 404}, id="page-with-404"),
        pytest.param({"kind": "reset"}, id="reset"),
        pytest.param({"kind": "null"}, id="null"),
        pytest.param({"kind": "not_json"}, id="not-json"),
        pytest.param({"kind": "half_body"}, id="half-body"),
        pytest.param({"kind": "redirect"}, id="redirect"),
        pytest.param({"kind": "latency", "seconds": 0.3}, id="slow"),
        pytest.param({"kind": "status", "status": 400, "body": LOCKED}, id="locked-row"),
        pytest.param({"kind": "status", "status": 403, "body": LIMITED}, id="request-limit"),
        pytest.param({"kind": "status", "status": 401, "body": EXPIRED}, id="dead-session"),
    ],
)
def test_passing_trouble_is_waited_out(site: Site, fault: dict[str, object]) -> None:
    """Only a 204 means written: anything else that may pass is tried again, until it is there."""
    site.org.faults.add(Fault(endpoint="sobjects", **fault))  # type: ignore[arg-type]

    call = site.send()

    assert site.outcome(call)["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1


@pytest.mark.parametrize("kind", ["reset", "html", "half_body", "status", "not_json"])
def test_write_with_a_lost_answer_is_not_made_again(site: Site, kind: str) -> None:
    """The write took effect and only its answer was lost: the callback must not run twice."""
    site.org.faults.add(Fault(endpoint="sobjects", kind=kind, applied=True))

    call = site.send()

    assert site.outcome(call)["Status__c"] == "SUCCESS"


def test_late_answer_to_a_write(site: Site) -> None:
    """A write whose answer comes after ORG_TIMEOUT_S is looked up before it is made again."""
    site.restart_relay(ORG_TIMEOUT_S="0.5")
    site.org.faults.add(Fault(endpoint="sobjects", kind="latency", seconds=2, applied=True))

    call = site.send()

    assert site.outcome(call)["Status__c"] == "SUCCESS"


@pytest.mark.parametrize("body", [b"", b"  spaces \r\n", '"\u00e9\u2028"'.encode()])
def test_lost_answer_about_text_that_the_org_changes(site: Site, body: bytes) -> None:
    """An org stores "" as null and trims text: still the same outcome, not written again."""
    site.function.body = body
    site.org.faults.add(Fault(endpoint="sobjects", kind="latency", seconds=0.6, applied=True))
    site.restart_relay(ORG_TIMEOUT_S="0.4")

    call = site.send()
    wait_until(lambda: site.record(call).patches == 1, "the write")
    stored = body.decode().strip() or None
    site.org.records._records[call.record_id].fields["Response__c"] = stored  # type: ignore[index]

    site.wait_for_state(call, "delivered")
    assert site.record(call).patches == 1


def test_expired_session_is_replaced(site: Site) -> None:
    """A remembered token that the org has ended is minted anew."""
    first = site.send()
    site.outcome(first)
    site.org.expire_sessions()

    call = site.send()

    assert site.outcome(call)["Status__c"] == "SUCCESS"


def test_trouble_with_tokens_before_the_call(site: Site) -> None:
    """While no token can be had, the function is not called; later it is, once."""
    site.restart_relay(TOKEN_CACHE_TTL_S="0")
    call = site.send()
    site.outcome(call)
    site.relay.kill()
    call = site.send()
    site.org.faults.add(Fault(endpoint="token", kind="html", times=3))

    site.relay.start()

    assert site.outcome(call)["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1


def test_user_who_may_no_longer(site: Site) -> None:
    """Without a token for the user nothing runs and nothing can be written: a dead letter."""
    site.relay.kill()
    site.org.add_user("leaving@example.com")
    app = site.org.apps()[0]
    site.org._apps[app.consumer_key] = app.__class__(
        consumer_key=app.consumer_key,
        public_key=app.public_key,
        policy=app.policy,
        approved_users=app.approved_users | {"leaving@example.com"},
    )
    call = site.send(identity=site.identity("leaving@example.com"))
    site.org.add_user("leaving@example.com", active=False)

    site.relay.start()

    assert "mint" in site.wait_for_state(call, "dead", "delivered")["reason"]
    assert site.runs(call) == []


@pytest.mark.parametrize("deleted", ["before-the-call", "during-the-call"])
def test_deleted_record_is_a_dead_letter(site: Site, deleted: str) -> None:
    """What can never be written is given up at once, and kept for a person to see."""
    site.function.delay_s = 0.3 if deleted == "during-the-call" else 0
    site.relay.kill() if deleted == "before-the-call" else None
    call = site.send()
    if deleted == "during-the-call":
        site.wait_for_run(call)
    site.org.records.delete(call.record_id, namespace="", username="admin@example.com")
    if deleted == "before-the-call":
        site.relay.start()

    job = site.wait_for_state(call, "dead", limit_s=6)
    assert "ENTITY_IS_DELETED" in job["reason"]
    assert site.record(call).patches == 0
    assert len(site.runs(call)) == 1


def test_field_that_is_shorter_here(site: Site) -> None:
    """An org whose field is shorter gets a shorter text."""
    site.function.body = b"x" * 100_000
    refusal = [{"errorCode": "STRING_TOO_LONG", "message": "Response: data value too large"}]
    site.org.faults.add(
        Fault(endpoint="sobjects", kind="status", status=400, body=json.dumps(refusal))
    )

    fields = site.outcome(site.send())

    assert fields["Status__c"] == "SUCCESS"
    assert len(fields["Response__c"]) == 65_536


def test_record_of_a_package(site: Site) -> None:
    """The record of a managed package has the package's prefix in every name."""
    record = site.org.create_record(namespace="acme")
    call = site.send(record=record, salesforce_context={"userContext": {"namespace": "acme"}})

    site.wait_for_state(call, "delivered")
    assert site.record(call).fields["acme__Status__c"] == "SUCCESS"


def test_large_record_can_be_looked_up(site: Site) -> None:
    """Other long fields of the record do not hinder the look before a second write."""
    record = site.org.create_record(
        {"Request__c": "\u20ac" * 131_072, "Context__c": "\u20ac" * 131_072}
    )
    site.function.body = ("\u20ac" * 131_072).encode()
    site.org.faults.add(Fault(endpoint="sobjects", kind="reset", applied=True))

    call = site.send(record=record)

    assert site.outcome(call)["Status__c"] == "SUCCESS"
