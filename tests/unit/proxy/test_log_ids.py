"""What a log line calls a request."""

from proxy.web import _ids


def test_an_id_is_in_a_line_once() -> None:
    """Apex sends one value as both ids; behind Heroku's router the request has another one."""
    assert _ids("ce", "ce") == {"id": "ce"}
    assert _ids("ce", "router") == {"id": "ce", "request_id": "router"}
    assert _ids(None, "router") == {"id": None, "request_id": "router"}
    assert _ids(None, None) == {"id": None}
