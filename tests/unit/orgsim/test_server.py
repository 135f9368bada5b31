import gc
import os
import socket
import threading

import pytest
import requests

from localstack.waiting import wait_until
from orgsim import SimulatedOrg, running
from tests.unit.orgsim.world import ADMIN, SOBJECT


def test_the_url_answers_inside_the_block_only() -> None:
    """The org is reachable for the length of the block."""
    with running(SimulatedOrg.built_in()) as url:
        assert requests.get(url, timeout=10).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)


@pytest.mark.slow
def test_nothing_is_left_behind() -> None:
    """Threads and file descriptors are as before, also with connections still open."""
    gc.collect()  # what earlier tests left to it
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        with running(SimulatedOrg.built_in()) as url, requests.Session() as session:
            session.get(url)
    wait_until(lambda: threading.active_count() == threads, "their end")

    assert len(os.listdir("/proc/self/fd")) == files  # noqa: PTH208


def test_an_org_outlives_its_server() -> None:
    """State belongs to the org: served again, it is as it was left."""
    org = SimulatedOrg.built_in()
    headers = {"Authorization": f"Bearer {org.open_session(ADMIN)}"}
    for _ in range(2):
        with running(org) as url:
            reply = requests.get(f"{url}/services/oauth2/userinfo", headers=headers, timeout=10)
            assert reply.status_code == 200

    assert org.counters()["requests"]["userinfo"]["total"] == 2


def test_two_orgs_do_not_know_each_others_tokens() -> None:
    """A token is worth something at its own org only."""
    token = SimulatedOrg.built_in().open_session(ADMIN)
    with running(SimulatedOrg.built_in()) as url:
        headers = {"Authorization": f"Bearer {token}"}
        reply = requests.get(f"{url}/services/oauth2/userinfo", headers=headers, timeout=10)

    assert reply.text == "Bad_OAuth_Token"


def test_a_taken_port_is_an_error_at_once() -> None:
    """The block is not entered when the port belongs to somebody else."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="in use"), running(SimulatedOrg(), port=port):
            pytest.fail("entered")


@pytest.mark.slow
def test_many_callers_at_once() -> None:
    """Requests from many threads each get their own answer, and all are counted."""
    org = SimulatedOrg.built_in()
    seen: list[str] = []

    def call(url: str) -> None:
        headers = {"Authorization": f"Bearer {org.open_session(ADMIN)}"}
        for _ in range(5):
            reply = requests.get(f"{url}/services/oauth2/userinfo", headers=headers, timeout=30)
            seen.append(reply.json()["preferred_username"])

    with running(org) as url:
        callers = [threading.Thread(target=call, args=(url,)) for _ in range(20)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    assert seen == [ADMIN] * 100
    assert org.counters()["requests"]["userinfo"] == {"total": 100, "by_status": {"200": 100}}


def test_a_bug_shows_nothing_of_itself() -> None:
    """An unexpected exception is a 500 in the REST interface's shape, without its text."""
    org = SimulatedOrg.built_in()
    token = org.open_session(ADMIN)
    del org.records._ids  # whatever: something that must not happen
    with running(org) as url:
        headers = {"Authorization": f"Bearer {token}"}
        reply = requests.post(
            f"{url}/services/data/v57.0/sobjects/{SOBJECT}", json={}, headers=headers, timeout=10
        )

    assert reply.status_code == 500
    assert reply.json()[0]["errorCode"] == "UNKNOWN_EXCEPTION"
    assert "_ids" not in reply.text
