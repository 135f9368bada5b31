"""A thousand users call at the same moment: none gets to see anything of another."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import unquote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import aiohttp

from localstack.waiting import wait_until
from orgsim import SimulatedOrg
from orgsim.http.app import create_app
from tests.support.runtime import headers, sfcontext, sffncontext
from tests.support.runtime_process import DEADLINE_S, serving
from tests.support.runtime_project import write_project

COUNT = 1000

MAIN = """
import asyncio

from salesforce_functions import Record, get_logger

logger = get_logger()
everybody = asyncio.Event()
arrived = 0

async def function(event, context):
    global arrived
    arrived += 1
    if arrived == 1000:
        everybody.set()
    await everybody.wait()
    api = context.org.data_api
    record_id = await api.create(Record(type="Account", fields={"Name": str(event.data)}))
    await asyncio.create_task(log(event.data))
    if event.data % 10 == 0:
        await api.query("SELECT Id FROM User LIMIT 1")  # by now there could be cookies
        raise ValueError(f"{record_id} {context.org.user.username} {api.access_token}")
    return f"{record_id} {context.org.user.username}"

async def log(number):
    logger.info("made", number=number)
"""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = COUNT


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Say nothing."""


@contextlib.contextmanager
def org_with_cookies(org: SimulatedOrg) -> Iterator[tuple[str, list[str]]]:
    """Serve an org that gives each caller a cookie; yield its URL, and the cookies it gets back."""
    app = create_app(org)
    received: list[str] = []

    def with_cookies(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        received.append(environ.get("HTTP_COOKIE", ""))
        cookie = ("Set-Cookie", f"sid={environ['HTTP_AUTHORIZATION'][-20:]}; Path=/")
        return app(environ, lambda status, given: start_response(status, [*given, cookie]))

    with make_server("localhost", 0, with_cookies, _Server, _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            # By its name: HTTP clients keep no cookies of addresses.
            yield f"http://localhost:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()


async def call_all(url: str, requests: list[dict[str, str]]) -> list[tuple[int, str, str]]:
    """Send all requests at once; return status, answer and x-extra-info of each."""
    timeout = aiohttp.ClientTimeout(total=3 * DEADLINE_S)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:

        async def call(number: int) -> tuple[int, str, str]:
            body = str(number).encode()
            async with session.post(url, data=body, headers=requests[number]) as response:
                info = unquote(response.headers["x-extra-info"])
                return response.status, await response.json(), info

        return await asyncio.gather(*(call(number) for number in range(len(requests))))


def test_a_thousand_users_at_once_never_mix(tmp_path: Path) -> None:
    """Each acts with his own token, gets his own answer and log lines, and nobody's cookies."""
    org = SimulatedOrg.built_in()
    users = [org.add_user(f"user-{number}@example.com") for number in range(COUNT)]
    tokens = [org.open_session(user.username) for user in users]
    project = write_project(tmp_path / "project", main=MAIN)
    with org_with_cookies(org) as (org_url, cookies), serving(project, tmp_path) as server:
        requests = [
            headers(
                ce_id=f"id-{number}",
                ce_sfcontext=sfcontext(username=user.username, orgDomainUrl=org_url),
                ce_sffncontext=sffncontext(accessToken=token),
            )
            for number, (user, token) in enumerate(zip(users, tokens, strict=True))
        ]
        answers = asyncio.run(call_all(f"http://127.0.0.1:{server.port}/", requests))
        wait_until(lambda: server.stdout.read_text().count("msg=made") == COUNT, "all lines")

    owners = {}
    for number, (status, answer, info) in enumerate(answers):
        record_id, username = answer.split("ValueError: ")[-1].split()[:2]
        owners[record_id] = users[number].id
        failed = number % 10 == 0
        assert (status, username) == (500 if failed else 200, users[number].username)
        assert answer.endswith(" [access token]") == failed
        assert json.loads(info)["requestId"] == f"id-{number}"
    assert len(owners) == COUNT
    made = {record_id: (org.data.find(record_id) or {})["OwnerId"] for record_id in owners}
    assert made == owners
    output = server.stdout.read_text() + server.stderr.read_text()
    lines = [line for line in output.splitlines() if line.endswith("msg=made")]
    assert sorted(lines) == sorted(
        f"number={number} invocationId=id-{number} level=info msg=made" for number in range(COUNT)
    )
    assert cookies == [""] * (COUNT + COUNT // 10)
    told = output + repr(answers)
    assert not any(token in told for token in tokens)
