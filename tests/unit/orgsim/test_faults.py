import socket
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
import requests

from localstack.waiting import wait_until
from orgsim import Fault, SimulatedOrg, running
from orgsim.faults import KINDS, Faults
from tests.unit.orgsim.world import ADMIN, SOBJECT, Caller

USERINFO = "/services/oauth2/userinfo"


def _plan(caller: Caller, kind: str, endpoint: str = "userinfo", **parameters: Any) -> None:  # noqa: ANN401
    caller.org.faults.add(Fault(endpoint=endpoint, kind=kind, **parameters))


@pytest.mark.parametrize(
    ("kind", "parameters", "status", "content_type", "start"),
    [
        ("status", {}, 500, "application/json", b'[{"message"'),
        ("status", {"status": 429, "body": "slow down"}, 429, "application/json", b"slow down"),
        ("status", {"status": 599, "body": ""}, 599, "application/json", b""),
        ("html", {}, 503, "text/html", b"<!DOCTYPE html>"),
        ("html", {"status": 200, "body": "<p>"}, 200, "text/html", b"<p>"),
        ("null", {}, 200, "application/json", b"null"),
        ("redirect", {}, 302, "text/html", b""),
        ("not_json", {}, 200, "application/json", b"{'not': json"),
        ("not_json", {"content_type": "text/x"}, 200, "text/x", b"{"),
        ("huge", {"size_bytes": 200_001}, 200, "application/json", b'"xxx'),
    ],
)
def test_wrong_answers(
    caller: Caller,
    kind: str,
    parameters: dict[str, Any],
    status: int,
    content_type: str,
    start: bytes,
) -> None:
    """Each kind of wrong answer is played once, then the org is itself again."""
    _plan(caller, kind, **parameters)
    reply = caller.call("GET", USERINFO, allow_redirects=False)

    assert reply.status_code == status
    assert reply.headers["Content-Type"].startswith(content_type)
    assert reply.content.startswith(start)
    assert len(reply.content) == parameters.get("size_bytes", len(reply.content))
    assert caller.userinfo().json()["preferred_username"] == ADMIN


def test_every_kind_is_tested() -> None:
    """A kind cannot be added without a line in this file."""
    here = {"status", "html", "null", "redirect", "not_json", "huge", "half_body", "reset"}

    assert here | {"latency"} == set(KINDS)


def test_a_redirect_says_where_to(caller: Caller) -> None:
    """The place is anybody's: a client that follows would carry the token there."""
    _plan(caller, "redirect", location="https://evil.example/")
    reply = caller.call("GET", USERINFO, allow_redirects=False)

    assert reply.headers["Location"] == "https://evil.example/"


def test_a_wrong_answer_can_have_further_headers(caller: Caller) -> None:
    """A maintenance page may say when to come back."""
    _plan(caller, "html", headers=(("Retry-After", "120"),))

    assert caller.userinfo().headers["Retry-After"] == "120"


def test_half_a_body(caller: Caller) -> None:
    """More is promised than comes before the connection closes."""
    _plan(caller, "half_body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        caller.userinfo()


def test_reset(caller: Caller) -> None:
    """The connection closes without a byte of an answer, and is counted so."""
    _plan(caller, "reset")
    with pytest.raises(requests.ConnectionError, match="without response"):
        caller.userinfo()

    assert caller.org.counters()["requests"]["userinfo"]["by_status"] == {"none": 1}


def test_latency_answers_truly_after_a_while(caller: Caller) -> None:
    """The answer is the true one, only late."""
    _plan(caller, "latency", seconds=0.2)
    started = time.monotonic()
    reply = caller.userinfo()

    assert time.monotonic() - started >= 0.2
    assert reply.json()["preferred_username"] == ADMIN


def test_latency_holds_up_nobody_else_and_ends_with_the_server() -> None:
    """Many slow answers leave the org answering, and are cut short when it stops."""
    org = SimulatedOrg.built_in()
    org.faults.add(Fault(endpoint="userinfo", kind="latency", seconds=600, times=40))
    with running(org) as url:
        port = int(url.rpartition(":")[2])
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        for connection in waiting:
            connection.sendall(f"GET {USERINFO} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: not org.faults.planned(), "the fault")
        elsewhere = requests.get(f"{url}/nope", timeout=10)
        started = time.monotonic()
    stopped_s = time.monotonic() - started
    answers = [connection.recv(100) for connection in waiting]
    for connection in waiting:
        connection.close()

    assert elsewhere.status_code == 404
    assert stopped_s < 3
    assert answers == [b""] * 40


@pytest.mark.parametrize("kind", ["reset", "status", "half_body", "latency"])
@pytest.mark.parametrize("applied", [True, False])
def test_an_applied_fault_loses_only_the_answer(caller: Caller, kind: str, applied: bool) -> None:
    """With ``applied`` the request took effect: the case that makes a repeat a duplicate."""
    record = caller.org.create_record()
    _plan(caller, kind, "sobjects", applied=applied, seconds=0)
    url = f"/services/data/v57.0/sobjects/{SOBJECT}/{record.id}"
    try:
        answered = caller.call("PATCH", url, json={"Status__c": "SUCCESS"}).status_code == 204
    except requests.RequestException:
        answered = False

    assert answered == (kind == "latency")
    assert caller.org.record(record.id).patches == (applied or kind == "latency")


def test_times_and_until_cleared(caller: Caller) -> None:
    """A fault is played as often as planned; with ``None`` until it is cleared."""
    _plan(caller, "null", times=2)
    twice = [caller.userinfo().text == "null" for _ in range(3)]
    _plan(caller, "null", times=None)
    always = [caller.userinfo().text == "null" for _ in range(3)]
    cleared = caller.org.faults.clear()

    assert twice == [True, True, False]
    assert always == [True, True, True]
    assert (cleared, caller.userinfo().status_code) == (1, 200)
    assert caller.org.counters()["faults_played"] == 5


@pytest.mark.parametrize(
    ("endpoint", "method", "path"),
    [
        ("token", "POST", "/services/oauth2/token"),
        ("userinfo", "GET", USERINFO),
        ("userinfo", "GET", f"{USERINFO}/"),
        ("activate", "POST", "/services/data/v57.0/actions/standard/activateSessionPermSet"),
        ("sobjects", "PATCH", f"/services/data/v57.0/sobjects/{SOBJECT}/a00"),
        ("sobjects", "POST", f"/services/data/v57.0/sobjects/{SOBJECT}"),
        ("query", "GET", "/services/data/v57.0/query?q=SELECT+Id+FROM+User"),
        ("query", "GET", "/services/data/v57.0/query/01gxx-2000"),
        ("composite", "POST", "/services/data/v57.0/composite/graph"),
        ("other", "GET", "/services/data/v57.0/search"),
        ("*", "GET", USERINFO),
        ("*", "GET", "/nope"),
    ],
)
def test_a_fault_is_played_at_its_endpoint(
    caller: Caller, endpoint: str, method: str, path: str
) -> None:
    """Every endpoint can fail by itself; ``*`` is all of them."""
    _plan(caller, "null", endpoint)

    assert caller.call(method, path).text == "null"


def test_other_endpoints_the_page_and_the_control_api_do_not_fail(caller: Caller) -> None:
    """A fault stays where it was planned, and one can always get out again."""
    _plan(caller, "null", "token", times=None)
    userinfo = caller.userinfo()
    _plan(caller, "null", "*", times=None)
    page, control = caller.session.get(caller.url), caller.control("GET", "counters")

    assert userinfo.json()["preferred_username"] == ADMIN
    assert "text/html" in page.headers["Content-Type"]
    assert control.json()["faults_played"] == 0


def test_the_oldest_fault_comes_first() -> None:
    """Several faults of one endpoint are played one after another."""
    faults = Faults()
    first = faults.add(Fault(endpoint="token", kind="null", times=2))
    second = faults.add(Fault(endpoint="*", kind="reset"))
    taken = [faults.take("token") for _ in range(4)]

    assert taken == [first, replace(first, times=1), second, None]


@pytest.mark.parametrize(("endpoint", "kind"), [("tokens", "null"), ("", "null"), ("token", "x")])
def test_an_impossible_fault_is_refused(endpoint: str, kind: str) -> None:
    """A misspelt fault would never be played, and the test that planned it would pass."""
    with pytest.raises(ValueError, match="must be one of"):
        Faults().add(Fault(endpoint=endpoint, kind=kind))


def test_a_fault_is_used_up_once_by_many_threads() -> None:
    """Of many requests at once exactly as many fail as planned."""
    faults = Faults()
    faults.add(Fault(endpoint="token", kind="null", times=50))
    played: list[Fault | None] = []
    threads = [
        threading.Thread(target=lambda: played.extend(faults.take("token") for _ in range(20)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(fault is not None for fault in played) == 50
