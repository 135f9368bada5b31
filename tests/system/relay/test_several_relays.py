import contextlib
import time
from collections.abc import Iterator

import pytest

from localstack.programs import Program
from localstack.relay import STOP_LIMIT_S, new_relay
from localstack.waiting import wait_until
from tests.system.relay.site import HELD_S, Site

pytestmark = pytest.mark.parametrize("store", ["postgres"], indirect=True, scope="session")


@contextlib.contextmanager
def another_relay(site: Site, executor_id: str) -> Iterator[Program]:
    """Run one more relay on the same store."""
    env = dict(site.relay.env) | {"ASYNC_EXECUTOR_ID": executor_id}
    relay = new_relay(env=env, log_path=site.folder / f"{executor_id}.log")
    relay.start()
    try:
        yield relay
    finally:
        relay.kill()


def test_two_relays_share_the_work(site: Site) -> None:
    """No job is run or written twice, whoever takes it up."""
    site.function.delay_s = 0.02
    identity = site.identity()
    with another_relay(site, "relay.2"):
        calls = [site.send(identity=identity) for _ in range(40)]
        outcomes = [site.outcome(call, limit_s=30)["Status__c"] for call in calls]

    assert outcomes == ["SUCCESS"] * 40
    assert [len(site.runs(call)) for call in calls] == [1] * 40


def test_dead_relay_is_taken_over_and_a_late_one_is_not(site: Site) -> None:
    """An old beat alone, as after an outage, kills nobody; a dead relay's jobs end elsewhere."""
    site.function.delay_s = HELD_S
    call = site.send()
    site.wait_for_run(call)
    with another_relay(site, "relay.2"):
        with site.store.database() as connection:
            connection.exec_driver_sql(
                f"UPDATE function_relays SET beat_at_s={time.time() - 600} WHERE pid={_pid(site)}"  # noqa: S608
            )
        wait_until(lambda: _beat(site) > time.time() - 60, "the next beat")
        time.sleep(0.5)
        assert site.job(call)["state"] == "invoking"

        site.relay.kill()

        assert site.outcome(call)["StatusCode__c"] == 503
    assert len(site.runs(call)) == 1


def test_next_process_of_a_relay_may_overlap_the_last(site: Site) -> None:
    """A new dyno starts under the old one's name while that still ends its calls."""
    site.function.delay_s = HELD_S
    call = site.send()
    site.wait_for_run(call)
    with another_relay(site, "relay.1"):
        time.sleep(1.5)  # longer than the new one takes to take its own jobs up again
        site.release_function()

        assert site.outcome(call)["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_namesake_inherits_what_the_last_one_took_up(site: Site, end: str) -> None:
    """What the older of two overlapping processes has taken up is not stranded when it ends."""
    site.restart_relay(ASYNC_DELIVERY_DELAY_S="2.5")
    with another_relay(site, "relay.1"):
        identity = site.identity()
        calls = [site.send(identity=identity) for _ in range(20)]
        for call in calls:
            site.wait_for_run(call)
            site.wait_for_state(call, "answered", "delivering", "delivered")
        if end == "killed":
            site.relay.kill()
        else:
            assert site.relay.terminate(STOP_LIMIT_S) == 0

        outcomes = [site.outcome(call, limit_s=20)["Status__c"] for call in calls]

    assert outcomes == ["SUCCESS"] * 20
    assert [len(site.runs(call)) for call in calls] == [1] * 20


def _pid(site: Site) -> int:
    assert site.relay.process
    return site.relay.process.pid


def _beat(site: Site) -> float:
    rows = site.store.rows(f"SELECT beat_at_s FROM function_relays WHERE pid={_pid(site)}")  # noqa: S608
    return float(rows[0]["beat_at_s"])
