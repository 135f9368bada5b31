import pytest

from tests.system.relay.site import Site, told

# What becomes of an answer is the same for every store.
pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True, scope="session")


@pytest.mark.parametrize("status", [400, 500, 503])
def test_error_of_the_function_is_its_outcome(site: Site, status: int) -> None:
    """What the function answers is the outcome, whatever its status: it is not run again."""
    site.function.status, site.function.body = status, b'{"why":"no"}'
    site.function.headers["X-Extra-Info"] = "%7B%22isFunctionError%22%3Atrue%7D"

    call = site.send()

    fields = site.outcome(call)
    assert (fields["Status__c"], fields["StatusCode__c"]) == ("ERROR", status)
    assert fields["Response__c"] == '{"why":"no"}'
    assert fields["ExtraInfo__c"] == "%7B%22isFunctionError%22%3Atrue%7D"
    assert len(site.runs(call)) == 1


@pytest.mark.parametrize("text", ["x" * 131_072, "é" * 131_072, "😀" * 65_536])
def test_answer_that_just_fits_is_kept(site: Site, text: str) -> None:
    """131,072 UTF-16 units fit."""
    site.function.body = text.encode()

    fields = site.outcome(site.send())

    assert fields["Response__c"] == text
    assert "responseCut" not in told(fields["ExtraInfo__c"])


@pytest.mark.parametrize("text", ["x" * 131_073, "x" + "😀" * 65_536, "é" * 1_000_000])
def test_answer_that_is_too_long_is_cut(site: Site, text: str) -> None:
    """A longer one is cut, never inside of a character, and both fields say so."""
    site.function.body = text.encode()

    fields = site.outcome(site.send())

    response = fields["Response__c"]
    kept, _, note = response.partition("... [cut: ")
    assert text.startswith(kept)
    assert len(kept) > 60_000
    assert note == f"{len(text.encode('utf-16-le')) // 2} characters were answered]"
    assert told(fields["ExtraInfo__c"])["responseCut"] is True


@pytest.mark.parametrize(
    ("body", "shown"), [(b"", ""), (b"\x00\xff", "\ufffd\ufffd"), (b'  "x"\r\n', '  "x"\r\n')]
)
def test_strange_answers_are_written(site: Site, body: bytes, shown: str) -> None:
    """Whatever a function answers becomes text that a record takes."""
    site.function.body = body

    assert site.outcome(site.send())["Response__c"] == shown
