import random
import time

import pytest

from localstack.ports import free_port
from localstack.relay import STOP_LIMIT_S
from localstack.waiting import wait_until
from orgsim import Fault
from tests.system.relay.site import HELD_S, Call, Site


def test_relay_killed_before_it_takes_a_job_up(site: Site) -> None:
    """A 201 without any relay alive is a promise all the same."""
    site.relay.kill()
    call = site.send()

    site.relay.start()

    assert site.outcome(call)["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1


def test_relay_killed_at_the_201(site: Site) -> None:
    """Killed while it is taking the job up, it runs the function once or tells that it may have."""
    call = site.send()
    site.relay.kill()

    site.relay.start()

    site.outcome(call)
    assert len(site.runs(call)) <= 1


def test_relay_killed_during_the_function_call(site: Site) -> None:
    """The function may have done its work: it is not run again, and the org is told."""
    site.function.delay_s = HELD_S
    call = site.send()
    site.wait_for_run(call)

    site.restart_relay()

    fields = site.outcome(call)
    assert (fields["Status__c"], fields["StatusCode__c"]) == ("ERROR", 503)
    assert "may have run" in fields["Response__c"]
    assert len(site.runs(call)) == 1


def test_relay_killed_after_the_answer(site: Site) -> None:
    """An answer that was stored is delivered, without asking the function again."""
    site.restart_relay(ASYNC_DELIVERY_DELAY_S="1.5")
    call = site.send()
    site.wait_for_state(call, "answered")

    site.restart_relay()

    assert site.outcome(call)["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1


@pytest.mark.parametrize("kind", ["latency", "reset"])
def test_relay_killed_while_it_writes_the_record(site: Site, kind: str) -> None:
    """A write that reached the org is not made again: each would start the callback."""
    site.org.faults.add(Fault(endpoint="sobjects", kind=kind, seconds=3, applied=True))
    call = site.send()
    wait_until(lambda: site.record(call).patches == 1, "the write")

    site.restart_relay()

    assert site.outcome(call)["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1


def test_relay_killed_after_it_wrote_the_record(site: Site) -> None:
    """Killed between the org's answer and its own note, or right after, it writes no more."""
    call = site.send()
    wait_until(lambda: site.record(call).patches == 1, "the write")
    site.relay.kill()

    site.relay.start()

    assert site.outcome(call)["Status__c"] == "SUCCESS"
    site.outcome(site.send())
    assert site.record(call).patches == 1


def test_proxy_killed_during_the_function_call(site: Site) -> None:
    """The proxy is done with a job once it answered 201."""
    site.function.delay_s = HELD_S
    call = site.send()
    site.wait_for_run(call)

    site.kill_proxy()
    site.release_function()

    assert site.outcome(call)["Status__c"] == "SUCCESS"


def test_everything_killed(site: Site) -> None:
    """When all die at once, jobs at every point of their way end, and no function runs twice."""
    site.restart_relay(ASYNC_DELIVERY_DELAY_S="1")
    site.org.faults.add(Fault(endpoint="sobjects", kind="latency", seconds=3, applied=True))
    writing = site.send()
    wait_until(lambda: site.record(writing).patches == 1, "the write")
    answered = site.send()
    site.wait_for_state(answered, "answered")
    site.function.delay_s = HELD_S
    called = site.send()
    site.wait_for_run(called)
    site.relay.kill()
    waiting = site.send()
    site.kill_proxy()
    site.release_function()

    site.start_proxy()
    site.relay.start()

    calls = {"writing": writing, "answered": answered, "called": called, "waiting": waiting}
    assert {name: site.outcome(call)["Status__c"] for name, call in calls.items()} == {
        "writing": "SUCCESS",
        "answered": "SUCCESS",
        "called": "ERROR",
        "waiting": "SUCCESS",
    }
    assert [len(site.runs(call)) for call in calls.values()] == [1] * 4


def test_relay_killed_again_and_again(site: Site) -> None:
    """Whenever the relay dies: one final state each, one write each, no function run twice."""
    dice = random.Random(20)  # noqa: S311 - the same moments in every run
    site.function.delay_s = 0.05
    identity = site.identity()
    calls: list[Call] = []
    for _ in range(3):
        calls += [site.send(identity=identity) for _ in range(10)]
        time.sleep(dice.uniform(0.0, 0.4))
        site.restart_relay()

    outcomes = [site.outcome(call, limit_s=30)["Status__c"] for call in calls]

    assert "SUCCESS" in outcomes
    assert max(len(site.runs(call)) for call in calls) == 1
    interrupted = [c for c, told in zip(calls, outcomes, strict=True) if told == "ERROR"]
    assert all("may have run" in site.record(c).fields["Response__c"] for c in interrupted)


def test_interrupted_function_runs_again_where_that_is_wanted(site: Site) -> None:
    """With ASYNC_INVOKE_ATTEMPTS=2 an interrupted function is run once more, and can tell."""
    site.restart_relay(ASYNC_INVOKE_ATTEMPTS="2")
    site.function.delay_s = HELD_S
    call = site.send()
    site.wait_for_run(call)
    site.relay.kill()
    site.release_function()

    site.relay.start()

    assert site.outcome(call)["Status__c"] == "SUCCESS"
    assert [run.header("x-attempt") for run in site.runs(call)] == ["1", "2"]


def test_second_interruption_is_the_last(site: Site) -> None:
    """With ASYNC_INVOKE_ATTEMPTS=2 there is no third run."""
    site.restart_relay(ASYNC_INVOKE_ATTEMPTS="2")
    site.function.delay_s = HELD_S
    call = site.send()
    for count in (1, 2):
        site.wait_for_run(call, count)
        site.restart_relay()

    assert site.outcome(call)["StatusCode__c"] == 503
    assert len(site.runs(call)) == 2


def test_sigterm_lets_a_running_call_end(site: Site) -> None:
    """Told to stop, the relay waits for the function and stores its answer; the rest waits."""
    site.restart_relay(ASYNC_CONCURRENCY="1")
    site.function.delay_s = 1.0
    running = site.send()
    site.wait_for_run(running)
    waiting = [site.send() for _ in range(3)]
    began = time.monotonic()

    assert site.relay.terminate(STOP_LIMIT_S) == 0

    assert 0.1 < time.monotonic() - began < 20
    assert site.job(running)["state"] in {"answered", "delivering", "delivered"}
    assert [len(site.runs(call)) for call in waiting] == [0] * 3
    site.function.delay_s = 0
    site.relay.start()
    assert [site.outcome(c)["Status__c"] for c in (running, *waiting)] == ["SUCCESS"] * 4
    assert [len(site.runs(c)) for c in (running, *waiting)] == [1] * 4


def test_second_sigterm_does_not_wait(site: Site) -> None:
    """Told twice, the relay leaves what runs: the next one tells how it ended."""
    site.function.delay_s = HELD_S
    running = site.send()
    site.wait_for_run(running)
    process = site.relay.process
    assert process is not None
    stops = site.relay.log().count('"stopping"')
    process.terminate()
    wait_until(lambda: site.relay.log().count('"stopping"') > stops, "the stop")
    began = time.monotonic()

    process.terminate()

    assert process.wait(timeout=10) == 1
    assert time.monotonic() - began < 5
    site.release_function()
    site.relay.kill()
    site.relay.start()
    assert site.outcome(running)["StatusCode__c"] == 503
    assert len(site.runs(running)) == 1


@pytest.mark.parametrize("store", ["sqlite"], indirect=True, scope="session")
def test_store_that_dies_with_its_container_says_farewell(site: Site) -> None:
    """Where nobody could take over, every record gets its ending before the relay ends."""
    site.restart_relay(ASYNC_DB_LASTS="no", ASYNC_DELIVERY_DELAY_S="60")
    answered = site.send()
    site.wait_for_state(answered, "answered")
    site.relay.kill()
    site.relay.start(env={"FUNCTION_PORT": str(free_port())})
    waiting = [site.send() for _ in range(2)]

    assert site.relay.terminate(STOP_LIMIT_S) == 0

    assert site.record(answered).fields["Status__c"] == "SUCCESS"
    for call in waiting:
        assert site.runs(call) == []
        assert site.record(call).fields["StatusCode__c"] == 503
        assert "interrupted by a restart" in site.record(call).fields["Response__c"]
    assert [site.record(call).patches for call in (answered, *waiting)] == [1, 1, 1]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True, scope="session")
def test_store_that_dies_with_its_container_promises_nothing_after_its_farewell(site: Site) -> None:
    """A proxy that is slower than the relay accepts no job whose record would stay PENDING."""
    site.restart_relay(ASYNC_DB_LASTS="no")
    assert site.relay.terminate(STOP_LIMIT_S) == 0

    late = site.send(expected=503)

    assert late.answer.headers["retry-after"]
    assert "container is being stopped" in site.proxy.log()
    site.relay.start()
    assert site.outcome(site.send())["Status__c"] == "SUCCESS"


def test_sigterm_without_work_ends_at_once(site: Site) -> None:
    """Nothing to wait for."""
    began = time.monotonic()

    assert site.relay.terminate(STOP_LIMIT_S) == 0

    assert time.monotonic() - began < 2
