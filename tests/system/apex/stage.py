"""The whole loop: Apex in the emulator, the container, its function, and the simulated org.

The simulated org keeps no AsyncFunctionInvocationRequest__c of its own: what is written to it is
written to the records of the Apex, where triggers and callbacks run.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from secrets import randbelow
from typing import Any, Final

from apex.checks.request_access import OUTCOME
from apex.emulator.embedding import ApexFailed
from apex.emulator.errors import IllegalApex, NotEmulated
from apex.emulator.platform.callouts import http_transport
from apex.emulator.platform.org import IncomingAnswer, Org, OrgIdentity, OutgoingCall
from localstack.container import Container, running_container, wait_until_ready
from localstack.keys import pem, rsa_key
from localstack.org import new_org
from localstack.seed import CONSUMER_KEY, ORG_ID
from localstack.waiting import wait_until
from orgsim import Record, SimulatedOrg, running
from orgsim.data.async_requests import AsyncRequests
from orgsim.refusals import ApiRefused, not_found
from tests.apex.live_org import REQUEST, LiveOrg, project
from tests.system.apex.router import Router, running_router

ADMIN: Final = "admin@example.com"
REFERENCE: Final = "sfhxhello_pythonfunction"
"""A FunctionReference__mdt of force-app, called by its other form, too."""
FUNCTION: Final = "sfhxhello.pythonfunction"
APP: Final = "https://app.test"
"""The function's endpoint; Apex takes no http:// address."""
PERMISSION_SET: Final = "PythonFunction"
CERTIFICATE: Final = "Functions"
SERVE: Final = (
    f'exec python -m salesforce_functions serve "{Path(__file__).with_name("function")}"'
    ' --host 127.0.0.1 -p "$PORT"'
)
LIMIT_S: Final = 30.0


class ApexRecords(AsyncRequests):
    """The records of the Apex, as the simulated org's REST API reads and writes them."""

    def __init__(self, apex: LiveOrg) -> None:
        super().__init__(time.time)
        self._apex = apex

    def get(self, record_id: str, *, namespace: str) -> Record:
        """Return a record.

        Raises:
            ApiRefused: there is none.
        """
        try:
            row = self._apex.request(record_id)
        except KeyError:
            raise not_found() from None
        fields = {name: _as_json(row[name]) for name in OUTCOME}
        return Record(
            id=record_id, namespace=namespace, fields=fields, created_at=0.0, modified_at=0.0
        )

    def update(
        self, record_id: str, fields: Mapping[str, Any], *, namespace: str, username: str
    ) -> Record:
        """Change a record as its trigger allows.

        Raises:
            ApiRefused: there is none, or Apex does not allow it.
        """
        record = self.get(record_id, namespace=namespace)
        assert username == ADMIN
        try:
            self._apex.update(REQUEST, record_id, fields)
        except (ApexFailed, IllegalApex, NotEmulated) as error:
            self._apex.failures.append(str(error))
            raise ApiRefused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", str(error)) from error
        return record


def _as_json(value: object) -> object:
    return int(value) if isinstance(value, Decimal) else value


@dataclass(frozen=True, kw_only=True)
class Site:
    """Everything that runs, for many tests."""

    org: SimulatedOrg
    org_url: str
    container: Container
    router: Router
    log_path: Path

    def runs(self, invocation_id: str) -> int:
        """Return how often the relay has run the function for an invocation."""
        lines = self.log_path.read_text().splitlines()
        return sum(invocation_id in line and '"message": "invoked"' in line for line in lines)

    def new_apex(self) -> LiveOrg:
        """Return an org without records, which the simulated one writes to from now on."""
        identity = OrgIdentity(org_id=ORG_ID, username=ADMIN, domain_url=self.org_url)
        apex = LiveOrg(
            Org(
                project().program,
                identity=identity,
                transport=to_router(self.router),
                certificates={CERTIFICATE: pem(rsa_key())},
            )
        )
        # Records of one org have ids of their own, and the proxy knows jobs by them.
        apex.org.database.numbers = count(randbelow(10**12))
        apex.assign_permission_set(PERMISSION_SET)
        refer_to(
            apex,
            Endpoint__c=APP,
            Certificate__c=CERTIFICATE,
            ConsumerKey__c=CONSUMER_KEY,
            PermissionSetOrGroup__c=PERMISSION_SET,
        )
        self.org.records = ApexRecords(apex)
        return apex


def to_router(router: Router) -> Callable[[OutgoingCall], IncomingAnswer]:
    """Return a transport to which the router has the app's name, as DNS and TLS see to it."""
    send = http_transport()
    return lambda call: send(replace(call, url=call.url.replace(APP, router.url, 1)))


def refer_to(apex: LiveOrg, **fields: str) -> None:
    """Change the function's reference, as an administrator does."""
    apex.change_metadata("FunctionReference__mdt", REFERENCE, **fields)


@contextlib.contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run everything for the length of a ``with`` block; it begins when all is ready."""
    org, log_path = new_org(), folder / "log"
    org.add_permission_set(PERMISSION_SET, assigned_to=[ADMIN])
    settings = {
        "FUNCTION_COMMAND": SERVE,
        "FUNCTION_HOLD_S": "10",
        # Apex of force-app never overwrites a result, so the relay need not wait for its PENDING.
        "ASYNC_DELIVERY_DELAY_S": "0",
    }
    with (
        running(org) as org_url,
        log_path.open("wb") as log,
        running_container(org_url, stdout=log.fileno(), env=settings) as container,
        running_router(Router(target=container.url)) as router,
    ):
        site = Site(org=org, org_url=org_url, container=container, router=router, log_path=log_path)
        wait_until_ready(container)
        wait_until(lambda: '"running jobs"' in log_path.read_text(), "the relay", limit_s=LIMIT_S)
        yield site
