"""The last thing a relay does when its disk dies with it: every record gets an ending."""

import json
import time

import pytest
import structlog

from invocation.errors import OrgUnavailable, RecordRefused
from relay.interrupted_jobs import tell_the_org
from tests.unit.relay.outside import ScriptedOrg, scene
from tests.unit.relay.store import OUTCOME, Store


def say_farewell(store: Store, org: ScriptedOrg) -> tuple[int, int]:
    """Do it; return how many records were told, and how many not."""
    with structlog.testing.capture_logs() as lines:
        tell_the_org(scene(store, org=org).runner.deliverer, store.ledger)
    (line,) = [line for line in lines if line["event"] == "interrupted jobs"]
    return line["told"], line["not_told"]


@pytest.mark.parametrize("state", ["accepted", "invoking"])
def test_an_unfinished_job_is_told_as_interrupted(store: Store, state: str) -> None:
    """Its record would stay PENDING for ever."""
    job_id = store.put(state)
    org = ScriptedOrg()

    assert say_farewell(store, org) == (1, 0)

    ((_, path, fields),) = org.written
    assert path.endswith("/AsyncFunctionInvocationRequest__c/a00xx000000bz00AAA")
    assert (fields["Status__c"], fields["StatusCode__c"]) == ("ERROR", 503)
    assert json.loads(fields["Response__c"]) == "interrupted by a restart"
    assert store.row(job_id)["state"] == "delivered"


def test_an_outcome_is_told_as_it_is(store: Store) -> None:
    """The function answered in time: only the write was missing."""
    store.put("answered")
    org = ScriptedOrg()

    assert say_farewell(store, org) == (1, 0)
    assert [fields for _, _, fields in org.written] == [OUTCOME.record_fields("")]


def test_a_record_that_has_it_is_not_written_again(store: Store) -> None:
    """A write was under way: the callback runs once."""
    store.put("delivering")
    org = ScriptedOrg(record=OUTCOME.record_fields(""))

    assert say_farewell(store, org) == (1, 0)
    assert org.written == []


def test_finished_jobs_are_left_alone(store: Store) -> None:
    """Nothing to tell, nothing asked of the org."""
    store.put("delivered", 1)
    store.put("dead", 2)
    org = ScriptedOrg()

    assert say_farewell(store, org) == (0, 0)
    assert (org.minted, org.written) == ([], [])


def test_one_record_that_is_refused_does_not_keep_the_others(store: Store) -> None:
    """Nothing is asked twice that was refused once; who was not told is counted."""
    for number in range(3):
        store.put("accepted", number)
    org = ScriptedOrg(writes=[RecordRefused("gone"), None])

    assert say_farewell(store, org) == (2, 1)
    assert len(org.written) == 3


@pytest.mark.slow
def test_an_org_that_is_away_for_a_moment_is_told_all_the_same(store: Store) -> None:
    """There is no later: who comes next does not have the store."""
    job_id = store.put("accepted")
    org = ScriptedOrg(writes=[OrgUnavailable("away"), OrgUnavailable("away"), None])

    assert say_farewell(store, org) == (1, 0)
    assert store.row(job_id)["state"] == "delivered"


def test_a_write_that_arrived_although_it_failed_is_not_repeated(store: Store) -> None:
    """Each write starts the callback."""
    store.put("accepted")
    org = ScriptedOrg(writes=[OrgUnavailable("away"), None], loses=True)

    assert say_farewell(store, org) == (1, 0)
    assert len(org.written) == 1


def test_the_log_says_why_records_were_not_told(store: Store) -> None:
    """One line for each cause: there is nothing else left to look at."""
    for number in range(3):
        store.put("accepted", number)
    org = ScriptedOrg(writes=[RecordRefused("no such record")])

    with structlog.testing.capture_logs() as lines:
        tell_the_org(scene(store, org=org).runner.deliverer, store.ledger)

    (why,) = [line for line in lines if line["event"] == "records not told of the stop"]
    assert (why["cause"], why["records"]) == ("no such record", 3)


@pytest.mark.parametrize("payload", ["another-key", "another-version"])
def test_a_job_that_can_not_be_read_does_not_keep_the_others(store: Store, payload: str) -> None:
    """The process must end, and with it the rest be told."""
    broken, good = store.put("accepted", 1), store.put("accepted", 2)
    other = b"garbage" if payload == "another-key" else store.cipher.encrypt(b"{}\n")
    store.change(broken, payload=other)

    assert say_farewell(store, ScriptedOrg()) == (1, 1)
    assert store.row(good)["state"] == "delivered"


def test_a_job_accepted_just_now_waits_for_the_callers_own_write(store: Store) -> None:
    """Apex writes PENDING up to two seconds after the 201; nothing may be told before that."""
    accepted_at_s = time.time() - 1.5
    store.put("accepted", accepted_at_s=accepted_at_s)
    told_at_s: list[float] = []

    class Watching(ScriptedOrg):
        """Notes when it was asked for a token."""

        def mint(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
            """Note the time."""
            told_at_s.append(time.time())
            return super().mint(*args, **kwargs)  # type: ignore[arg-type]

    assert say_farewell(store, Watching()) == (1, 0)
    assert told_at_s[0] >= accepted_at_s + 2
