"""What a relay does next with a job."""

import pytest

from invocation.jobs.job import JobState
from relay.ledger import Entry
from relay.policy import GiveUp, Limits, Step, is_out_of_time, next_step
from tests.unit.relay.store import a_job

NOW_S = 1_000_000.0
LIMITS = Limits(delivery_s=100.0, kept_s=500.0)


def entry(state: JobState, *, age_s: float = 1.0) -> Entry:
    """Return a job that was accepted so long ago."""
    return Entry(
        job=a_job(accepted_at_s=NOW_S - age_s),
        state=state,
        attempts=1,
        deliveries=1,
        runner="relay-1",
        outcome=None,
    )


NEXT = {
    # state: while its process lives, and when that is gone
    JobState.ACCEPTED: (Step.INVOKE, Step.INVOKE),
    JobState.INVOKING: (Step.WAIT, Step.INTERRUPTED),
    JobState.ANSWERED: (Step.DELIVER, Step.DELIVER),
    JobState.DELIVERING: (Step.WAIT, Step.DELIVER),
    JobState.DELIVERED: (Step.NOTHING, Step.NOTHING),
    JobState.DEAD: (Step.NOTHING, Step.NOTHING),
}


@pytest.mark.parametrize("owner_alive", [True, False], ids=["alive", "gone"])
@pytest.mark.parametrize("state", JobState)
def test_the_next_step_follows_from_state_and_owner(state: JobState, owner_alive: bool) -> None:
    """A function that may have run is never invoked again here, nor a record written by two."""
    expected = NEXT[state][0 if owner_alive else 1]

    assert next_step(entry(state), LIMITS, now_s=NOW_S, owner_alive=owner_alive) is expected


@pytest.mark.parametrize("state", JobState)
def test_only_a_job_that_never_began_is_too_old_to_begin(state: JobState) -> None:
    """Nothing that old is still in an honest store; what has begun is brought to its end."""
    at_the_limit, beyond = (
        next_step(entry(state, age_s=age_s), LIMITS, now_s=NOW_S, owner_alive=False)
        for age_s in (500.0, 500.1)
    )

    assert at_the_limit is NEXT[state][1]
    assert isinstance(beyond, GiveUp) == (state is JobState.ACCEPTED)


def test_function_and_org_are_tried_for_a_time() -> None:
    """Until its end, counted from the 201."""
    young, old = (entry(JobState.ANSWERED, age_s=age_s) for age_s in (100.0, 100.1))

    assert not is_out_of_time(young, LIMITS, now_s=NOW_S)
    assert is_out_of_time(old, LIMITS, now_s=NOW_S)
