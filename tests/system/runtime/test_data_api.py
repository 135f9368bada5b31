"""Functions that use the org that called them: served, over real sockets."""

import concurrent.futures
from collections.abc import Iterator
from pathlib import Path

import pytest

from localstack.waiting import wait_until
from orgsim import SimulatedOrg, running
from tests.support.runtime import Answer, sfcontext, sffncontext
from tests.support.runtime_process import Server, serving
from tests.support.runtime_project import write_project

MAIN = """
import asyncio, sys

from salesforce_functions import Record

async def function(event, context):
    api = context.org.data_api
    match event.data:
        case "aiohttp":
            return "aiohttp" in sys.modules
        case {"soql": soql}:
            return await api.query(soql)
        case {"name": name}:
            return await api.create(Record(type="Account", fields={"Name": name}))
        case "token":
            raise ValueError(api.access_token)
"""

PLAIN = """
import asyncio

def function(event, context):
    return asyncio.run(context.org.data_api.query(event.data)).total_size
"""

TOML = '[com.salesforce]\nsalesforce-api-version = "61.0"\n'


class World:
    """A served function, and the org whose users call it."""

    def __init__(self, server: Server, org: SimulatedOrg, org_url: str) -> None:
        self.server = server
        self.org = org
        self.org_url = org_url

    def invoke(self, data: object, username: str = "admin@example.com") -> Answer:
        """Invoke the function as a user; Apex names another API version."""
        token = self.org.open_session(username)
        return self.server.invoke(
            data,
            ce_sfcontext=sfcontext(orgDomainUrl=self.org_url),
            ce_sffncontext=sffncontext(accessToken=token),
        )

    def paths(self) -> set[str]:
        """Return what the org was asked for."""
        return {line.path for line in self.org.journal.latest()}


@pytest.fixture(name="world")
def _world(tmp_path: Path) -> Iterator[World]:
    org = SimulatedOrg.built_in()
    project = write_project(tmp_path / "project", main=MAIN, toml=TOML)
    with running(org) as url, serving(project, tmp_path) as server:
        yield World(server, org, url)


def test_a_function_acts_as_the_user_who_called(world: World) -> None:
    """In the version of project.toml, whatever version the caller names."""
    made = [world.invoke({"name": "A"}), world.invoke({"name": "B"}, "joe@example.com")]
    found = world.invoke({"soql": "SELECT Name, Owner.Username FROM Account ORDER BY Name"})

    assert [answer.status for answer in made] == [200, 200]
    assert found.json["total_size"] == 2
    assert [
        (record["fields"]["Name"], record["fields"]["Owner"]["fields"]["Username"])
        for record in found.json["records"]
    ] == [("A", "admin@example.com"), ("B", "joe@example.com")]
    assert world.paths() == {
        "/services/data/v61.0/sobjects/Account",
        "/services/data/v61.0/query",
    }


def test_the_http_client_is_loaded_by_the_first_call(world: World) -> None:
    """Not by the start of the server."""
    assert world.invoke("aiohttp").json is False
    world.invoke({"name": "A"})
    assert world.invoke("aiohttp").json is True


def test_many_calls_at_once_and_a_clean_end(world: World) -> None:
    """All get their record; at the end no connection is left, so nothing complains."""
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: world.invoke({"name": str(n)}), range(30)))

    assert len({answer.json for answer in answers}) == 30
    assert world.server.stop() == 0
    assert "nclosed" not in world.server.stderr.read_text()
    assert "Traceback" not in world.server.stderr.read_text() + world.server.stdout.read_text()


def test_an_error_of_the_org_is_the_functions(world: World) -> None:
    """Unless it catches it: 500 with the org's reasons."""
    answer = world.invoke({"soql": "SELECT Nope FROM Account"})

    assert answer.status == 500
    assert answer.json.startswith(
        "Exception occurred while executing function: SalesforceRestApiError: "
        "Salesforce REST API reported the following error(s):\n---\nINVALID_FIELD error:\n"
    )
    assert answer.extra_info["isFunctionError"] is True


def test_the_token_stays_inside(world: World) -> None:
    """Even a function that throws it out does not get it past the runtime."""
    answer = world.invoke("token")
    wait_until(lambda: "ValueError" in world.server.stdout.read_text(), "the line arrives")

    assert answer.json.endswith("ValueError: [access token]")
    secret = world.org.settings.id[:15] + "!"
    assert secret not in repr(answer) + world.server.stdout.read_text()


def test_a_plain_function_can_call_the_org(tmp_path: Path) -> None:
    """With a loop of its own on its thread, also several at once."""
    org = SimulatedOrg.built_in()
    project = write_project(tmp_path / "project", main=PLAIN)
    with running(org) as url, serving(project, tmp_path) as server:
        world = World(server, org, url)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(world.invoke, ["SELECT Id FROM User"] * 8))
        assert server.stop() == 0

    assert [answer.json for answer in answers] == [2] * 8
    assert "nclosed" not in server.stderr.read_text()


def test_every_worker_has_a_session_of_its_own(tmp_path: Path) -> None:
    """Several processes share nothing; each uses the version of project.toml."""
    org = SimulatedOrg.built_in()
    project = write_project(tmp_path / "project", main=MAIN, toml=TOML)
    with running(org) as url, serving(project, tmp_path, workers=2) as server:
        world = World(server, org, url)
        answers = [world.invoke({"soql": "SELECT Id FROM User"}) for _ in range(8)]
        assert server.stop() == 0

    assert {answer.json["total_size"] for answer in answers} == {2}
    assert world.paths() == {"/services/data/v61.0/query"}
    assert "nclosed" not in server.stderr.read_text()
