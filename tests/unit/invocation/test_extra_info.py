import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invocation import extra_info


@pytest.mark.parametrize("status", [200, 201, 204, 302, 399])
def test_a_success_is_described(status: int) -> None:
    """Apex finds the status of an answer here, also of the 201 of an asynchronous call."""
    told = extra_info.describe(request_id="id-1", source="urn:x", status=status)

    assert json.loads(unquote(told)) == {
        "requestId": "id-1",
        "source": "urn:x",
        "statusCode": status,
    }


@pytest.mark.parametrize("status", [400, 404, 500, 503])
@pytest.mark.parametrize("is_function_error", [True, False])
def test_a_failure_says_whose_it_is(status: int, is_function_error: bool) -> None:
    """Of a failure Apex also learns whether the function failed, or the way to it."""
    told = extra_info.describe(
        request_id="id-1", source="urn:x", status=status, is_function_error=is_function_error
    )

    assert json.loads(unquote(told)) == {
        "requestId": "id-1",
        "source": "urn:x",
        "statusCode": status,
        "isFunctionError": is_function_error,
        "stack": "",
    }


@given(request_id=st.text(st.characters(exclude_categories=["Cs"])), source=st.text(max_size=20))
def test_a_description_is_one_header_value(request_id: str, source: str) -> None:
    """Whatever the ids hold, EncodingUtil.urlDecode reads it back: no plus, nothing raw."""
    told = extra_info.describe(request_id=request_id, source=source, status=200)

    assert set(told) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%-._~")
    assert json.loads(unquote(told, errors="strict"))["requestId"] == request_id


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        pytest.param("", True, id="empty"),
        pytest.param("%7B%22a%22%3A1%7D", True, id="usual"),
        pytest.param('{"a": 1}', True, id="not-encoded"),
        pytest.param("x" * 32_768, True, id="longest"),
        pytest.param("x" * 32_769, False, id="too-long"),
        pytest.param("a\r\nb: c", False, id="line-break"),
        pytest.param("a\n", False, id="newline-at-the-end"),
        pytest.param("a\x00", False, id="nul"),
        pytest.param("a\tb", False, id="tab"),
        pytest.param("a\x7f", False, id="delete"),
        pytest.param("\u00e4", False, id="latin-1"),
    ],
)
def test_what_a_function_tells_must_fit(value: str, fits: bool) -> None:
    """The function's own value passes when it is one line that the org can store."""
    assert extra_info.can_be_sent(value) is fits
