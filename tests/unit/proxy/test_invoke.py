"""The order of an invocation's steps, and that a refused one leaves no trace: real clients."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from invocation.errors import (
    ActivationRefused,
    CallerRejected,
    FunctionUnavailable,
    IdentityMismatch,
    JobNotStored,
    OrgNotAllowed,
    OrgUnavailable,
    PermissionSetNotAllowed,
    ProxyError,
    ProxyFull,
    TokenRefused,
)
from invocation.function.client import FunctionClient
from invocation.jobs.job import Job
from invocation.jobs.store import JobStore, jobs
from invocation.org.client import OrgClient
from invocation.org.tokens import Clocks
from invocation.request import ASYNC, SYNC, Invocation, parse_invocation
from invocation.settings.config import Config
from localstack.apex import ADMIN, Identity, apex_request
from localstack.keys import rsa_key
from proxy.invoke import Invoker
from proxy.wait_for_function import WaitForFunction
from tests.unit.invocation.org.org_answers import succeeded, userinfo
from tests.unit.invocation.scripted_server import Connection, answer, closed_port, scripted_server
from tests.unit.relay.store import ROOMY, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.relay.store import Store

NOW_S = 1_700_000_000.5
STEPS = {
    "/services/oauth2/userinfo": "identify",
    "/services/oauth2/token": "mint",
    "/services/data/v57.0/actions/standard/activateSessionPermSet": "activate",
    "/": "function",
}
GOOD = {
    "identify": answer(userinfo()),
    "mint": answer(b'{"access_token":"00Dxx!minted"}'),
    "activate": answer(succeeded(1)),
    "function": answer(b'"done"'),
}
DENIED = answer(b'[{"errorCode":"X","message":"no"}]', status="400 Bad Request")


@dataclass
class World:
    """An org and a function on loopback, and a proxy's invoker between them and a real store."""

    invoker: Invoker
    org_url: str
    store: Store
    draining: threading.Event
    steps: list[str]
    """What happened, in order; ``body`` when the payload was read."""
    answers: dict[str, bytes]
    requests: list[bytes] = field(default_factory=list)

    def invocation(self, *, asynchronous: bool = False, **request: Any) -> Invocation:  # noqa: ANN401 - see `apex_request`
        """Return what Apex asks for, without its payload."""
        identity = Identity(org_domain_url=request.pop("org_url", self.org_url))
        sent = apex_request(identity, asynchronous=asynchronous, **request)
        kind = ASYNC if asynchronous else SYNC
        return parse_invocation(sent.by_lower_name, expected_type=kind)

    def read_body(self) -> bytes:
        """Give the payload, and note that it was asked for."""
        self.steps.append("body")
        return b'{"a":1}'

    def invoke(self, **request: Any) -> bytes:  # noqa: ANN401 - see `apex_request`
        """Invoke synchronously; return the answer's body."""
        return self.invoker.invoke(self.invocation(**request), self.read_body).body

    def accept(self, **request: Any) -> None:  # noqa: ANN401 - see `apex_request`
        """Invoke asynchronously."""
        self.invoker.accept(self.invocation(asynchronous=True, **request), self.read_body)

    def stored(self) -> list[dict[str, Any]]:
        """Return the rows of all accepted jobs."""
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(jobs.select()).mappings()]


@contextlib.contextmanager
def world_of(folder: Path, *, function_port: int | None = None, **settings: Any) -> Iterator[World]:  # noqa: ANN401 - fields of `Config`
    """Make a world."""
    steps: list[str] = []
    answers = dict(GOOD)

    def script(connection: Connection) -> None:
        while request := connection.request():
            step = STEPS[request.split(b" ", 2)[1].decode()]
            steps.append(step)
            connection.send(answers[step])

    with contextlib.ExitStack() as closing:
        store = closing.enter_context(open_store(folder, wait_s=1))
        server = closing.enter_context(scripted_server(script))
        wanted: dict[str, Any] = {
            "org_id": ADMIN.org_id,
            "consumer_key": "k",
            "private_key": rsa_key(),
            "org_origins": frozenset({server.origin}),
        }
        config = Config(**wanted | settings)
        org = OrgClient(connections=4)
        draining = threading.Event()
        function = FunctionClient(port=function_port or server.port, max_answer_bytes=10_000)
        closing.callback(org.close)
        closing.callback(function.close)
        yield World(
            invoker=Invoker(
                config,
                org=org,
                function=WaitForFunction(
                    function, hold_s=0, draining=draining, why=lambda: "It is away"
                ),
                jobs=JobStore(store.engine, store.cipher, ROOMY),
                draining=draining,
                clocks=Clocks(epoch=lambda: NOW_S),
            ),
            org_url=server.origin,
            store=store,
            draining=draining,
            steps=steps,
            answers=answers,
            requests=server.requests,
        )


@pytest.fixture(name="world")
def _world(tmp_path: Path) -> Iterator[World]:
    with world_of(tmp_path) as world:
        yield world


def test_a_call_goes_its_way(world: World) -> None:
    """Who calls, a token, its permission sets, and only then the payload and the function."""
    assert world.invoke(permission_sets=["A"]) == b'"done"'

    assert world.steps == ["identify", "mint", "activate", "body", "function"]
    assert world.requests[-1].endswith(b'\r\n\r\n{"a":1}')
    assert world.stored() == []


def test_an_accepted_call_is_stored_last(world: World) -> None:
    """The same steps, so that what is wrong is told at once; then the job, and no function."""
    world.accept(permission_sets=["A"])

    assert world.steps == ["identify", "mint", "activate", "body"]
    (row,) = world.stored()
    job = Job.from_bytes(world.store.cipher.decrypt(row["payload"]))
    assert (row["state"], row["accepted_at_s"]) == ("accepted", NOW_S)
    assert (job.body, job.accepted_at_s, job.permission_sets) == (b'{"a":1}', NOW_S, ("A",))
    assert job.caller.org_url == world.org_url
    assert [inputs for _, inputs in world.store.queued()] == [
        f'{{"args": ["{job.job_id}"], "kwargs": {{}}}}'
    ]


def test_no_token_is_in_the_store(world: World, tmp_path: Path) -> None:
    """Neither the caller's nor the minted one, not even encrypted."""
    world.accept(function_context={"accessToken": "secret", "proxyClientToken": "secret"})

    plain = world.store.cipher.decrypt(world.stored()[0]["payload"])
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for token in (ADMIN.token.encode(), b"00Dxx!minted", b"secret"):
        assert token not in plain
        assert token not in files


def test_a_warm_proxy_asks_the_org_for_nothing(world: World) -> None:
    """Caller and token are remembered, for both kinds of calls together."""
    for _ in range(3):
        world.invoke()
        world.accept()

    assert Counter(world.steps) == {"identify": 1, "mint": 1, "body": 6, "function": 3}
    assert len(world.stored()) == 1


REFUSALS: dict[str, tuple[dict[str, bytes], dict[str, Any], type[ProxyError], list[str]]] = {
    "org": ({}, {"org_url": "https://evil.example"}, OrgNotAllowed, []),
    "caller": (
        {"identify": answer(b"Bad_OAuth_Token", status="403 Forbidden")},
        {},
        CallerRejected,
        ["identify"],
    ),
    "other-org": (
        {"identify": answer(userinfo(organization_id="00Dxx0000006IYKEA2"))},
        {},
        CallerRejected,
        ["identify"],
    ),
    "identity": (
        {},
        {"salesforce_context": {"userContext": {"username": "other@example.com"}}},
        IdentityMismatch,
        ["identify"],
    ),
    "permission-set": ({}, {"permission_sets": ["B"]}, PermissionSetNotAllowed, ["identify"]),
    "token": (
        {"mint": answer(b'{"error":"invalid_grant"}', status="400 Bad Request")},
        {},
        TokenRefused,
        ["identify", "mint"],
    ),
    "activation": (
        {"activate": DENIED},
        {"permission_sets": ["A"]},
        ActivationRefused,
        ["identify", "mint", "activate"],
    ),
    "org-away": ({"mint": answer(b"<html>")}, {}, OrgUnavailable, ["identify", "mint"]),
}


@pytest.mark.parametrize("kind", ["invoke", "accept"])
@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_call_leaves_no_trace(tmp_path: Path, case: str, kind: str) -> None:
    """Later steps don't happen: its payload is not even read, nothing is stored or run."""
    answers, request, error, steps = REFUSALS[case]
    with world_of(tmp_path, allowed_permission_sets=frozenset({"A"})) as world:
        world.answers.update(answers)
        ask = world.invoke if kind == "invoke" else world.accept
        with pytest.raises(error):
            ask(**request)

        assert world.steps == steps
        assert world.stored() == []
        assert world.store.queued() == []


def test_a_payload_that_can_not_be_read_is_not_stored(world: World) -> None:
    """The caller went away half-way: nothing was promised."""

    def fail() -> bytes:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        world.invoker.accept(world.invocation(asynchronous=True), fail)
    assert world.stored() == []


def test_a_store_that_takes_nothing_is_told(world: World) -> None:
    """The promise is not made; what the proxy remembers is good for the repeat."""
    with world.store.engine.connect() as blocker:
        blocker.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(JobNotStored):
            world.accept()
        blocker.rollback()

    world.accept()

    assert Counter(world.steps) == {"identify": 1, "mint": 1, "body": 2}
    assert len(world.stored()) == 1


def test_a_function_that_is_down_takes_async_calls(tmp_path: Path) -> None:
    """Accepting needs no function; a synchronous call does."""
    with world_of(tmp_path, function_port=closed_port()) as world:
        world.accept()
        with pytest.raises(FunctionUnavailable):
            world.invoke()

        assert len(world.stored()) == 1


@pytest.mark.slow
def test_a_full_proxy_reads_no_payload(tmp_path: Path) -> None:
    """Each running call has a place; who finds none is sent away before his payload is read."""
    with world_of(tmp_path, max_inflight=1) as world:

        def read_body_while_another_comes() -> bytes:
            with pytest.raises(ProxyFull):
                world.accept(function_context={"functionInvocationId": "a00xx000000bz3uAAA"})
            return b"{}"

        world.invoker.accept(world.invocation(asynchronous=True), read_body_while_another_comes)

        assert "body" not in world.steps
        assert len(world.stored()) == 1
        assert world.invoke() == b'"done"'


def test_a_session_that_died_early_is_minted_anew(world: World) -> None:
    """The function's error tells; the caller gets it, the next call gets a new token."""
    world.answers["function"] = answer(
        json.dumps("INVALID_SESSION_ID").encode(), status="500 Server Error"
    )
    assert world.invoke() == b'"INVALID_SESSION_ID"'
    world.answers["function"] = GOOD["function"]
    world.invoke()

    assert Counter(world.steps)["mint"] == 2
    assert Counter(world.steps)["function"] == 2
