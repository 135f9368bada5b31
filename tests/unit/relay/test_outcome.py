"""What of an answer reaches the record, and in which form."""

import json
from urllib.parse import quote, unquote

import pytest

from invocation.function.answer import FunctionAnswer
from relay.outcome import LONGEST_EXTRA_INFO, LONGEST_RESPONSE, Outcome, record_path
from tests.unit.relay.store import a_job

INFO = quote('{"requestId":"id-1","statusCode":200}', safe="")
EMOJI = "\N{PARTY POPPER}"


def outcome(text: str = '"done"', *, status: int = 200, extra_info: str = INFO) -> Outcome:
    """Return an outcome with what matters to a test changed."""
    return Outcome(status=status, extra_info=extra_info, text=text)


def units(text: str) -> int:
    """Return the length that Apex sees."""
    return len(text.encode("utf-16-le")) // 2


def answered(body: bytes, content_type: str | None, extra_info: str | None = INFO) -> Outcome:
    """Return the outcome of a function's answer."""
    answer = FunctionAnswer(status=200, content_type=content_type, extra_info=extra_info, body=body)
    return Outcome.of(answer, a_job())


def test_the_record_gets_four_fields() -> None:
    """The reference's four fields, nothing else of the record is touched."""
    assert outcome().record_fields("") == {
        "ExtraInfo__c": INFO,
        "Response__c": '"done"',
        "Status__c": "SUCCESS",
        "StatusCode__c": 200,
    }


def test_a_namespace_prefixes_the_fields_and_the_object() -> None:
    """A packaged framework has its namespace in front of all API names."""
    assert set(outcome().record_fields("acme")) == {
        "acme__ExtraInfo__c",
        "acme__Response__c",
        "acme__Status__c",
        "acme__StatusCode__c",
    }
    assert record_path(a_job(namespace="acme", api_version="60.0", record_id="a00xx")) == (
        "/services/data/v60.0/sobjects/acme__AsyncFunctionInvocationRequest__c/a00xx"
    )
    assert record_path(a_job(record_id="a00xx")) == (
        "/services/data/v57.0/sobjects/AsyncFunctionInvocationRequest__c/a00xx"
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (199, "ERROR"),
        (200, "SUCCESS"),
        (204, "SUCCESS"),
        (299, "SUCCESS"),
        (300, "ERROR"),
        (400, "ERROR"),
        (500, "ERROR"),
    ],
)
def test_only_2xx_is_a_success(status: int, word: str) -> None:
    """Apex's callback looks at the word, so it must tell the truth."""
    fields = outcome(status=status).record_fields("")

    assert (fields["Status__c"], fields["StatusCode__c"]) == (word, status)


@pytest.mark.parametrize(
    "text",
    ["x" * LONGEST_RESPONSE, EMOJI * (LONGEST_RESPONSE // 2), "", "\u4e2d" * LONGEST_RESPONSE],
    ids=["ascii", "emoji", "empty", "han"],
)
def test_what_fits_is_not_cut(text: str) -> None:
    """131,072 UTF-16 units are the field's size: that many arrive whole and unmarked."""
    fields = outcome(text).record_fields("")

    assert fields["Response__c"] == text
    assert fields["ExtraInfo__c"] == INFO


@pytest.mark.parametrize("shift", ["", "x", "xx", "xxx"])
@pytest.mark.parametrize("letter", ["x", EMOJI, "\u4e2d"], ids=["ascii", "emoji", "han"])
def test_what_does_not_fit_is_cut_with_a_marker(letter: str, shift: str) -> None:
    """The start is kept, a note tells how long it was, and no letter is cut in half."""
    text = shift + letter * (LONGEST_RESPONSE // units(letter) + 1)

    fields = outcome(text).record_fields("")

    response = fields["Response__c"]
    kept, _, note = response.rpartition("... [cut: ")
    assert LONGEST_RESPONSE - 1 <= units(response) <= LONGEST_RESPONSE
    assert text.startswith(kept)
    assert note == f"{units(text)} characters were answered]"
    assert json.loads(unquote(fields["ExtraInfo__c"])) == {
        "requestId": "id-1",
        "statusCode": 200,
        "responseCut": True,
    }


def test_one_unit_too_many_is_cut() -> None:
    """The limit is exact."""
    fields = outcome("x" * (LONGEST_RESPONSE + 1)).record_fields("")

    assert units(fields["Response__c"]) == LONGEST_RESPONSE
    assert fields["Response__c"].endswith("... [cut: 131073 characters were answered]")


def test_a_shorter_field_gets_less() -> None:
    """An org whose field is shorter still gets the start and the note."""
    response = outcome("x" * 3000).record_fields("", longest=1024)["Response__c"]

    assert units(response) == 1024
    assert response.endswith("x... [cut: 3000 characters were answered]")


def test_an_org_never_sees_what_it_can_not_store() -> None:
    """NUL and halves of surrogate pairs would make the org refuse the whole record."""
    fields = outcome("a\x00b\ud800c\udfffd" + EMOJI).record_fields("")

    assert fields["Response__c"] == f"a\ufffdb\ufffdc\ufffdd{EMOJI}"
    json.dumps(fields, ensure_ascii=False).encode("utf-8")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (None, "ä".encode()),
        ("application/json", "ä".encode()),
        ("application/json; charset=utf-8", "ä".encode()),
        ("text/plain; charset=ISO-8859-1", "ä".encode("latin-1")),
        ('text/plain; Charset="iso-8859-1"', "ä".encode("latin-1")),
        ("text/plain;charset=utf-16-le", "ä".encode("utf-16-le")),
        ("text/plain; charset=no-such-thing", "ä".encode()),
        ("text/plain; charset=hex", "ä".encode()),
        ("text/plain; charset=undefined", "ä".encode()),
        ("text/plain; charset=idna", "ä".encode()),
        ("text/plain; charset=", "ä".encode()),
    ],
    ids=str,
)
def test_the_body_is_read_in_its_own_charset(content_type: str | None, body: bytes) -> None:
    """UTF-8 unless the function names another one; one that nobody knows is taken for UTF-8."""
    assert answered(body, content_type).text == "ä"


def test_bytes_that_are_no_text_are_replaced() -> None:
    """A picture in an answer does not lose the outcome."""
    assert answered(b"\xff\xfeok", "application/json").text == "\ufffd\ufffdok"


def test_the_functions_own_extra_info_is_kept() -> None:
    """It goes to the record as it came, percent-encoded."""
    assert answered(b"{}", None, "%7B%22x%22%3A%22%C3%A4%22%7D").extra_info == (
        "%7B%22x%22%3A%22%C3%A4%22%7D"
    )


@pytest.mark.parametrize(("status", "error"), [(200, None), (500, True)])
def test_missing_extra_info_is_made_up(status: int, error: bool | None) -> None:
    """A function of another kind gives none; Apex still finds status and id there."""
    job = a_job()
    answer = FunctionAnswer(status=status, content_type=None, extra_info=None, body=b"{}")

    told = json.loads(unquote(Outcome.of(answer, job).extra_info))

    assert (told["requestId"], told["source"]) == (job.id, job.source)
    assert (told["statusCode"], told.get("isFunctionError")) == (status, error)


def test_a_failure_says_why_as_json() -> None:
    """Without an answer the response is our text, as a JSON string, no error of its."""
    job = a_job()

    failure = Outcome.failure(503, 'It "broke"', job)

    assert json.loads(failure.text) == 'It "broke"'
    assert failure.status == 503
    assert json.loads(unquote(failure.extra_info)) == {
        "requestId": job.id,
        "source": job.source,
        "statusCode": 503,
        "isFunctionError": False,
        "stack": "",
    }


def test_extra_info_is_cut_to_its_field() -> None:
    """32,768 characters are the field's size."""
    assert outcome(extra_info="x" * LONGEST_EXTRA_INFO).record_fields("")["ExtraInfo__c"] == (
        "x" * LONGEST_EXTRA_INFO
    )
    assert outcome(extra_info="x" * 40_000).record_fields("")["ExtraInfo__c"] == "x" * 32_768


@pytest.mark.parametrize(
    "told",
    ["no json", "%5B1%5D", "7", "null", "", "[" * 30_000, "%FF", "9" * 5000],
    ids=["text", "array", "number", "null", "empty", "deep", "no-utf-8", "long-integer"],
)
def test_extra_info_that_can_not_be_marked_stays_as_it_is(told: str) -> None:
    """It is the function's text: whatever it holds, the outcome is delivered."""
    fields = outcome("x" * 200_000, extra_info=told).record_fields("")

    assert fields["ExtraInfo__c"] == told


def test_the_mark_never_spoils_extra_info_that_fits() -> None:
    """Extra info that fills its field is still whole JSON after the response was cut."""
    full = quote(json.dumps({"stack": "x" * 32_740}, separators=(",", ":")), safe="")
    assert len(full) in range(LONGEST_EXTRA_INFO - 20, LONGEST_EXTRA_INFO + 1)

    told = outcome("x" * 200_000, extra_info=full).record_fields("")["ExtraInfo__c"]

    assert json.loads(unquote(told))["stack"] == "x" * 32_740


@pytest.mark.parametrize("text", ["", "ä" + EMOJI, "\x00\ud800", "x" * 300_000], ids=len)
def test_an_outcome_survives_being_stored(text: str) -> None:
    """Stored and read again it is the same, whatever the text holds."""
    kept = outcome(text, status=418, extra_info="%C3%A4")

    job = a_job()

    assert Outcome.from_bytes(kept.to_bytes(job), job) == kept


def test_a_log_line_shows_no_answer() -> None:
    """The answer may be a patient's record: it is not in the repr."""
    assert "done" not in repr(outcome())
