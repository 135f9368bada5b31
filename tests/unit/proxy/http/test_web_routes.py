"""Which routes there are, for which methods, and the probes."""

import json
from collections.abc import Callable

import pytest

from invocation import errors
from invocation.function.answer import FunctionAnswer
from invocation.request import Invocation
from localstack.apex import apex_request
from tests.unit.proxy.http.edge import (
    ORG_ID,
    REQUEST,
    Edge,
    client_of,
    extra_info,
    post,
    require_error,
)


def test_an_asynchronous_call_is_accepted() -> None:
    """201 without a body; Apex reads the status in the extra info too."""
    edge = Edge()
    request = apex_request(asynchronous=True)

    result = post(edge, request)

    assert (result.status, result.text) == ("201 Created", "")
    assert extra_info(result)["statusCode"] == 201
    assert [(i.id, i.body) for i in edge.invocations] == [(request.headers["ce-id"], request.body)]


def test_an_asynchronous_call_that_is_not_stored_is_not_promised() -> None:
    """No commit, no 201: safe to repeat."""
    edge = Edge(errors.JobNotStored("The invocation could not be stored: try again"))
    request = apex_request(asynchronous=True)

    require_error(
        post(edge, request),
        503,
        "The invocation could not be stored: try again",
        request=request,
    )


@pytest.mark.parametrize(
    ("path", "asynchronous"), [("/sync", True), ("/async", False)], ids=["sync", "async"]
)
def test_the_route_is_the_type(path: str, asynchronous: bool) -> None:
    """A request of the other kind is refused on each route."""
    request = apex_request(asynchronous=asynchronous)

    result = post(Edge(), request, path=path)

    require_error(result, 400, "Invalid request type", request=request)


@pytest.mark.parametrize("path", ["/sync", "/sync/"])
@pytest.mark.parametrize("query", ["", "a=b&a=c", "%", "x=%ff%00", "=" * 2000])
def test_a_slash_or_a_query_changes_nothing(path: str, query: str) -> None:
    """The route with a slash after it, and any query string, is the route."""
    assert post(Edge(), path=path, query=query).status_code == 200


KNOWN = {
    "/sync": "POST",
    "/async": "POST",
    "/healthcheck": "GET, POST",
    "/livez": "GET",
    "/readyz": "GET",
}


pytestmark = pytest.mark.filterwarnings(
    "ignore:Unknown REQUEST_METHOD:wsgiref.validate.WSGIWarning"  # of the test client
)


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", "BREW"]


METHODS += ["COPY", "PROPFIND", "post", "GET,POST"]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("path", "method"),
    [
        (path, method)
        for path, allowed in KNOWN.items()
        for method in METHODS
        if method not in allowed.split(", ")
    ],
)
def test_another_method_is_not_allowed(path: str, method: str, slash: str) -> None:
    """Each route has its methods; any other is 405 and says which, also OPTIONS and HEAD."""
    edge = Edge()

    result = client_of(edge).simulate_request(method, path + slash, headers=REQUEST.headers)

    assert result.status_code == 405
    assert result.headers["Allow"] == KNOWN[path]
    if method != "HEAD":
        require_error(result, 405, f"{method} {path}: Method Not Allowed")
    assert edge.invocations == []


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD", "BREW"])
@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/x",
            "/sync/x",
            "/sync/../sync",
            "/sync//",
            "/x/sync",
            "/SYNC",
            "/sync;a",
            "/sync.",
        ),
        *("/async/status", "/metrics", "/healthcheck/x", "/livez/x", "/sync%2fx", "/%73ync%00"),
        "/\u00e4\ufffd\U0001f600",
    ],
)
def test_another_path_is_not_found(path: str, method: str) -> None:
    """Sub-paths and look-alikes are 404 whatever the method, and reach nobody."""
    edge = Edge()

    result = client_of(edge).simulate_request(method, path, headers=REQUEST.headers)

    assert result.status_code == 404
    assert extra_info(result)["statusCode"] == 404
    if method != "HEAD":
        assert json.loads(result.text)["error"] == "Not Found"
    assert edge.invocations == []


def test_an_error_without_ids_has_no_prefix() -> None:
    """The prefix is left out where there is no id, and says n/a in the header."""
    result = client_of(Edge()).simulate_get("/x")

    require_error(result, 404, "GET /x: Not Found", request=None)


def test_no_path_is_long_enough_to_fill_an_answer() -> None:
    """What is echoed is bounded."""
    result = client_of(Edge()).simulate_get("/" + "x" * 100_000)

    require_error(result, 404, f"GET /{'x' * 195}: Not Found", request=None)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_health_is_told_to_who_knows_the_org(method: str) -> None:
    """With the org's id: "OK" when the function is well, 503 when it is not."""
    headers = {"x-org-id-18": ORG_ID}

    well = client_of(Edge()).simulate_request(method, "/healthcheck", headers=headers)
    ill = client_of(Edge(healthy=False)).simulate_request(method, "/healthcheck", headers=headers)

    assert (well.status_code, well.text) == (200, '"OK"')
    require_error(ill, 503, "The function is starting", request=None)


@pytest.mark.parametrize(
    "given", [None, "", ORG_ID[:15], ORG_ID.lower(), ORG_ID + " x", f"{ORG_ID},{ORG_ID}", "\u00e4"]
)
@pytest.mark.parametrize("healthy", [True, False])
def test_health_is_not_told_to_others(given: str | None, healthy: bool) -> None:
    """Without the org's id the answer is the same, whether the function is well or not."""
    headers = {} if given is None else {"x-org-id-18": given}

    result = client_of(Edge(healthy=healthy)).simulate_get("/healthcheck", headers=headers)

    require_error(result, 401, "Unauthorized request", request=None)


def test_probes_need_no_secret() -> None:
    """The process lives whatever the function does; it is ready only with it."""
    well, ill = client_of(Edge()), client_of(Edge(healthy=False))

    lives = [client.simulate_get("/livez") for client in (well, ill)]
    ready = [client.simulate_get("/readyz") for client in (well, ill)]

    assert [(r.status_code, r.text) for r in lives] == [(200, '"OK"')] * 2
    assert (ready[0].status_code, ready[0].text) == (200, '"OK"')
    require_error(ready[1], 503, "Not ready", request=None)


def test_probes_answer_while_every_place_is_taken() -> None:
    """Health is no invocation: a busy proxy is not taken for a dead one."""
    statuses: list[int] = []

    class Asking(Edge):
        """Asks for health from within an invocation that holds the only place."""

        def invoke(self, invocation: Invocation, read_body: Callable[[], bytes]) -> FunctionAnswer:
            """Ask, then answer."""
            for path in ("/livez", "/readyz", "/healthcheck"):
                headers = {"x-org-id-18": ORG_ID}
                statuses.append(client.simulate_get(path, headers=headers).status_code)
            return super().invoke(invocation, read_body)

    client = client_of(Asking())
    result = client.simulate_post("/sync", headers=REQUEST.headers, body=REQUEST.body)

    assert result.status_code == 200
    assert statuses == [200] * 3
