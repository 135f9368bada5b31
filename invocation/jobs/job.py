"""An accepted asynchronous invocation, as it is stored: everything but tokens. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from invocation.org.caller import Caller
from invocation.org.names import PermissionSet, to_18

if TYPE_CHECKING:
    from collections.abc import Mapping

    from invocation.request import Invocation

_NOT_STORED: Final = ("accessToken", "proxyClientToken")
"""Fields of the function's context that may hold somebody's token."""


class JobState(StrEnum):
    """How far a job has come."""

    ACCEPTED = "accepted"
    INVOKING = "invoking"
    """The function may have been started."""
    ANSWERED = "answered"
    """Its outcome is known."""
    DELIVERING = "delivering"
    """The outcome may have been sent to the org."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up: a person is needed."""


UNFINISHED: Final = (
    JobState.ACCEPTED, JobState.INVOKING, JobState.ANSWERED, JobState.DELIVERING,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One accepted invocation. Whose it is was verified before it became a job."""

    job_id: str
    """Org, user, record and ce-id: the same request sent twice is one job, but a record that its
    owner sends again, with an id of its own, is another one."""
    id: str
    """``ce-id``: unchanged in everything that this job does."""
    source: str
    function_name: str
    record_id: str
    """The ``AsyncFunctionInvocationRequest__c`` that waits for the outcome, 18 characters."""
    namespace: str
    """Of the record's object and fields; empty without one."""
    api_version: str
    caller: Caller
    permission_sets: tuple[str, ...]
    accepted_at_s: float
    """Seconds since 1970."""
    passed_on: tuple[tuple[str, str], ...] = field(repr=False)
    function_context: Mapping[str, Any] = field(repr=False)
    salesforce_context: Mapping[str, Any] = field(repr=False)
    body: bytes = field(repr=False)
    """The payload, byte for byte."""

    @property
    def user(self) -> str:
        """Whose it is; ``job_id`` starts with it."""
        return f"{self.caller.org_id}-{self.caller.user_id}"

    @property
    def wanted_permission_sets(self) -> tuple[PermissionSet, ...]:
        """What to activate for it."""
        return tuple(PermissionSet.parse(name) for name in self.permission_sets)

    @classmethod
    def of(
        cls, invocation: Invocation, caller: Caller, *, body: bytes, accepted_at_s: float
    ) -> Job:
        """Return the job that an asynchronous invocation of a verified caller makes."""
        record_id = to_18(invocation.function_invocation_id or "")
        context = invocation.function_context
        return cls(
            job_id=f"{caller.org_id}-{caller.user_id}-{record_id}-{_short(invocation.id)}",
            id=invocation.id,
            source=invocation.source,
            function_name=invocation.function_name,
            record_id=record_id,
            namespace=invocation.claims.namespace,
            api_version=invocation.api_version,
            caller=caller,
            permission_sets=tuple(wanted.api_name for wanted in invocation.permission_sets),
            accepted_at_s=accepted_at_s,
            passed_on=invocation.passed_on,
            function_context={k: v for k, v in context.items() if k not in _NOT_STORED},
            salesforce_context=dict(invocation.salesforce_context),
            body=body,
        )

    def to_bytes(self) -> bytes:
        """Return it as one line of JSON and the payload behind it, as it is."""
        head = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in {"body", "caller"}
        }
        head["caller"] = {
            "org_id": self.caller.org_id,
            "user_id": self.caller.user_id,
            "username": self.caller.username,
            "org_url": self.caller.org_url,
        }
        return json.dumps(head, separators=(",", ":")).encode("ascii") + b"\n" + self.body

    @classmethod
    def from_bytes(cls, stored: bytes) -> Job:
        """Return what `to_bytes` made these of.

        Raises:
            ValueError: they are of something else, or of another version.
        """
        head, _, body = stored.partition(b"\n")
        try:
            fields = json.loads(head)
            caller = Caller(**fields.pop("caller"))
            fields["permission_sets"] = tuple(fields["permission_sets"])
            fields["passed_on"] = tuple((name, value) for name, value in fields["passed_on"])
            return cls(caller=caller, body=body, **fields)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("not a job of this version") from error


def _short(event_id: str) -> str:
    """Return what tells ids of one record apart: they may be long, and hold any character."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:12]
