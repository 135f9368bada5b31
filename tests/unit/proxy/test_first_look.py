"""What a head decides by itself."""

import pytest

from invocation.errors import BodyTooLarge, InvalidRequest
from invocation.request import ASYNC, SYNC, Invocation
from localstack.apex import ApexRequest, apex_request
from proxy.first_look import FirstLook, first_look

MOST = 1000


def look(
    request: ApexRequest, *, method: str = "POST", path: str | None = None, size: int = 2
) -> FirstLook:
    """Look at the head of a request, with its names as waitress gives them."""
    headers = {name.upper().replace("-", "_"): value for name, value in request.headers.items()}
    return first_look(method, path or request.path, headers, size=size, max_body_bytes=MOST)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("asynchronous", "kind"), [(False, SYNC), (True, ASYNC)])
def test_good_head_is_an_invocation(asynchronous: bool, kind: str, slash: str) -> None:
    """On both routes, with a slash at their end or without."""
    request = apex_request(asynchronous=asynchronous)

    found = look(request, path=request.path + slash, size=MOST)

    assert isinstance(found, Invocation)
    assert (found.type, found.id) == (kind, request.headers["ce-id"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("POST", "/nowhere"),
        ("POST", "/sync//"),
        ("POST", "/SYNC"),
        ("POST", "/livez"),
        ("GET", "/sync"),
        ("post", "/sync"),
        ("PUT", "/async"),
    ],
)
def test_other_routes_and_methods_are_no_invocations(method: str, path: str) -> None:
    """The routes answer for themselves; nobody wants the payload."""
    assert look(apex_request(), method=method, path=path) is None


@pytest.mark.parametrize("name", ["authorization", "ce-id", "ce-sfcontext", "x-request-id"])
def test_head_without_what_it_needs_is_refused_in_the_contracts_words(name: str) -> None:
    """The same as after the payload: one parser says what a good head is."""
    found = look(apex_request(headers={name: None}))

    assert isinstance(found, InvalidRequest)
    assert "not found" in str(found)


def test_size_is_told_first() -> None:
    """A payload over the limit is refused whatever else is wrong."""
    found = look(apex_request(headers={"ce-id": None}), size=MOST + 1)

    assert isinstance(found, BodyTooLarge)
    assert str(found) == "The payload is larger than 1000 bytes"
