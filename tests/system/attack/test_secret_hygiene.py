"""After a day's worth of calls, good and bad, no secret lies where it does not belong."""

import base64
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import jwt
import psutil
import pytest
import urllib3

from localstack.apex import ADMIN, ApexRequest, Identity, apex_request, encode_context
from localstack.container import Container, running_container, wait_until_ready
from localstack.keys import pem, rsa_key
from localstack.org import new_org
from localstack.seed import CONSUMER_KEY, ORG_ID
from localstack.waiting import wait_until
from orgsim import Fault, SimulatedOrg, running
from tests.support.fake_function import FakeFunction, fake_function
from tests.support.runtime_project import write_project
from tests.support.world import World, running_world
from tests.system.attack.raw_http import exchange
from tests.system.attack.secrets_in_text import found, spellings

FUNCTION: Final = """
import os
from salesforce_functions import get_logger

async def function(event, context):
    payload = event.data or {}
    get_logger().info("Called", got=event, context=context, names=sorted(os.environ))
    print(event, context, dict(os.environ), flush=True)
    if payload.get("do") == "raise":
        raise RuntimeError(f"{event!r} {context!r} {dict(os.environ)!r}")
    if payload.get("do") == "answer nonsense":
        return object()
    if payload.get("do") == "die":
        os._exit(1)
    return {"environment": dict(os.environ), "event": repr(event), "context": repr(context)}
"""
"""Tells everything that it can get hold of, everywhere."""

UNKNOWN_TOKEN: Final = "00Dxx0000006IYJ!AQEAQ.unknown_but.still~a+secret/of=his"
METRICS_TOKEN: Final = "m-e-t-r-i-c-s/t+o=k-e-n!42"
IN_ORG_ANSWER: Final = "only-the-org+and/the-proxy=know-this"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run left behind."""

    org: SimulatedOrg
    callers: list[str]
    """Tokens of callers."""
    texts: list[tuple[str, bytes]] = field(default_factory=list)
    """By their places: answers, log, environments, command lines, files."""
    statuses: list[int] = field(default_factory=list)

    def secrets(self) -> dict[str, str]:
        """Return everything that nobody may see, by its name."""
        minted = [session.token for session in self.org.sessions.alive() if session.consumer_key]
        assert minted
        named = {f"minted token {n}": token for n, token in enumerate(minted)}
        named |= {f"caller's token {n}": token for n, token in enumerate(self.callers)}
        return named | own_secrets() | {"token of the metrics": METRICS_TOKEN}

    def texts_at(self, place: str) -> bytes:
        """Return everything that was found at such places."""
        return b"\n".join(text for where, text in self.texts if where.startswith(place))


def own_secrets() -> dict[str, str]:
    """Return the secrets of the app: key, consumer key, and how each assertion begins."""
    lines = pem(rsa_key()).decode().splitlines()[1:-1]
    assert len(lines) > 20
    key = {f"line {n} of the key": line for n, line in enumerate(lines) if len(line) == 64}
    assertion = jwt.encode({"iss": CONSUMER_KEY}, rsa_key(), algorithm="RS256")
    return key | {
        "the consumer key": CONSUMER_KEY,
        "an assertion's start": assertion.partition(".")[0],
        "the org's confidential answer": IN_ORG_ANSWER,
    }


@pytest.fixture(scope="module", params=["INFO", "DEBUG"])
def evidence(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evidence]:
    """Run the whole container through every kind of call, then collect what is left."""
    folder = tmp_path_factory.mktemp(f"container-{request.param}")
    project = write_project(folder / "function", main=FUNCTION)
    org, log = new_org(), folder / "log"
    serve = f'exec python -m salesforce_functions serve "{project}" --host 127.0.0.1 --port "$PORT"'
    org.add_user("new@example.com")  # nobody has approved the app for him
    with (
        running(org) as org_url,
        log.open("wb") as output,
        running_container(
            org_url,
            stdout=output.fileno(),
            env={
                "LOG_LEVEL": request.param,
                "FUNCTION_COMMAND": serve,
                "METRICS_TOKEN": METRICS_TOKEN,
                "CALLER_CACHE_TTL_S": "0",
                "TOKEN_CACHE_TTL_S": "0",
            },
        ) as container,
        urllib3.PoolManager() as http,
    ):
        wait_until_ready(container)
        users = {
            name: _identity(org, org_url, f"{name}@example.com") for name in ("admin", "joe", "new")
        }
        collected = Evidence(
            org=org, callers=[UNKNOWN_TOKEN, *(user.token for user in users.values())]
        )
        run = _Run(container=container, http=http, evidence=collected)
        _call_in_every_way(run, users, org)
        _collect_processes(collected, container)
        for path in container.run_dir.rglob("*"):
            if path.is_file():
                collected.texts.append((f"file {path.name}", path.read_bytes()))
        collected.texts.append(("log", log.read_bytes()))
        yield collected


@dataclass(frozen=True, kw_only=True)
class _Run:
    container: Container
    http: urllib3.PoolManager
    evidence: Evidence

    def send(
        self, request: ApexRequest, *, method: str = "POST", path: str | None = None
    ) -> urllib3.BaseHTTPResponse:
        answer = self.http.request(
            method,
            self.container.url + (path or request.path),
            headers=request.headers,
            body=request.body,
            retries=False,
            timeout=30,
        )
        head = f"{answer.status} {answer.reason}\n{dict(answer.headers)}"
        self.evidence.texts.extend(
            [
                (f"answer {answer.status}", head.encode()),
                (f"answer {answer.status}", urllib.parse.unquote(head).encode()),
                (f"answer {answer.status}", answer.data),
            ]
        )
        self.evidence.statuses.append(answer.status)
        return answer

    def raw(self, data: bytes) -> None:
        exchanged = exchange(self.container.port, data, half_close=True)
        self.evidence.texts.append(("answer to raw bytes", exchanged.data))


def _identity(org: SimulatedOrg, org_url: str, username: str) -> Identity:
    user = org.user(username)
    assert user is not None
    return Identity(
        org_id=ORG_ID,
        user_id=user.id,
        username=username,
        org_domain_url=org_url,
        salesforce_base_url=org_url,
        token=org.open_session(username),
    )


def _with_body(request: ApexRequest, payload: object) -> ApexRequest:
    return ApexRequest(
        path=request.path, headers=request.headers, body=json.dumps(payload).encode()
    )


def _call_in_every_way(run: _Run, users: dict[str, Identity], org: SimulatedOrg) -> None:
    admin, joe, new = users["admin"], users["joe"], users["new"]
    good = apex_request(admin)
    assert run.send(good).status == 200
    assert run.send(apex_request(joe, permission_sets=["PermissionSetA"])).status == 200
    _call_refused(run, admin, joe, new)
    _call_malformed(run, admin)
    _call_health(run, good)
    _call_with_faults(run, admin, org)
    assert run.send(_with_body(good, {"do": "raise"})).status == 500
    assert run.send(_with_body(good, {"do": "answer nonsense"})).status == 500
    assert run.send(_with_body(good, {"do": "die"})).status == 502
    assert run.send(good).status in {200, 503}
    wait_until_ready(run.container)
    assert run.send(good).status == 200


def _call_refused(run: _Run, admin: Identity, joe: Identity, new: Identity) -> None:
    unknown = Identity(org_domain_url=admin.org_domain_url, token=UNKNOWN_TOKEN)
    assert run.send(apex_request(unknown)).status == 401
    assert run.send(apex_request(new)).status == 403
    assert run.send(apex_request(joe, permission_sets=["MyPermissionSet"])).status == 403
    for lie in (
        {"userContext": {"username": joe.username}},
        {"userContext": {"userId": joe.user_id}},
        {"userContext": {"orgId": "00Dxx0000006JX6EAM"}},
        {"userContext": {"orgDomainUrl": "https://evil.example"}},
    ):
        assert run.send(apex_request(admin, salesforce_context=lie)).status == 403


def _call_malformed(run: _Run, admin: Identity) -> None:
    token = admin.token
    for name, value in {
        "Authorization": f"bearer {token}",
        "authorization": f"Bearer {token} {token}",
        "ce-id": "",
        "ce-sffncontext": encode_context({"accessToken": token})[:-3],
        "ce-sfcontext": encode_context([token]),
        "Content-Encoding": "gzip",
    }.items():
        assert run.send(apex_request(admin, headers={name: value})).status == 400
    assert run.send(apex_request(admin, asynchronous=True)).status in {201, 503}
    head = f"Authorization: Bearer {token}\r\nce-id: x\r\n".encode()
    for line, framing in (
        (b"POST http://[ HTTP/1.1", b"Content-Length: 0"),
        (b"POST /sync HTTP/1.1", b"Content-Length: " + b"9" * 5000),
        (b"POST /sync HTTP/1.1", b"no colon"),
        (b"POST /sync HTTP/1.1", b"X: a\nb"),
        (b"POST /sync", b"Transfer-Encoding: x"),
    ):
        run.raw(line + b"\r\n" + head + framing + b"\r\n\r\n")


def _call_health(run: _Run, good: ApexRequest) -> None:
    for method in ("GET", "POST", "DELETE"):
        for path in ("/healthcheck", "/livez", "/readyz", "/metrics", "/nowhere", "/sync"):
            run.send(good, method=method, path=path)
    known = ApexRequest(path="/healthcheck", headers={"x-org-id-18": ORG_ID}, body=b"")
    assert run.send(known).data == b'"OK"'


def _call_with_faults(run: _Run, admin: Identity, org: SimulatedOrg) -> None:
    confidential: list[dict[str, Any]] = [
        {"kind": "html", "body": f"<html>{IN_ORG_ANSWER}</html>"},
        {"kind": "not_json", "body": f"access_token={IN_ORG_ANSWER}"},
        {"kind": "status", "status": 500, "body": f'{{"access_token":"{IN_ORG_ANSWER}"}}'},
        {"kind": "status", "status": 200, "body": f'{{"access_token":" {IN_ORG_ANSWER}"}}'},
        {"kind": "redirect", "location": f"https://elsewhere.example/?code={IN_ORG_ANSWER}"},
        {"kind": "status", "status": 401, "body": f'["{IN_ORG_ANSWER}"]'},
        {"kind": "reset"},
        {"kind": "half_body"},
        {"kind": "null"},
    ]
    for endpoint in ("userinfo", "token", "activate"):
        for fault in confidential:
            # A token that was refused is not asked about again for some seconds.
            fresh = replace(admin, token=org.open_session(admin.username))
            run.evidence.callers.append(fresh.token)
            request = apex_request(fresh, permission_sets=["MyPermissionSet"])
            org.faults.add(Fault(endpoint=endpoint, times=None, **fault))
            assert run.send(request).status in {401, 403, 503}
            org.faults.clear()


def _collect_processes(collected: Evidence, container: Container) -> None:
    everyone = psutil.Process(container.process.pid).children(recursive=True)
    started = psutil.Process(container.status()["function"]["pid"])
    for process in [started, *started.children(recursive=True)]:
        environment = json.dumps(process.environ()).encode()
        collected.texts.append(("environment of the function", environment))
    for process in everyone:
        collected.texts.append(("command line", " ".join(process.cmdline()).encode()))


def test_no_secret_lies_where_it_does_not_belong(evidence: Evidence) -> None:
    """Answers, log, the function's environment, command lines, files: none holds a secret."""
    assert found(evidence.secrets(), evidence.texts) == []


def test_the_search_was_worth_it(evidence: Evidence) -> None:
    """Every kind of text was there, written by proxy and function, after every kind of call."""
    assert {200, 400, 401, 403, 404, 405, 500, 502, 503} <= set(evidence.statuses)
    counted = evidence.org.counters()
    assert counted["assertions_received"] >= 10
    assert counted["tokens_minted"] >= 10
    log = evidence.texts_at("log")
    for expected in (b'"refused"', b'"invocation"', b"RuntimeError", b"Called", b"supervisord"):
        assert expected in log
    for place in ("answer", "environment", "command line", "file"):
        assert evidence.texts_at(place)
    assert b"FUNCTION_PORT" in evidence.texts_at("environment")


def test_a_planted_secret_is_found(evidence: Evidence) -> None:
    """The search sees each secret in each spelling, inside each kind of text."""
    secrets = evidence.secrets()
    assert len(secrets) > 30

    for name, secret in secrets.items():
        for before in ("", "x", "xy"):
            context = base64.b64encode(f'{before}{{"accessToken":"{secret}"}}'.encode())
            assert found({name: secret}, [("log", b"... " + context + b" ...")])
        for written in spellings(secret):
            assert found({name: secret}, [("log", b"a" + written + b"z")]) == [f"{name} in log"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[World, FakeFunction]]:
    """A proxy in front of a function that records."""
    org = new_org()
    with (
        running(org) as org_url,
        fake_function() as function,
        running_world(org, org_url, function, tmp_path, LOG_LEVEL="DEBUG") as started,
    ):
        yield started, function


def test_function_receives_the_minted_token_once_and_nothing_else(
    world: tuple[World, FakeFunction],
) -> None:
    """It stands in ``ce-sffncontext``; the caller's token and the app's secrets stand nowhere."""
    started, function = world
    admin = started.identity()
    nosy = dict.fromkeys(("Cookie", "X-Auth", "Proxy-Authorization", "X-Salesforce"), admin.token)
    for more in ({}, nosy, {"Connection": "authorization, ce-sffncontext"}):
        request = apex_request(
            admin, headers=more, function_context={"accessToken": admin.token, "kept": 1}
        )
        assert started.send(request).status == 200

    assert len(function.received) == 3
    wait_until(lambda: started.proxy.log().count('"invocation"') == 3, "three lines of the log")
    minted = [s.token for s in started.org.sessions.alive() if s.consumer_key]
    assert len(minted) == 1
    for call in function.received:
        headers = [(name, value.encode()) for name, value in call.headers]
        everything = [*headers, ("body", call.body)]
        assert found({"minted": minted[0]}, everything) == ["minted in ce-sffncontext"]
        assert found({"caller's": admin.token} | own_secrets(), everything) == []
    log = [("log", started.proxy.log().encode())]
    assert found({"caller's": admin.token, "minted": minted[0]} | own_secrets(), log) == []
    assert found({"caller's": ADMIN.token}, [("probe", ADMIN.token.encode())])
