"""Which asynchronous Apex may call out: the one that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.values import ApexType

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.job import Job

_ALLOWS: Final = ApexType("Database.AllowsCallouts")
_NOT_ANNOUNCED: Final = (
    "Callout not allowed from this future method. Please enable by annotating it with "
    "callout=true. eg, @future(callout=true)"
)


def why_no_callout(m: Machine) -> str | None:
    """Return why the Apex that runs may make no callout at all; None when it may.

    Source: https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_queueing_jobs.htm
    """
    if m.transaction.triggers:
        return "Callout from triggers are currently not supported."
    if m.transaction.kind == "scheduled":
        return "Callout from scheduled Apex not supported."
    job = m.running
    # A finalizer may call out, whatever its job may.
    if job is None or m.transaction.kind == "finalizer" or _announces(m, job):
        return None
    return _NOT_ANNOUNCED


def _announces(m: Machine, job: Job) -> bool:
    if job.kind == "future":
        return bool(job.target.annotations["future"].get("callout") == "true")
    return m.types.is_instance(job.target, _ALLOWS)
