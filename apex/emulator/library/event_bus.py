"""EventBus: platform events, of which triggers hear when the transaction is committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex
from apex.emulator.jobs.running import run_job
from apex.emulator.library.database_class import DmlResult
from apex.emulator.platform.job import Job
from apex.emulator.platform.org import AUTOMATED_PROCESS_ID
from apex.emulator.records import Record
from apex.emulator.registry import method, static
from apex.emulator.saving import dml
from apex.emulator.saving.save_rules import check_row
from apex.emulator.saving.save_steps import Outcome
from apex.emulator.values import ApexList, ApexType, Element, Value, apex_list

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_RESULT = "Database.SaveResult"


@static("EventBus.publish")
def _publish(m: Machine, given: Value) -> Value:
    """Publish events with the behaviour *Publish After Commit*, the only one that is emulated."""
    records = dml.records_of(m, given)
    if any(not each.info.is_event for each in records):
        raise IllegalApex(f"EventBus.publish of what is no platform event, at {m.place}")
    m.transaction.limits.count("dml statements")
    m.transaction.pending = True
    outcomes = [Outcome(each, check_row(m, each.info, each.values, None)) for each in records]
    good = [each.record for each in outcomes if each.ok]
    for info in dict.fromkeys(each.info for each in good if _is_heard(m, each)):
        events = tuple(
            Record(info, {**each.values, "createdbyid": m.transaction.user_id})
            for each in good
            if each.info is info
        )
        job_id = m.org.database.new_id("000")
        m.transaction.jobs.append(Job("event", events, job_id, AUTOMATED_PROCESS_ID, m.org.now()))
    results = [DmlResult(each, _RESULT) for each in outcomes]
    return apex_list(ApexType(_RESULT), results) if isinstance(given, ApexList) else results[0]


def _is_heard(m: Machine, event: Record) -> bool:
    return any(each.object_name.lower() == event.info.name.lower() for each in m.program.triggers)


@dataclass(eq=False)
class TestBroker(Element):
    """``EventBus.TestBroker``."""

    __test__ = False  # pytest would collect it by its name
    apex_name = "EventBus.TestBroker"


@static("Test.getEventBus")
def _event_bus(_: Machine) -> TestBroker:
    return TestBroker()


@method("EventBus.TestBroker.deliver")
def _deliver(m: Machine, _: TestBroker) -> None:
    """Deliver what was published, although the test's transaction has not ended."""
    if m.test is None:
        raise IllegalApex(f"Test.getEventBus outside of a test, at {m.place}")
    published = [job for job in m.transaction.jobs if job.kind == "event"]
    m.transaction.jobs = [job for job in m.transaction.jobs if job.kind != "event"]
    for job in published:
        failure = run_job(m, job)
        if failure is not None:
            raise failure
