import time
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from localstack.apex import decode_context
from localstack.ports import free_port
from localstack.waiting import wait_until
from tests.support.fake_function import FakeFunction, _Handler, _Server
from tests.system.relay.site import HELD_S, Site

# What the function does is the same for every store.
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True, scope="session")


class LateServer(_Server):
    """A function on a port that was told before it ran."""

    def __init__(self, function: FakeFunction, port: int) -> None:
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", port), _Handler)
        self.function = function


def test_function_that_is_down_is_waited_for(site: Site) -> None:
    """A refused connection started nothing: the job waits, and runs once when it is there."""
    port = free_port()
    site.restart_relay(FUNCTION_PORT=str(port))
    call = site.send()
    wait_until(
        lambda: site.job(call)["changed_at_s"] > site.job(call)["accepted_at_s"], "the first try"
    )

    with LateServer(site.function, port) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            fields = site.outcome(call)
        finally:
            server.shutdown()
            thread.join()

    assert fields["Status__c"] == "SUCCESS"
    assert len(site.runs(call)) == 1
    assert site.job(call)["attempts"] == 1


def test_answer_that_breaks_off(site: Site) -> None:
    """A function that breaks in its answer may have done its work: not again, ERROR 503."""
    site.function.half = True

    call = site.send()

    fields = site.outcome(call)
    assert (fields["Status__c"], fields["StatusCode__c"]) == ("ERROR", 503)
    assert len(site.runs(call)) == 1


def test_answer_that_breaks_off_may_be_asked_for_again(site: Site) -> None:
    """With ASYNC_INVOKE_ATTEMPTS=2 it is run once more, with X-Attempt to tell."""
    site.restart_relay(ASYNC_INVOKE_ATTEMPTS="2")
    site.function.half = True

    call = site.send()

    assert site.outcome(call)["StatusCode__c"] == 503
    assert [run.header("x-attempt") for run in site.runs(call)] == ["1", "2"]


def test_function_without_end(site: Site) -> None:
    """ASYNC_FUNCTION_TIMEOUT_S ends the wait, and the org is told."""
    site.restart_relay(ASYNC_FUNCTION_TIMEOUT_S="0.5")
    site.function.delay_s = HELD_S

    call = site.send()

    fields = site.outcome(call)
    assert (fields["Status__c"], fields["StatusCode__c"]) == ("ERROR", 500)
    assert len(site.runs(call)) == 1


def test_token_is_as_young_as_the_call(site: Site) -> None:
    """A job that waited long for its turn starts with a token of now, not of when it came."""
    site.restart_relay(ASYNC_CONCURRENCY="1", TOKEN_CACHE_TTL_S="0")
    site.function.delay_s = HELD_S
    first = site.send()
    site.wait_for_run(first)
    second = site.send()
    minted = site.org.counters()["tokens_minted"]
    time.sleep(0.6)  # the relay has the second one in its hands by then, whatever it does with it

    site.org.expire_sessions()
    site.release_function()

    site.outcome(second)
    (run,) = site.runs(second)
    token = decode_context(run.header("ce-sffncontext") or "")["accessToken"]
    assert site.org.counters()["tokens_minted"] > minted
    assert site.org.session_of(token)


def test_answer_over_the_limit(site: Site) -> None:
    """An answer over MAX_BODY_BYTES is an error of its own."""
    site.restart_relay(MAX_BODY_BYTES="2048")
    site.function.body = b"x" * 4096

    fields = site.outcome(site.send())

    assert (fields["Status__c"], fields["StatusCode__c"]) == ("ERROR", 500)


def _was_tried(job: dict[str, Any]) -> bool:
    return bool(job["state"] == "accepted" and job["changed_at_s"] > job["accepted_at_s"])
