"""When invocations may be sent: the function is well, and jobs can be stored."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from localstack import ROOT
from localstack.apex import apex_request
from localstack.container import wait_until_ready
from localstack.postgres import PostgresServer
from localstack.stack import Stage, started
from localstack.waiting import wait_until
from tests.support.postgres import running_postgres

FASTIFY = f'exec python {ROOT}/tests/support/fastify_like.py "$PORT"'
WAIT_S = 60.0
WAITS_FOR_STORE = "the job store is not there yet"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def fastify(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything around a function like the official Node runtime; one miss would restart it."""
    folder = tmp_path_factory.mktemp("fastify")
    env = {"FUNCTION_COMMAND": FASTIFY, "WATCHDOG_FAILURES": "1"}
    with started(folder, **env) as stage:
        wait_until_ready(stage.container)
        yield stage


def checks(stage: Stage) -> int:
    """Return how many health checks the function has let through."""
    number: int = function(stage, "GET").json()
    return number


def function(stage: Stage, method: str, path: str = "/") -> requests.Response:
    """Ask the function itself."""
    url = f"http://127.0.0.1:{stage.container.function_port}{path}"
    return requests.request(method, url, timeout=WAIT_S)


def accept(stage: Stage) -> int:
    """Invoke the function asynchronously; return the status."""
    request = apex_request(stage.identity(), asynchronous=True, headers={"ce-id": uuid4().hex})
    url = f"{stage.container.url}/async"
    return requests.post(url, headers=request.headers, data=b"{}", timeout=WAIT_S).status_code


def test_node_function_is_well_for_everyone_who_asks(fastify: Stage) -> None:
    """Its runtime refuses an empty body that is declared JSON: health is asked without a type."""
    assert fastify.container.is_ready()
    assert fastify.healthcheck().text == '"OK"'
    before = checks(fastify)
    wait_until(lambda: checks(fastify) > before, "the watchdog's check", limit_s=WAIT_S)


def test_function_that_answers_with_an_error_is_not_restarted(fastify: Stage) -> None:
    """It is not ready, and everybody says so; but it does not hang, and its calls go on."""
    pid = fastify.pid()
    function(fastify, "POST", "/unwell")
    before = checks(fastify)
    assert not fastify.container.is_ready()
    answer = fastify.healthcheck()
    wait_until(lambda: checks(fastify) > before + 3, "some checks of the watchdog", limit_s=WAIT_S)

    assert answer.status_code == 503
    assert "The function answers its health check with an error" in answer.text
    assert fastify.invoke().text == '"done"'
    assert fastify.pid() == pid
    assert "function hangs" not in fastify.log()
    function(fastify, "POST", "/well")
    wait_until_ready(fastify.container)


def test_ready_means_that_jobs_can_be_stored(tmp_path: Path, postgres: PostgresServer) -> None:
    """With an empty database too; once it was so, an outage of the database changes nothing."""
    url = postgres.new_database()
    postgres.stop()
    try:
        with started(tmp_path, DATABASE_URL=url) as stage:
            wait_until(stage.is_alive, "the proxy", limit_s=WAIT_S)
            wait_until(lambda: stage.invoke().status_code == 200, "the function", limit_s=WAIT_S)
            assert [stage.container.is_ready() for _ in range(5)] == [False] * 5
            wait_until(lambda: WAITS_FOR_STORE in stage.log(), "the line about it")
            assert stage.log().count(WAITS_FOR_STORE) == 1

            postgres.start()
            wait_until_ready(stage.container)
            assert accept(stage) == 201

            postgres.stop()
            assert stage.container.is_ready()
            assert stage.invoke().status_code == 200
            assert stage.log().count(WAITS_FOR_STORE) == 1
    finally:
        if postgres.program.process is None:
            postgres.start()


def test_ready_means_that_jobs_can_be_stored_in_a_new_file(tmp_path: Path) -> None:
    """Not only a database has to be prepared."""
    with started(tmp_path, ASYNC_DB_PATH=str(tmp_path / "jobs.sqlite3")) as stage:
        wait_until_ready(stage.container)

        assert accept(stage) == 201
