"""What a log line calls a request."""

from proxy.http.shown_ids import log_ids


def test_an_id_is_in_a_line_once() -> None:
    """Apex sends one value as both ids; behind Heroku's router the request has another one."""
    assert log_ids("ce", "ce") == {"id": "ce"}
    assert log_ids("ce", "router") == {"id": "ce", "request_id": "router"}
    assert log_ids(None, "router") == {"id": None, "request_id": "router"}
    assert log_ids(None, None) == {"id": None}
