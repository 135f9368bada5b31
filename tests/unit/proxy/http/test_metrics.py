"""What Prometheus is told, and who may read it."""

import re

import pytest
from falcon.testing import Result

from invocation.errors import FunctionBroke, ProxyFull
from localstack.apex import apex_request
from tests.unit.proxy.http.edge import ORG_ID, Edge, client_of

TOKEN = "t" * 16
READER = {"Authorization": f"Bearer {TOKEN}"}


def sample(scraped: Result, name: str, **labels: str) -> float:
    """Return one number of what was scraped."""
    wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
    pattern = rf"^{name}{{{wanted}}} (\S+)$" if labels else rf"^{name} (\S+)$"
    found = re.findall(pattern, scraped.text, re.MULTILINE)
    assert len(found) == 1, (pattern, scraped.text)
    return float(found[0])


def test_answers_are_counted_by_kind_and_status() -> None:
    """Also refusals; health checks and strangers' paths are no invocations."""
    edge = Edge()
    client = client_of(edge, metrics_token=TOKEN)
    sync, later = apex_request(), apex_request(asynchronous=True)
    for outcome in (edge.outcome, FunctionBroke("x"), ProxyFull("x"), ProxyFull("y")):
        edge.outcome = outcome
        client.simulate_post("/sync", headers=sync.headers, body=b"{}")
    edge.outcome = Edge().outcome
    client.simulate_post("/async/", headers=later.headers, body=b"{}")
    client.simulate_get("/livez")
    client.simulate_get("/sync")

    scraped = client.simulate_get("/metrics", headers=READER)

    assert scraped.headers["Content-Type"].startswith("text/plain")
    count = "functions_invocations_total"
    assert sample(scraped, count, kind="sync", status="200") == 1
    assert sample(scraped, count, kind="sync", status="502") == 1
    assert sample(scraped, count, kind="sync", status="503") == 2
    assert sample(scraped, count, kind="async", status="201") == 1
    assert sample(scraped, "functions_invocation_seconds_count", kind="sync") == 4
    assert sample(scraped, "functions_invocations_running", kind="sync") == 0
    assert sample(scraped, "process_open_fds") > 0


def test_what_runs_is_told() -> None:
    """A call that waits for its function is seen as running."""
    seen: list[float] = []

    class Scraping(Edge):
        """Scrapes while it runs."""

        def invoke(self, invocation, read_body):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
            """Look, then answer."""
            scraped = client.simulate_get("/metrics", headers=READER)
            seen.append(sample(scraped, "functions_invocations_running", kind="sync"))
            return super().invoke(invocation, read_body)

    client = client_of(Scraping(), metrics_token=TOKEN)
    request = apex_request()

    assert client.simulate_post("/sync", headers=request.headers, body=b"{}").status_code == 200
    assert seen == [1]


@pytest.mark.parametrize("given", [None, "", TOKEN, f"Bearer {TOKEN}x", "Bearer ", "Bearer \u00e4"])
def test_numbers_are_for_who_has_the_token(given: str | None) -> None:
    """They tell how busy a company is."""
    headers = {} if given is None else {"Authorization": given.encode().decode("latin-1")}

    refused = client_of(Edge(), metrics_token=TOKEN).simulate_get("/metrics", headers=headers)

    assert refused.status_code == 401
    assert "functions_" not in refused.text


def test_without_a_token_there_is_no_such_route() -> None:
    """Nothing to find, nothing to guess."""
    assert client_of(Edge()).simulate_get("/metrics", headers=READER).status_code == 404


def test_no_id_and_no_name_is_a_label() -> None:
    """Numbers only: who calls what is for the log."""
    client = client_of(Edge(), metrics_token=TOKEN)
    request = apex_request()
    client.simulate_post("/sync", headers=request.headers, body=b"{}")

    scraped = client.simulate_get("/metrics", headers=READER).text

    assert ORG_ID not in scraped
    assert "MyFunction" not in scraped
    assert set(re.findall(r"(\w+)=\"", scraped)) <= {"kind", "status", "le"}
