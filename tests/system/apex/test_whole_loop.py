"""From Apex through everything that runs, and back to Apex."""

import json
import os
import re
import signal
from pathlib import Path
from typing import Any, Final

from localstack.waiting import wait_until
from relay.outcome import LONGEST_RESPONSE
from tests.apex.live_org import REQUEST, LiveOrg
from tests.system.apex.stage import ADMIN, FUNCTION, LIMIT_S, Site, refer_to

UNKNOWN_TO_THE_ORG: Final = "TypescriptFunction"
"""A permission set that Apex finds assigned and the simulated org does not have."""


def payload(word: str, **more: str) -> str:
    """Return a payload that says what the function is to do."""
    return json.dumps({"word": word, **more})


def record(apex: LiveOrg, told: Any) -> dict[str, Any]:  # noqa: ANN401 - it is JSON
    """Return the record of an asynchronous invocation."""
    return apex.request(told["id"])


def finish(apex: LiveOrg, *invocations: Any) -> list[Any]:  # noqa: ANN401 - it is JSON
    """Send what waits, wait for the outcomes, and return what the callbacks were given."""
    apex.finish_jobs()
    for told in invocations:
        wait_until(
            lambda told=told: record(apex, told)["Status__c"] != "PENDING",  # type: ignore[misc]
            f"the outcome of {told['id']}",
            limit_s=LIMIT_S,
        )
    apex.finish_jobs()
    assert apex.failures == []
    return apex.called_back()


def test_a_synchronous_invocation_returns_the_answer(apex: LiveOrg) -> None:
    """Apex gets the function's answer, and the function works as the user who called."""
    told = apex.tell("invokeSync", FUNCTION, payload("ahoy"))

    assert (told["status"], told["statusCode"], told["error"]) == ("SUCCESS", 200, None)
    assert json.loads(told["response"]) == {"word": "ahoy", "caller": ADMIN}


def test_a_synchronous_function_error_says_what_was_raised(apex: LiveOrg) -> None:
    """What the function raised is the error's message, and its own type of error."""
    told = apex.tell("invokeSync", FUNCTION, payload("socks", do="raise"))

    assert (told["status"], told["statusCode"]) == ("ERROR", 500)
    assert told["errorType"] == "FUNCTION_EXCEPTION"
    assert "no luck with socks" in told["error"]


def test_a_synchronous_refusal_says_why(apex: LiveOrg) -> None:
    """What the proxy refuses is no error of the function, and names what to change."""
    refer_to(apex, PermissionSetOrGroup__c=UNKNOWN_TO_THE_ORG)
    apex.assign_permission_set(UNKNOWN_TO_THE_ORG)

    told = apex.tell("invokeSync", FUNCTION, payload("ahoy"))

    assert (told["status"], told["statusCode"]) == ("ERROR", 403)
    assert told["errorType"] == "RUNTIME_EXCEPTION"
    assert UNKNOWN_TO_THE_ORG in told["error"]


def test_a_synchronous_call_survives_a_routers_page(site: Site, apex: LiveOrg) -> None:
    """A router's 503 is an error with a text, not an exception; it is not repeated blindly."""
    site.router.errors_left = 5

    told = apex.tell("invokeSync", FUNCTION, payload("ahoy"))

    assert (told["status"], told["statusCode"]) == ("ERROR", 503)
    assert told["error"]
    assert site.router.passed == [("/sync", 503)]


def test_an_asynchronous_outcome_reaches_its_callback(apex: LiveOrg) -> None:
    """The record waits, then holds the answer, and the callback is called once."""
    told = apex.tell("invokeAsync", FUNCTION, payload("ahoy"))

    (given,) = finish(apex, told)

    assert told["status"] == "PENDING"
    assert (given["status"], given["statusCode"], given["error"]) == ("SUCCESS", 200, None)
    assert json.loads(given["response"]) == {"word": "ahoy", "caller": ADMIN}
    assert given["id"] == told["id"]
    assert record(apex, told)["CallbackStatus__c"] == "DONE"


def test_an_asynchronous_function_error_reaches_its_callback(apex: LiveOrg) -> None:
    """What the function raised comes to the callback as an error."""
    (given,) = finish(apex, apex.tell("invokeAsync", FUNCTION, payload("socks", do="raise")))

    assert (given["status"], given["statusCode"]) == ("ERROR", 500)
    assert given["errorType"] == "FUNCTION_EXCEPTION"
    assert "no luck with socks" in given["error"]


def test_an_asynchronous_refusal_reaches_its_callback(apex: LiveOrg) -> None:
    """What the proxy refuses at once ends the record, and its callback hears why."""
    refer_to(apex, PermissionSetOrGroup__c=UNKNOWN_TO_THE_ORG)
    apex.assign_permission_set(UNKNOWN_TO_THE_ORG)

    (given,) = finish(apex, apex.tell("invokeAsync", FUNCTION, payload("ahoy")))

    assert (given["status"], given["statusCode"]) == ("ERROR", 403)
    assert UNKNOWN_TO_THE_ORG in given["error"]


def test_an_asynchronous_call_is_sent_again_after_a_routers_page(site: Site, apex: LiveOrg) -> None:
    """A request that a router refused is sent again, later, and succeeds as if nothing had been."""
    site.router.errors_left = 1

    (given,) = finish(apex, apex.tell("invokeAsync", FUNCTION, payload("ahoy")))

    assert given["status"] == "SUCCESS"
    assert site.router.passed == [("/async", 503), ("/async", 201)]


def test_an_answer_that_a_router_lost_starts_no_second_run(
    site: Site, apex: LiveOrg, tmp_path: Path
) -> None:
    """A request that arrived although Apex was told otherwise is one job, and one callback."""
    site.router.lost_left = 1
    resent = tmp_path / "resent"

    told = apex.tell("invokeAsync", FUNCTION, payload("ahoy", do="wait", until=str(resent)))
    apex.finish_jobs()
    assert site.router.passed == [("/async", 503), ("/async", 201)]
    resent.touch()
    (given,) = finish(apex, told)

    assert given["status"] == "SUCCESS"
    assert site.runs(record(apex, told)["RequestId__c"]) == 1


def test_a_router_that_never_works_ends_the_record(site: Site, apex: LiveOrg) -> None:
    """Sending again has an end, which the callback hears of."""
    site.router.errors_left = 100

    (given,) = finish(apex, apex.tell("invokeAsync", FUNCTION, payload("ahoy")))

    assert (given["status"], given["statusCode"]) == ("ERROR", 503)
    assert {status for _, status in site.router.passed} == {503}
    assert len(site.router.passed) == 4


def test_a_lost_function_is_told_to_the_callback(site: Site, apex: LiveOrg, tmp_path: Path) -> None:
    """A function that dies while it works is not run again; the callback hears that it died."""
    started = tmp_path / "started"
    told = apex.tell("invokeAsync", FUNCTION, payload("ahoy", do="hang", started=str(started)))
    apex.finish_jobs()
    wait_until(started.exists, "the function's start", limit_s=LIMIT_S)

    os.kill(site.container.status()["function"]["pid"], signal.SIGKILL)
    (given,) = finish(apex, told)

    assert (given["status"], given["statusCode"]) == ("ERROR", 503)
    assert record(apex, told)["CallbackStatus__c"] == "DONE"


def test_a_result_is_not_overwritten_by_its_acceptance(site: Site, apex: LiveOrg) -> None:
    """A result that arrives before the 201 does stays, and its callback is called once."""
    told = apex.tell("invokeAsync", FUNCTION, payload("ahoy"))
    site.router.hold = lambda: wait_until(
        lambda: record(apex, told)["Status__c"] == "SUCCESS", "the result", limit_s=LIMIT_S
    )

    (given,) = finish(apex, told)

    assert given["status"] == "SUCCESS"
    assert site.router.passed == [("/async", 201)]
    stored = record(apex, told)
    assert (stored["Status__c"], int(stored["StatusCode__c"])) == ("SUCCESS", 200)
    assert json.loads(str(stored["Response__c"]))["word"] == "ahoy"


def test_a_later_edit_calls_nobody(apex: LiveOrg) -> None:
    """A record that is edited, or written a second time, has had its callback."""
    told = apex.tell("invokeAsync", FUNCTION, payload("ahoy"))
    finish(apex, told)

    apex.update(
        REQUEST, told["id"], {"Status__c": "SUCCESS", "StatusCode__c": 200, "Response__c": "{}"}
    )
    apex.finish_jobs()

    assert len(apex.called_back()) == 1


def test_a_record_that_is_sent_again_runs_again(apex: LiveOrg, tmp_path: Path) -> None:
    """Function.resend is a new invocation: the function runs, and the callback is called again."""
    told = apex.tell(
        "invokeAsync", FUNCTION, payload("ahoy", do="stumble", started=str(tmp_path / "stumbled"))
    )
    (failed,) = finish(apex, told)
    assert failed["status"] == "ERROR"

    apex.assign_permission_set("FunctionsAdmin")
    apex.tell("resend", told["id"])
    both = finish(apex, told)

    assert sorted(each["status"] for each in both) == ["ERROR", "SUCCESS"]


def test_two_invocations_after_dml_both_come_back(apex: LiveOrg) -> None:
    """Neither DML before nor another invocation in one transaction is in the way."""
    apex.tell("invokeAsyncTwiceAfterDml", FUNCTION, payload("ahoy"))
    records = [{"id": each} for each in apex.org.database.rows(REQUEST)]

    given = finish(apex, *records)

    assert [each["status"] for each in given] == ["SUCCESS", "SUCCESS"]
    assert len({each["id"] for each in given}) == 2


def test_text_in_any_script_comes_back_as_it_was(apex: LiveOrg) -> None:
    """No step on the way, synchronous or not, takes a character for another."""
    word = 'Gr\u00fc\u00dfe \u65e5\u672c \U0001f389 "\\\n%2B+&<'

    told = apex.tell("invokeSync", FUNCTION, payload(word))
    (given,) = finish(apex, apex.tell("invokeAsync", FUNCTION, payload(word)))

    assert json.loads(told["response"])["word"] == word
    assert json.loads(given["response"])["word"] == word


def test_what_is_too_long_for_its_field_still_arrives(apex: LiveOrg) -> None:
    """A payload that no field holds is sent whole; such an answer is cut, and says so."""
    word = "a" * 200_000

    told = apex.tell("invokeAsync", FUNCTION, payload(word))
    (given,) = finish(apex, told)

    assert (given["status"], given["length"]) == ("SUCCESS", LONGEST_RESPONSE)
    assert re.search(r"\[cut: 200\d{3} characters", record(apex, told)["Response__c"])


def test_apex_can_ask_how_the_function_is(site: Site, apex: LiveOrg) -> None:
    """Function.ping answers for the app that the reference names, without a token."""
    told = apex.tell("ping", FUNCTION)

    assert (told["status"], told["statusCode"]) == ("SUCCESS", 200)
    assert site.router.passed == [("/healthcheck", 200)]
