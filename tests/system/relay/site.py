"""A proxy and a relay over one store, between a simulated org and a recording function."""

import contextlib
import dataclasses
import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import sqlalchemy as sa
import urllib3

from localstack.apex import ApexRequest, Identity, apex_request
from localstack.org import signed_in
from localstack.ports import free_port
from localstack.programs import Program
from localstack.proxy import ProxyProcess, running_proxy
from localstack.relay import new_relay
from localstack.seed import ORG_ID
from localstack.settings import settings
from localstack.stores import Store
from localstack.waiting import wait_until
from orgsim import Record, SimulatedOrg
from tests.support.fake_function import FakeFunction, Received

HELD_S: Final = 100.0
"""As `FakeFunction.delay_s`: until `Site.release_function`."""
FINAL: Final = ("delivered", "dead")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One accepted, or refused, asynchronous invocation."""

    id: str
    """``ce-id``."""
    record_id: str
    request: ApexRequest
    token: str
    answer: urllib3.BaseHTTPResponse


@dataclass(kw_only=True)
class Site:
    """Everything that a test needs to call, to break and to look at."""

    org: SimulatedOrg
    org_url: str
    function: FakeFunction
    folder: Path
    store: Store
    env: dict[str, str]
    relay: Program
    _proxy: ProxyProcess | None = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def proxy(self) -> ProxyProcess:
        """The proxy that runs."""
        assert self._proxy is not None
        return self._proxy

    def start_proxy(self, **env: str) -> None:
        """Start the proxy, again if it was killed."""
        self._proxy = self._running.enter_context(running_proxy(self.folder, self.env | env))

    def kill_proxy(self) -> None:
        """End the proxy as a crash does."""
        self.proxy.process.kill()
        self.proxy.process.wait()
        self._running.close()
        self._proxy = None

    def close(self) -> None:
        """End every process."""
        self.function.stopping.set()
        self.relay.kill()
        self._running.close()

    def make_ready(self) -> None:
        """Undo what a test before may have left."""
        self.org.faults.clear()
        self.function.stopping.set()
        for change in dataclasses.fields(FakeFunction):
            if change.name in {"status", "body", "half", "delay_s"}:
                setattr(self.function, change.name, change.default)
        self.function.headers = {"Content-Type": "application/json"}
        self.function.stopping.clear()
        if self._proxy is not None and self._proxy.process.poll() is not None:
            self.kill_proxy()
        if self._proxy is None:
            self.start_proxy()
        if dict(self.relay.env) != self.env or not self.relay.runs():
            self.relay.kill()
            self.relay.env = self.env
            self.relay.start()

    def restart_relay(self, **env: str) -> None:
        """Kill the relay and start it with further settings, until the test ends."""
        self.relay.kill()
        self.relay.start(env=env)

    def identity(self, username: str = "admin@example.com") -> Identity:
        """Return a user who has just signed in, as Apex would describe him."""
        return signed_in(self.org, self.org_url, username)

    def send(
        self,
        body: bytes = b'{"a":1}',
        *,
        identity: Identity | None = None,
        permission_sets: tuple[str, ...] = (),
        record: Record | None = None,
        salesforce_context: Mapping[str, object] | None = None,
        expected: int = 201,
    ) -> Call:
        """Invoke asynchronously, as Apex does; without an identity, as the admin."""
        identity = identity or self.identity()
        record = record or self.org.create_record()
        call_id = f"{ORG_ID}-{uuid4().hex}-MyFunction"
        request = dataclasses.replace(
            apex_request(
                identity,
                asynchronous=True,
                permission_sets=permission_sets,
                headers={"ce-id": call_id},
                function_context={"functionInvocationId": record.id},
                salesforce_context=salesforce_context,
            ),
            body=body,
        )
        answer = self.proxy.post(request.path, request.headers, request.body, limit_s=60)
        assert answer.status == expected, answer.data
        return Call(
            id=call_id,
            record_id=record.id,
            request=request,
            token=identity.token,
            answer=answer,
        )

    def send_again(self, call: Call) -> urllib3.BaseHTTPResponse:
        """Send the very same request once more."""
        return self.proxy.post(call.request.path, call.request.headers, call.request.body)

    def call_sync(self) -> urllib3.BaseHTTPResponse:
        """Invoke synchronously as the admin."""
        request = apex_request(self.identity(), headers={"ce-id": uuid4().hex})
        return self.proxy.post(request.path, request.headers, request.body)

    def release_function(self) -> None:
        """Let held calls of the function answer, and later ones too."""
        self.function.delay_s = 0.0
        self.function.stopping.set()

    def runs(self, call: Call) -> list[Received]:
        """Return what reached the function of this call."""
        return [got for got in list(self.function.received) if got.header("ce-id") == call.id]

    def wait_for_run(self, call: Call, count: int = 1, *, limit_s: float = 60) -> list[Received]:
        """Wait until the function was started for this call."""
        wait_until(lambda: len(self.runs(call)) >= count, f"run {count}", limit_s=limit_s)
        return self.runs(call)

    def record(self, call: Call) -> Record:
        """Return the record that waits for the outcome."""
        return self.org.record(call.record_id)

    def job(self, call: Call) -> dict[str, Any]:
        """Return the stored job; empty when there is none."""
        return next((row for row in self.store.rows() if row["record_id"] == call.record_id), {})

    def wait_for_state(self, call: Call, *states: str, limit_s: float = 60) -> dict[str, Any]:
        """Wait until the job is in one of these states, and return it."""

        def there() -> bool:
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                return self.job(call).get("state") in states
            return False

        wait_until(there, f"{states} of {call.record_id}", limit_s=limit_s)
        return self.job(call)

    def outcome(self, call: Call, *, limit_s: float = 60) -> Mapping[str, Any]:
        """Wait until the job is delivered; return the record's fields, written exactly once."""
        self.wait_for_state(call, *FINAL, limit_s=limit_s)
        record = self.record(call)
        assert self.job(call)["state"] == "delivered", self.job(call)
        assert record.patches == 1, [change.fields for change in record.history]
        assert record.fields["Status__c"] in {"SUCCESS", "ERROR"}
        return record.fields


def new_site(
    org: SimulatedOrg, org_url: str, function: FakeFunction, folder: Path, store: Store
) -> Site:
    """Return a site on which nothing runs yet."""
    env = settings(
        org_url=org_url,
        port=free_port(),
        function_port=function.port,
        ASYNC_DELIVERY_DELAY_S="0",
        ASYNC_EXECUTOR_ID="relay.1",
        **store.env,
    )
    return Site(
        org=org,
        org_url=org_url,
        function=function,
        folder=folder,
        store=store,
        env=env,
        relay=new_relay(env=env, log_path=folder / "relay.log"),
    )


def told(extra_info: str) -> dict[str, Any]:
    """Return what ``X-Extra-Info`` or ``ExtraInfo__c`` says, read as Apex reads it."""
    info: dict[str, Any] = json.loads(unquote(extra_info))
    return info
