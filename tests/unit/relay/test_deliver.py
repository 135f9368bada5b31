"""From a job's outcome to its record: written once, whatever the org says."""

import time
from typing import Any

import pytest

from invocation.errors import (
    ActivationRefused,
    FieldTooLong,
    OrgUnavailable,
    RecordRefused,
    SessionExpired,
    TokenRefused,
)
from relay.heartbeat import DEAD_AFTER_S
from relay.outcome import Outcome, record_path
from tests.unit.relay.outside import Scene, ScriptedOrg, parked, require_pauses, scene
from tests.unit.relay.store import OUTCOME, Store, a_job

DAY_S = 86_400
FIELDS = OUTCOME.record_fields("")


def state_of(store: Store, job_id: str) -> str:
    """Return how far a job has come."""
    return str(store.row(job_id)["state"])


def texts(at: Scene) -> list[int]:
    """Return how long the responses were that the org was told."""
    return [len(fields["Response__c"]) for _, _, fields in at.org.written]


def answered(store: Store, text: str = '"done"') -> str:
    """Store a job with such an answer; return its id."""
    job_id = store.put("accepted")
    store.ledger.answered(store.job(job_id), Outcome(status=200, extra_info="x", text=text))
    return job_id


def test_the_record_is_written_once(store: Store) -> None:
    """One call with a token of the caller; then the job is delivered and its payload gone."""
    job_id = store.put("answered")
    at = scene(store)

    assert at.runner.deliver(job_id) == "delivered"

    assert at.org.written == [("token-1", record_path(a_job()), FIELDS)]
    assert at.org.read == []
    row = store.row(job_id)
    assert (row["state"], row["deliveries"], row["payload"]) == ("delivered", 1, None)


def test_a_namespaced_record_is_written_under_its_names(store: Store) -> None:
    """Path and fields have the framework's namespace."""
    at = scene(store)

    at.runner.deliver(store.put("answered", namespace="acme"))

    ((_, path, fields),) = at.org.written
    assert path.endswith("/acme__AsyncFunctionInvocationRequest__c/a00xx000000bz00AAA")
    assert fields == OUTCOME.record_fields("acme")


@pytest.mark.parametrize("state", ["accepted", "invoking", "delivered", "dead"])
def test_only_an_outcome_is_written(store: Store, state: str) -> None:
    """A job without one, or at its end, is left as it is."""
    job_id = store.put(state)
    before = store.row(job_id)
    at = scene(store)

    assert at.runner.deliver(job_id) == state

    assert at.org.written == []
    assert store.row(job_id) == before


def test_a_write_waits_for_the_callers_own(store: Store) -> None:
    """Apex writes PENDING after the 201: the outcome comes no earlier than the delay says."""
    at = scene(store, async_delivery_delay_s=30)

    at.runner.deliver(store.put("answered", 1, accepted_at_s=time.time()))
    at.runner.deliver(store.put("answered", 2, accepted_at_s=time.time() - 31))

    (pause_s,) = at.stopping.pauses
    assert 25 < pause_s <= 30


def test_a_record_that_holds_it_already_is_not_written_again(store: Store) -> None:
    """Each write starts the caller's callback: after a crash the record is looked at first."""
    job_id = store.put("delivering")
    at = scene(store, org=ScriptedOrg(record=dict(FIELDS)))

    assert at.runner.deliver(job_id) == "delivered"

    assert at.org.written == []
    ((token, path),) = at.org.read
    assert token == "token-1"
    assert path == f"{record_path(a_job())}?fields={','.join(FIELDS)}"


@pytest.mark.parametrize("name", FIELDS)
def test_a_record_that_holds_something_else_is_written(store: Store, name: str) -> None:
    """All fields must be ours."""
    job_id = store.put("delivering")
    at = scene(store, org=ScriptedOrg(record=FIELDS | {name: "PENDING"}))

    assert at.runner.deliver(job_id) == "delivered"
    assert len(at.org.written) == 1


def test_a_number_is_the_same_with_a_fraction(store: Store) -> None:
    """An org's number fields come back as 200.0."""
    at = scene(store, org=ScriptedOrg(record=FIELDS | {"StatusCode__c": 200.0, "Id": "a00"}))

    at.runner.deliver(store.put("delivering"))

    assert at.org.written == []


@pytest.mark.parametrize("text", ['"done"', "", " \n{}\n "], ids=["text", "empty", "white-space"])
def test_a_write_whose_answer_was_lost_is_not_repeated(store: Store, text: str) -> None:
    """The org took it and the connection broke: the next try finds it there.

    An org keeps an empty text as null, and others without the white space around them.
    """
    job_id = answered(store, text)
    org = ScriptedOrg(writes=[OrgUnavailable("reset"), None], loses=True)
    at = scene(store, org=org)

    assert at.runner.deliver(job_id) == "delivered"
    assert len(at.org.written) == 1


def test_an_org_that_is_away_is_waited_for(store: Store) -> None:
    """The same is written when it is back."""
    away = OrgUnavailable("away")
    job_id = store.put("answered")
    org = ScriptedOrg(mints=[away, None], writes=[away, away, None])
    at = scene(store, org=org)

    assert at.runner.deliver(job_id) == "delivered"

    assert [fields for _, _, fields in at.org.written] == [FIELDS] * 3
    assert len(at.stopping.pauses) == 3
    assert at.stopping.pauses[2] > at.stopping.pauses[0]
    assert store.row(job_id)["deliveries"] == 3


def test_pauses_for_an_org_grow_to_a_minute(store: Store) -> None:
    """An outage may be long, and each look costs the org a call."""
    away: list[Exception | None] = [OrgUnavailable("away")] * 10
    at = scene(store, org=ScriptedOrg(mints=[*away, None]))

    assert at.runner.deliver(store.put("answered")) == "delivered"

    require_pauses(at.stopping.pauses, [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60])


def test_waiting_ends_as_a_dead_letter(store: Store) -> None:
    """After ASYNC_DELIVERY_HOURS a person has to look; the outcome is kept."""
    job_id = store.put("answered", accepted_at_s=time.time() - DAY_S - 1)
    away = OrgUnavailable("away", why="acme.my.salesforce.com: [Errno 111] Connection refused")
    at = scene(store, org=ScriptedOrg(writes=[away]), async_delivery_hours=24)

    assert at.runner.deliver(job_id) == "dead"

    assert store.row(job_id)["reason"] == (
        "not delivered in time: away (acme.my.salesforce.com: [Errno 111] Connection refused)"
    )
    assert len(at.org.written) == 1
    entry = store.ledger.load(job_id)
    assert entry is not None
    assert entry.outcome == OUTCOME


@pytest.mark.parametrize(
    "org",
    [
        ScriptedOrg(writes=[RecordRefused("why")]),
        ScriptedOrg(mints=[TokenRefused("why")]),
        ScriptedOrg(mints=[ActivationRefused("why")]),
    ],
    ids=["record", "token", "activation"],
)
def test_what_will_never_be_taken_is_given_up(store: Store, org: ScriptedOrg) -> None:
    """The record is gone or the user lost his rights: at once, with the org's reason."""
    job_id = store.put("answered")
    at = scene(store, org=org)

    assert at.runner.deliver(job_id) == "dead"

    assert store.row(job_id)["reason"] == "why"
    assert at.stopping.pauses == []


def test_an_outcome_is_delivered_without_a_permission_set_that_was_taken_away(store: Store) -> None:
    """Unassigned after the 201: the record may still be the user's to write, and says so."""
    job_id = store.put("answered")
    at = scene(store, org=ScriptedOrg(mints=[ActivationRefused("why"), None]))

    assert at.runner.deliver(job_id) == "delivered"

    assert len(at.org.written) == 1


def test_a_field_that_is_too_short_gets_half(store: Store) -> None:
    """Older frameworks have shorter fields: halved until it fits."""
    job_id = answered(store, "x" * 200_000)
    long = FieldTooLong("Response: data value too large")
    at = scene(store, org=ScriptedOrg(writes=[long, long, None]))

    assert at.runner.deliver(job_id) == "delivered"

    assert texts(at) == [131_072, 65_536, 32_768]
    assert at.stopping.pauses == []


def test_a_field_that_is_never_long_enough_ends_it(store: Store) -> None:
    """Another field is too short, or this one is absurd: a person has to look."""
    job_id = answered(store, "x" * 200_000)
    at = scene(store, org=ScriptedOrg(writes=[FieldTooLong("Status: data value too large")]))

    assert at.runner.deliver(job_id) == "dead"

    assert texts(at) == [131_072, 65_536, 32_768, 16_384, 8192, 4096, 2048, 1024]
    assert store.row(job_id)["reason"] == "Status: data value too large"


def test_an_expired_session_is_minted_anew_once(store: Store) -> None:
    """The remembered token died: a new one writes, without a pause."""
    at = scene(store, org=ScriptedOrg(writes=[SessionExpired("gone"), None]))

    assert at.runner.deliver(store.put("answered")) == "delivered"

    assert [token for token, _, _ in at.org.written] == ["token-1", "token-2"]
    assert at.stopping.pauses == []


def test_sessions_that_never_live_are_waited_for(store: Store) -> None:
    """Twice in a row is a trouble of the org: pause, then try again."""
    gone = SessionExpired("gone")
    job_id = store.put("answered")
    at = scene(store, org=ScriptedOrg(writes=[gone, gone, None]))

    assert at.runner.deliver(job_id) == "delivered"

    assert [token for token, _, _ in at.org.written] == ["token-1", "token-2", "token-3"]
    assert len(at.stopping.pauses) == 1


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (OrgUnavailable("away"), "delivered"),
        (SessionExpired("gone"), "delivered"),
        (RecordRefused("no"), "dead"),
    ],
    ids=repr,
)
def test_looking_at_the_record_may_fail_too(store: Store, error: Exception, end: str) -> None:
    """The same rules hold for the look before the write."""
    job_id = store.put("delivering")
    org = ScriptedOrg(reads=[error, None], record=dict(FIELDS))

    assert scene(store, org=org).runner.deliver(job_id) == end
    assert state_of(store, job_id) == end
    assert org.written == []


def test_that_it_is_being_written_is_kept_before_it_is_sent(store: Store) -> None:
    """A crash between the two is seen: the next relay looks at the record first."""
    job_id = store.put("answered")
    seen: list[str] = []

    class Watching(ScriptedOrg):
        """Looks into the store while it is written to."""

        def update_record(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
            """Note how far the job is."""
            seen.append(state_of(store, job_id))
            super().update_record(*args, **kwargs)

    scene(store, org=Watching()).runner.deliver(job_id)

    assert seen == ["delivering"]


def test_a_write_of_another_process_is_left_to_it(store: Store) -> None:
    """While that lives; then the record is looked at, since the write may have arrived."""
    job_id = store.put("delivering")
    asked: list[str | None] = []

    def is_alive(relay_id: str | None) -> bool:
        asked.append(relay_id)
        return len(asked) < 3

    at = scene(store, org=ScriptedOrg(record=FIELDS), is_alive=is_alive)

    assert at.runner.deliver(job_id) == "delivered"

    assert asked == ["relay-1"] * 3
    assert len(at.stopping.pauses) == 2
    assert (len(at.org.read), at.org.written) == (1, [])


def test_who_comes_second_leaves_the_write_to_the_first(store: Store) -> None:
    """Two processes have loaded one job; whoever notes his write first makes it, alone."""
    job_id = store.put("answered")
    first = store.ledger.load(job_id)
    assert first
    second = scene(store)
    store.ledger.start_delivery(job_id, first)

    second.runner.deliverer.write_once(first)

    assert second.org.written == []
    assert state_of(store, job_id) == "delivering"


def test_a_process_that_was_frozen_writes_no_more(store: Store) -> None:
    """After half the time that makes it dead to others, one of them may be writing."""
    deadlines: list[float] = []

    class Watching(ScriptedOrg):
        """Notes how long a write may take."""

        def update_record(self, *args: Any, deadline: float) -> None:  # noqa: ANN401 - as it is
            """Note the deadline."""
            deadlines.append(deadline - time.monotonic())
            super().update_record(*args, deadline=deadline)

    at = scene(store, org=Watching(), org_timeout_s=60.0)

    at.runner.deliver(store.put("answered"))

    assert 0 < deadlines[0] <= DEAD_AFTER_S / 2


def test_a_stopping_relay_leaves_the_outcome(store: Store) -> None:
    """It is written by the next one."""
    job_id = store.put("answered")
    at = scene(store)
    at.stopping.set()

    assert parked(lambda: at.runner.deliver(job_id))
    assert at.org.written == []
    assert state_of(store, job_id) == "answered"
