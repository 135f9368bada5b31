"""Which connections the Data API uses, and what it takes with it."""

import asyncio
import copy
import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from salesforce_functions import Context, InvocationEvent, Record
from salesforce_functions.data_api import DataAPI
from salesforce_functions.data_api._session import SharedSession
from salesforce_functions.testing import mock_context
from tests.support.runtime import TOKEN, Answer, Request, app_of, headers, sfcontext
from tests.support.runtime_org import ORG_TOKEN, ScriptedOrg, answer, data_api, scripted

SOQL = "SELECT Id FROM Account"
NOTHING = answer(200, {"done": True, "totalSize": 0, "records": []})
FILE = {"attributes": {"type": "ContentVersion"}, "VersionData": "/data"}


def with_cookie(reply: bytes) -> bytes:
    """Return an answer that wants to be remembered."""
    return reply.replace(b"\r\n", b"\r\nSet-Cookie: sid=secret; Path=/\r\n", 1)


@pytest.mark.slow
def test_importing_the_package_does_not_import_the_http_client() -> None:
    """It takes a fifth of a second, and many functions never call the org."""
    code = (
        "import sys, salesforce_functions, salesforce_functions.testing as testing;"
        "import salesforce_functions._internal.server;"
        "testing.mock_context(); print('aiohttp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_each_call_has_a_session_of_its_own_outside_of_the_server() -> None:
    """Nothing is left open: warnings are errors here."""
    org = ScriptedOrg(NOTHING, NOTHING)

    async def run() -> None:
        async with org.running() as url:
            api = data_api(url)
            await api.query(SOQL)
            await api.query(SOQL)

    asyncio.run(run())

    assert org.connections == 2


def test_a_call_with_downloads_needs_one_connection() -> None:
    """All requests of one call share it, and each carries the token."""
    found = answer(200, {"done": True, "totalSize": 2, "records": [FILE, FILE]})
    org = ScriptedOrg(found, answer(200, body=b"1"), answer(200, body=b"2"))

    async def run() -> list[object]:
        async with org.running() as url:
            result = await data_api(url, request_id="r-1").query(SOQL)
            return [record.get("VersionData") for record in result.records]

    assert asyncio.run(run()) == [b"1", b"2"]
    assert org.connections == 1
    first, *downloads = (
        {name: value for name, value in seen.headers.items() if name != "host"} for seen in org.seen
    )
    assert downloads == [first, first]


def test_a_given_session_is_used_and_left_open() -> None:
    """Whoever opened it closes it."""
    org = ScriptedOrg(NOTHING, NOTHING)

    async def run() -> bool:
        async with org.running() as url, aiohttp.ClientSession() as session:
            await data_api(url, session=session).query(SOQL)
            await data_api(url, session=session).query(SOQL)
            return session.closed

    assert asyncio.run(run()) is False
    assert org.connections == 1


def test_a_shared_session_lives_from_start_to_close() -> None:
    """Calls of several users share its connections and no cookies."""
    org = ScriptedOrg(with_cookie(NOTHING), NOTHING, NOTHING)
    shared = SharedSession()

    async def run() -> None:
        async with org.running() as address:
            url = address.replace("127.0.0.1", "localhost")  # addresses never have cookies
            shared.start()
            await data_api(url, session=shared, access_token="one").query(SOQL)
            await data_api(url, session=shared, access_token="two").query(SOQL)
            assert org.connections == 1
            await shared.close()
            await data_api(url, session=shared).query(SOQL)

    asyncio.run(run())

    assert org.connections == 2
    assert [seen.headers["authorization"] for seen in org.seen][:2] == ["Bearer one", "Bearer two"]
    assert not any("cookie" in seen.headers for seen in org.seen)


def test_an_invocation_gives_its_token_its_id_and_its_org() -> None:
    """What came with the event goes along with the function's requests."""
    org = ScriptedOrg(NOTHING)

    async def function(event: InvocationEvent[Any], context: Context) -> int:  # noqa: ARG001
        return (await context.org.data_api.query(SOQL)).total_size

    async def run() -> Answer:
        async with org.running() as url:
            sent = headers(ce_id="id-1", ce_sfcontext=sfcontext(orgDomainUrl=url))
            return await Request(headers=sent).put_to(app_of(function))

    assert asyncio.run(run()).json == 0
    (seen,) = org.seen
    assert seen.target == "/services/data/v56.0/query?q=SELECT+Id+FROM+Account"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["x-request-id"] == "id-1"


def test_a_shared_session_that_nobody_used_can_be_closed() -> None:
    """Functions need not call the org."""
    shared = SharedSession()

    async def run() -> None:
        shared.start()
        await shared.close()

    asyncio.run(run())


def test_another_loop_does_not_get_the_shared_session() -> None:
    """A plain function may run a loop on its thread; connections of another one cannot be used."""
    org = ScriptedOrg(NOTHING, NOTHING)
    shared = SharedSession()

    async def run() -> None:
        async with org.running() as url:
            shared.start()
            api = data_api(url, session=shared)
            await api.query(SOQL)
            await asyncio.to_thread(lambda: asyncio.run(api.query(SOQL)))
            await shared.close()

    asyncio.run(run())

    assert org.connections == 2


def test_a_context_can_be_copied() -> None:
    """`dataclasses.asdict(context)` does; connections stay where they are."""
    shared = SharedSession()
    api = data_api("https://acme.example", session=shared)
    org = dataclasses.replace(mock_context().org, data_api=api)

    assert copy.deepcopy(shared) is shared
    assert isinstance(dataclasses.asdict(org)["data_api"], DataAPI)


def test_the_environment_has_no_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither a proxy nor a .netrc, which would replace the token."""
    netrc = tmp_path / "netrc"
    netrc.write_text("default login user password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    _, seen = scripted(lambda api: api.query(SOQL), NOTHING)

    assert seen[0].headers["authorization"] == f"Bearer {ORG_TOKEN}"


@pytest.mark.parametrize(
    ("request_id", "expected"),
    [
        ("00DJS0000000123ABC-4Yk_x:y.z-0700", "00DJS0000000123ABC-4Yk_x:y.z-0700"),
        ("x" * 256, "x" * 256),
        (None, None),
        ("", None),
        ("é", None),
        ("a b", None),
        ("a\nX-Evil: 1", None),
        ("x" * 257, None),
    ],
)
def test_the_request_id_goes_along(request_id: str | None, expected: str | None) -> None:
    """As the invocation has it, unless no header can."""
    _, seen = scripted(lambda api: api.query(SOQL), NOTHING, request_id=request_id)

    assert seen[0].headers.get("x-request-id") == expected
    assert "x-evil" not in seen[0].headers


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_of_the_orgs_url_makes_no_difference(slash: str) -> None:
    """Two of them in a row would be another path."""
    org = ScriptedOrg(NOTHING)

    async def run() -> None:
        async with org.running() as url:
            await data_api(url + slash).query(SOQL)

    asyncio.run(run())

    assert org.seen[0].target.startswith("/services/data/")


def test_the_version_is_the_projects() -> None:
    """It is part of every path."""
    _, seen = scripted(
        lambda api: api.create(Record(type="Account", fields={})),
        answer(201, {"id": "001A"}),
        api_version="61.0",
    )

    assert seen[0].target == "/services/data/v61.0/sobjects/Account"


def test_calls_overlap() -> None:
    """Two at once wait together; each gets its own answer."""
    org = ScriptedOrg(answer(201, {"id": "1"}), answer(201, {"id": "2"}))

    async def run() -> list[str]:
        async with org.running() as url:
            api = data_api(url)
            record = Record(type="Account", fields={})
            return list(await asyncio.gather(api.create(record), api.create(record)))

    assert sorted(asyncio.run(run())) == ["1", "2"]
