"""System, UUID, Request: jobs, schedules, debug lines."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.jobs.contexts import AsyncOptions
from apex.emulator.jobs.copying import copy_graph
from apex.emulator.jobs.running import submit
from apex.emulator.operations.operators import equal
from apex.emulator.operations.text_form import to_text
from apex.emulator.platform.job import Job
from apex.emulator.registry import method, platform_enum, static
from apex.emulator.values import ApexObject, Element, EnumValue, Id, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_LONGEST_DELAY_MINUTES = 10


@static("System.debug")
def _debug(m: Machine, *said: Value) -> None:
    m.org.log.append(to_text(m, said[-1]))


@static("System.enqueueJob")
def _enqueue_job(m: Machine, target: ApexObject, options: Value = None) -> Id:
    """Queue a Queueable: 50 in a transaction, one in an asynchronous one."""
    if target is None:
        raise m.throw("NullPointerException", "Argument cannot be null.")
    if not m.types.is_instance(target, m.types.named("Queueable") or target.type):
        raise IllegalApex(f"{target.cls.name} is no Queueable, at {m.place}")
    m.transaction.limits.count("queueable jobs")
    minutes, deepest = _options(m, options)
    depth = 1 + (m.running.depth if m.running is not None else 0)
    _check_depth(m, depth, deepest)
    job = Job(
        "queueable",
        copy_graph(m, target),
        m.org.database.new_id("707"),
        m.transaction.user_id,
        m.org.now() + timedelta(minutes=minutes),
        depth,
        deepest,
    )
    return submit(m, job, {"jobtype": "Queueable", "apexclassid": _class_id(m, target)})


def _options(m: Machine, options: Value) -> tuple[int, int | None]:
    if isinstance(options, AsyncOptions):
        minutes = options.values.get("MinimumQueueableDelayInMinutes") or 0
        deepest = options.values.get("MaximumQueueableStackDepth")
    else:
        minutes, deepest = options or 0, m.running.deepest if m.running else None
    if not 0 <= minutes <= _LONGEST_DELAY_MINUTES:
        text = f"The delay must be between 0 and {_LONGEST_DELAY_MINUTES} minutes"
        raise m.throw("IllegalArgumentException", text)
    return minutes, deepest


def _check_depth(m: Machine, depth: int, deepest: int | None) -> None:
    """Refuse a chain that is too long; in a test no Queueable may enqueue another one.

    Source: the Apex developer guide, "Queueable Apex", testing.
    """
    in_test = m.test is not None and m.running is not None and m.transaction.kind == "queueable"
    if in_test or (deepest is not None and depth > deepest):
        raise m.throw("AsyncException", "Maximum stack depth has been reached.")


def _class_id(m: Machine, target: ApexObject) -> Id:
    for record_id, row in m.org.database.rows("ApexClass").items():
        if row["name"] == target.cls.name:
            return Id(record_id)
    made = m.org.database.new_id("01p")
    m.org.database.put("ApexClass", {"id": made, "name": target.cls.name})
    return made


@static("System.attachFinalizer")
def _attach_finalizer(m: Machine, finalizer: ApexObject) -> None:
    if m.transaction.kind != "queueable":
        raise m.throw(
            "HandledException", "System.attachFinalizer(Finalizer) is not allowed in this context"
        )
    if m.transaction.finalizer is not None:
        raise m.throw(
            "HandledException", "More than one Finalizer cannot be attached to same Async Apex Job"
        )
    m.transaction.finalizer = finalizer


@static("System.schedule")
def _schedule(m: Machine, name: str, cron: str, target: ApexObject) -> Id:
    for row in m.org.database.rows("CronTrigger").values():
        detail = m.org.database.rows("CronJobDetail")[row["cronjobdetailid"]]
        if detail["name"] == name:
            text = f'The Apex job named "{name}" is already scheduled for execution.'
            raise m.throw("AsyncException", text)
    if len(cron.split()) not in (6, 7):
        raise m.throw("StringException", f"Illegal cron expression: {cron}")
    detail_id, made = m.org.database.new_id("08a"), m.org.database.new_id("08e")
    m.org.database.put("CronJobDetail", {"id": detail_id, "name": name, "jobtype": "7"})
    row = {
        "id": made,
        "cronjobdetailid": detail_id,
        "cronexpression": cron,
        "state": "WAITING",
        "timestriggered": 0,
    }
    m.org.database.put("CronTrigger", row)
    job = Job("scheduled", copy_graph(m, target), made, m.transaction.user_id, m.org.now())
    m.transaction.pending = True
    (m.transaction.jobs if m.test is not None else m.org.schedule).append(job)
    return made


@static("System.abortJob")
def _abort_job(m: Machine, job_id: str) -> None:
    row = m.org.database.rows("CronTrigger").get(job_id)
    if row is not None:
        m.org.database.remove("CronTrigger", job_id)
    waiting = m.org.queue if m.test is None else m.test.jobs
    for jobs in (waiting, m.transaction.jobs, m.org.schedule):
        jobs[:] = [job for job in jobs if job.id != job_id]
    held = m.org.database.rows("AsyncApexJob").get(job_id)
    if held is not None:
        m.org.database.put("AsyncApexJob", {**held, "status": "Aborted"})


@static("System.isQueueable")
def _is_queueable(m: Machine) -> bool:
    return m.transaction.kind == "queueable"


@static("System.isBatch")
def _is_batch(m: Machine) -> bool:
    return m.transaction.kind == "batch"


@static("System.isFuture")
def _is_future(m: Machine) -> bool:
    return m.transaction.kind == "future"


@static("System.isScheduled")
def _is_scheduled(m: Machine) -> bool:
    return m.transaction.kind == "scheduled"


@dataclass(eq=False)
class Uuid(Element):
    """``System.UUID``."""

    text: str
    apex_name = "UUID"

    def to_text(self) -> str:
        """The usual 36 characters."""
        return self.text


@static("UUID.randomUUID")
def _random_uuid(m: Machine) -> Uuid:
    return Uuid(str(uuid.UUID(bytes=m.org.random_bytes(16), version=4)))


@method("UUID.toString")
def _uuid_text(value: Uuid) -> str:
    return value.text


class CurrentRequest(Element):
    """``System.Request``."""

    apex_name = "Request"


@static("Request.getCurrent")
def _get_current() -> CurrentRequest:
    return CurrentRequest()


@method("Request.getRequestId")
def _get_request_id(m: Machine, _request: CurrentRequest) -> str:
    return m.request_id


@method("Request.getQuiddity")
def _get_quiddity(m: Machine, _request: CurrentRequest) -> EnumValue:
    names = {
        "queueable": "QUEUEABLE",
        "batch": "BATCH_APEX",
        "future": "FUTURE",
        "scheduled": "SCHEDULED",
    }
    plain = "RUNTEST_SYNC" if m.test is not None else "ANONYMOUS"
    return platform_enum("Quiddity", names.get(m.transaction.kind, plain))


@static("System.equals")
def _system_equals(m: Machine, left: Value, right: Value) -> bool:
    return equal(m, left, right)


@static("System.hashCode")
def _system_hash_code(m: Machine, value: Value) -> Value:
    return m.invoke(value, "hashCode", [])
