"""The org around the Apex: its data, its clock, its users, its queue, and the way out."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from apex.emulator.platform.database import Database
from apex.emulator.platform.metadata_rows import put_records
from apex.emulator.platform.row_locks import RowLocks
from apex.emulator.values import Id, id18

if TYPE_CHECKING:
    from collections.abc import Callable

    from apex.emulator.platform.job import Job
    from apex.emulator.source.classes import Program
    from apex.emulator.values import Value

_PROFILE_ID: Final = "00exx000000000A"
AUTOMATED_PROCESS_ID: Final = Id("005xx000000AutoAAC")
"""Of the user as whom triggers of platform events run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OrgIdentity:
    """Who the org is, and the user whose Apex runs."""

    org_id: str = "00Dxx0000006IYJEA2"
    user_id: str = "005xx000001X8UzAAK"
    username: str = "admin@example.com"
    domain_url: str = "https://mycompany.my.salesforce.com"
    instance: str = "NA1"
    session_id: str = field(default="00Dxx0000006IYJ!emulated.session", repr=False)
    """What ``UserInfo.getSessionId()`` gives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingCall:
    """A callout on its way out."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    timeout_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class IncomingAnswer:
    """What a callout got."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedCredential:
    """Where ``callout:Name/path`` goes, and what the platform adds to each request."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)


class CalloutFailed(Exception):
    """No answer came; the text is what Apex is told, such as ``Read timed out``."""


def _no_way_out(call: OutgoingCall) -> IncomingAnswer:
    told = "Unauthorized endpoint, please check Setup->Security->Remote site settings."
    raise CalloutFailed(f"{told} endpoint = {call.url}")


@dataclass(eq=False, slots=True)
class Org:
    """Everything that outlives a transaction."""

    program: Program
    identity: OrgIdentity = field(default_factory=OrgIdentity)
    transport: Callable[[OutgoingCall], IncomingAnswer] = _no_way_out
    """Sends callouts for real; by default nothing leaves."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    database: Database = field(default_factory=Database)
    random_bytes: Callable[[int], bytes] = os.urandom
    """Randomness: give another source for the same ids in each run."""
    queue: list[Job] = field(default_factory=list)
    """Asynchronous jobs that are committed and wait."""
    schedule: list[Job] = field(default_factory=list)
    cache: dict[str, tuple[Value, datetime | None]] = field(default_factory=dict)
    """Platform Cache by full key, each with the time it expires."""
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held by the transaction that runs. A callout lets others run meanwhile."""
    locks: RowLocks = field(default_factory=RowLocks)
    """Records that somebody else has locked."""
    log: list[str] = field(default_factory=list)
    """What ``System.debug`` wrote."""
    named_credentials: dict[str, NamedCredential] = field(default_factory=dict, repr=False)
    """What ``callout:Name`` stands for, by name."""
    certificates: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Private keys (PEM) by the name of the certificate in Setup."""

    def __post_init__(self) -> None:
        who = self.identity
        put = self.database.put
        profile_id = id18(_PROFILE_ID)
        profile = {"id": profile_id, "name": "System Administrator", "usertype": "Standard"}
        put("Profile", profile)
        put(
            "User",
            {
                "id": Id(who.user_id),
                "username": who.username,
                "email": who.username,
                "firstname": "Ada",
                "lastname": "Admin",
                "name": "Ada Admin",
                "alias": "admin",
                "isactive": True,
                "profileid": profile_id,
                "usertype": "Standard",
                "timezonesidkey": "America/Los_Angeles",
                "localesidkey": "en_US",
                "languagelocalekey": "en_US",
                "emailencodingkey": "UTF-8",
            },
        )
        automated = {
            "id": AUTOMATED_PROCESS_ID,
            "alias": "autoproc",
            "usertype": "AutomatedProcess",
        }
        put("User", {**automated, "name": "Automated Process", "alias": "autoproc"})
        put(
            "Organization",
            {
                "id": Id(who.org_id),
                "name": "Acme",
                "instancename": who.instance,
                "issandbox": False,
                "organizationtype": "Developer Edition",
                "namespaceprefix": None,
            },
        )
        self._put_permission_sets()
        put_records(self.program.schema, self.database)

    def _put_permission_sets(self) -> None:
        for name, details in self.program.schema.permission_sets.items():
            info = self.program.schema.objects["permissionset"]
            row = {
                "id": self.database.new_id(info.key_prefix),
                "name": name,
                "label": details["label"],
                "hasactivationrequired": details["hasactivationrequired"],
                "iscustom": True,
                "isownedbyprofile": False,
                "namespaceprefix": None,
                "type": "Session" if details["hasactivationrequired"] else "Regular",
            }
            self.database.put("PermissionSet", row)
            for kind in ("objects", "fields"):
                self._put_grants(row["id"], kind, details[kind])

    def _put_grants(self, set_id: Id, kind: str, grants: list[dict[str, Value]]) -> None:
        name = "ObjectPermissions" if kind == "objects" else "FieldPermissions"
        prefix = self.program.schema.objects[name.lower()].key_prefix
        for each in grants:
            self.database.put(
                name, {"id": self.database.new_id(prefix), "parentid": set_id, **each}
            )
