import dataclasses
import json
from collections.abc import Mapping

import pytest

from chaos.kills.callers import Invocation
from chaos.kills.verdict import INTERRUPTED, Run, Verdict, judge
from orgsim import Record

SENT = Invocation(id="call-1", record_id="a00", payload_sha256="5ha", accepted=True)
RUN = Run(id="call-1", payload_sha256="5ha", status=200, answer='{"run":1}', extra_info="%7B%7D")
ANSWER = {
    "Status__c": "SUCCESS",
    "StatusCode__c": 200,
    "Response__c": '{"run":1}',
    "ExtraInfo__c": "%7B%7D",
}
BROKE = {"Status__c": "ERROR", "StatusCode__c": 503, "Response__c": json.dumps(INTERRUPTED[0])}
PENDING = {"Status__c": "PENDING"}


def verdict_on(
    fields: Mapping[str, object],
    *,
    sent: Invocation = SENT,
    runs: tuple[Run, ...] = (RUN,),
    patches: int = 1,
    stored: tuple[str, ...] = (),
) -> Verdict:
    """Return the verdict on one invocation whose record has these fields."""
    record = Record(
        id="a00", namespace="", fields=fields, created_at=0, modified_at=0, patches=patches
    )
    return judge([sent], {"a00": record}, runs, stored=stored)


def test_answer_in_the_record_is_fine() -> None:
    """The record holds what the one run answered, and was written once."""
    verdict = verdict_on(ANSWER, stored=("call-1",))

    assert verdict.failures() == {}
    assert (verdict.accepted, verdict.answered) == (1, {"SUCCESS": 1})


@pytest.mark.parametrize("runs", [(), (RUN,)])
def test_interrupted_run_is_fine(runs: tuple[Run, ...]) -> None:
    """A run that nobody knows the end of is told as such, whether or not it began."""
    verdict = verdict_on(BROKE, runs=runs)

    assert verdict.failures() == {}
    assert (verdict.interrupted, verdict.not_even_started) == (1, not runs)


def test_nothing_is_promised_without_a_201() -> None:
    """A record may stay as it is when its caller was never told 201."""
    verdict = verdict_on(PENDING, sent=dataclasses.replace(SENT, accepted=False), runs=())

    assert verdict.failures() == {}
    assert verdict.accepted == 0


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        pytest.param("lost", verdict_on(PENDING, runs=()), id="pending"),
        pytest.param("lost", verdict_on(PENDING), id="ran-and-pending"),
        pytest.param("ran_twice", verdict_on(ANSWER, runs=(RUN, RUN)), id="two-runs"),
        pytest.param("written_twice", verdict_on(ANSWER, patches=2), id="two-writes"),
        pytest.param("mixed_up", verdict_on(ANSWER, runs=()), id="answer-without-a-run"),
        pytest.param(
            "mixed_up", verdict_on(ANSWER | {"Response__c": '{"run":2}'}), id="another-answer"
        ),
        pytest.param(
            "mixed_up", verdict_on(ANSWER | {"ExtraInfo__c": ""}), id="another-extra-info"
        ),
        pytest.param("mixed_up", verdict_on(ANSWER | {"Status__c": "ERROR"}), id="another-status"),
        pytest.param(
            "mixed_up", verdict_on(BROKE | {"Response__c": '"out of luck"'}), id="another-error"
        ),
        pytest.param(
            "mixed_up",
            verdict_on(ANSWER, runs=(dataclasses.replace(RUN, payload_sha256="other"),)),
            id="another-payload",
        ),
        pytest.param("forgotten", verdict_on(BROKE, stored=("call-1",)), id="forgotten-answer"),
    ],
)
def test_what_must_not_be_is_seen(failure: str, verdict: Verdict) -> None:
    """Each way to break the promise is told, and under its own name."""
    assert verdict.failures() == {failure: ["call-1"]}
