"""Asynchronous Apex: jobs are queued at commit and run as transactions of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from apex.emulator.errors import NotEmulated, Uncatchable
from apex.emulator.jobs.contexts import FinalizerContext, JobContext
from apex.emulator.jobs.copying import copy_graph
from apex.emulator.operations.text_form import to_text
from apex.emulator.platform.job import Job
from apex.emulator.platform.limits import Limits
from apex.emulator.platform.transaction import Transaction
from apex.emulator.saving.trigger_runs import TriggerFailed, run_triggers
from apex.emulator.values import SOBJECT, ApexList, ApexObject, ApexThrown, Id, Value, apex_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apex.emulator.machine import Machine
    from apex.emulator.source.classes import Method

_ASYNCHRONOUS = ("queueable", "finalizer", "scheduled", "batch", "future", "event")


def submit(m: Machine, job: Job, row: dict[str, Value]) -> Id:
    """Note a job in the transaction; it is queued when that commits."""
    m.transaction.pending = True
    m.org.database.put(
        "AsyncApexJob", {"id": job.id, "status": "Queued", "createddate": m.org.now(), **row}
    )
    m.transaction.jobs.append(job)
    return job.id


def enqueue_future(m: Machine, method: Method, args: Sequence[Value]) -> None:
    """Queue a call of an ``@future`` method: it runs when this transaction is over."""
    if m.transaction.kind in ("future", "batch"):
        text = "Future method cannot be called from a future or batch method: "
        raise m.throw("AsyncException", f"{text}{method.owner.name}.{method.name}")
    m.transaction.limits.count("future calls")
    job_id = m.org.database.new_id("707")
    job = Job("future", method, job_id, m.transaction.user_id, m.org.now(), args=tuple(args))
    submit(m, job, {"jobtype": "Future", "methodname": method.name})


def begin(m: Machine, kind: str, user_id: str, job_id: Id | None = None) -> None:
    """Give the machine a new transaction."""
    transaction = Transaction(
        limits=Limits(asynchronous=kind in _ASYNCHRONOUS, queueable=kind == "queueable"),
        kind=kind,
        user_id=user_id,
        job_id=job_id,
    )
    m.transaction = transaction
    m.begin_undo()


def commit(m: Machine) -> None:
    """End a transaction well: what it enqueued waits from now on."""
    waiting = m.org.queue if m.test is None else m.test.jobs
    waiting.extend(m.transaction.jobs)
    m.transaction.jobs = []


def run_job(m: Machine, job: Job) -> ApexThrown | Uncatchable | None:
    """Run one job to its end, finalizer included; return what it failed with."""
    around, undo = m.transaction, m.undo
    shared = around.statics if m.test is not None and not m.test.fresh_statics else None
    try:
        if job.kind != "event":  # of which no AsyncApexJob tells
            _mark(m, job, "Processing")
        return _RUNNERS[job.kind](m, job, shared)
    finally:
        m.transaction, m.undo = around, undo


def _transaction_of(
    m: Machine, job: Job, kind: str, shared: dict[str, dict[str, Value]] | None
) -> None:
    begin(m, kind, job.user_id, job.id)
    if shared is not None:
        m.transaction.statics = shared


def _attempt(
    m: Machine,
    job: Job,
    kind: str,
    shared: dict[str, dict[str, Value]] | None,
    name: str,
    args: list[Value],
) -> tuple[ApexThrown | Uncatchable | None, Value]:
    """Call one method in a transaction of its own, committed or undone."""
    _transaction_of(m, job, kind, shared)
    m.running = job
    try:
        value = m.invoke(job.target, name, args)
    except (ApexThrown, Uncatchable) as error:
        m.org.database.restore(m.undo)
        m.transaction.jobs = []
        return error, None
    finally:
        m.running = None
    commit(m)
    return None, value


def _run_queueable(
    m: Machine, job: Job, shared: dict[str, dict[str, Value]] | None
) -> ApexThrown | Uncatchable | None:
    failure, _ = _attempt(m, job, "queueable", shared, "execute", [JobContext(job.id)])
    _finish(m, job, failure)
    finalizer = m.transaction.finalizer
    if finalizer is not None:
        try:
            # Not when it is attached: it sees what the job has set in it until its end.
            finalizer = copy_graph(m, finalizer)
        except ApexThrown as not_kept:
            return failure or not_kept
        error = _as_exception(m, failure)
        ending = Job("finalizer", finalizer, job.id, job.user_id, job.due, job.depth, job.deepest)
        ended, _ = _attempt(
            m, ending, "finalizer", shared, "execute", [FinalizerContext(job.id, error)]
        )
        return failure or ended
    return failure


def _as_exception(m: Machine, failure: ApexThrown | Uncatchable | None) -> ApexObject | None:
    if isinstance(failure, Uncatchable):
        return m.throw("LimitException", str(failure).removeprefix("System.LimitException: ")).value
    return failure.value if failure else None


def _run_scheduled(
    m: Machine, job: Job, shared: dict[str, dict[str, Value]] | None
) -> ApexThrown | Uncatchable | None:
    failure, _ = _attempt(
        m, job, "scheduled", shared, "execute", [JobContext(job.id, "SchedulableContext")]
    )
    _finish(m, job, failure)
    return failure


def _run_future(
    m: Machine, job: Job, shared: dict[str, dict[str, Value]] | None
) -> ApexThrown | Uncatchable | None:
    _transaction_of(m, job, "future", shared)
    failure: ApexThrown | Uncatchable | None = None
    m.running = job
    try:
        m.run_method(job.target, None, job.args)
        commit(m)
    except (ApexThrown, Uncatchable) as error:
        m.org.database.restore(m.undo)
        failure = error
    finally:
        m.running = None
    _finish(m, job, failure)
    return failure


def _run_batch(
    m: Machine, job: Job, shared: dict[str, dict[str, Value]] | None
) -> ApexThrown | Uncatchable | None:
    """Start, execute per chunk, finish; a chunk that fails does not stop the others."""
    context = JobContext(job.id, "Database.BatchableContext")
    failure, found = _attempt(m, job, "batch", shared, "start", [context])
    if failure is not None:
        _finish(m, job, failure)
        return failure
    rows = _batch_rows(m, found)
    chunks = [rows[start : start + job.size] for start in range(0, len(rows), job.size)]
    if m.test is not None and len(chunks) > 1:
        raise Uncatchable(
            "System.UnexpectedException: No more than one executeBatch can be called from within "
            "a test method. Please make sure the iterable returned from your start method matches "
            "the batch size, resulting in one executeBatch invocation."
        )
    original, stateful = (
        job.target,
        m.types.is_instance(job.target, m.types.named("Database.Stateful") or SOBJECT),
    )
    for chunk in chunks:
        job.target = original if stateful else copy_graph(m, original)
        failed, _ = _attempt(
            m, job, "batch", shared, "execute", [context, apex_list(SOBJECT, chunk)]
        )
        failure = failure or failed
    job.target = original if stateful else copy_graph(m, original)
    failed, _ = _attempt(m, job, "batch", shared, "finish", [context])
    _finish(m, job, failure or failed)
    return failure or failed


def _batch_rows(m: Machine, found: Value) -> list[Value]:
    held = getattr(found, "rows", found)
    if not isinstance(held, ApexList):
        raise NotEmulated(f"not emulated: a batch over {found} at {m.place}")
    return list(held.items)


def _mark(m: Machine, job: Job, status: str, **fields: Value) -> None:
    row = dict(m.org.database.rows("AsyncApexJob").get(job.id, {"id": job.id}))
    row.update({"status": status, **fields})
    m.org.database.put("AsyncApexJob", row)


def _finish(m: Machine, job: Job, failure: ApexThrown | Uncatchable | None) -> None:
    if failure is None:
        _mark(m, job, "Completed", numberoferrors=0, completeddate=m.org.now())
        return
    shown = to_text(m, failure.value) if isinstance(failure, ApexThrown) else str(failure)
    _mark(m, job, "Failed", numberoferrors=1, extendedstatus=shown, completeddate=m.org.now())


def _run_event(
    m: Machine, job: Job, shared: dict[str, dict[str, Value]] | None
) -> ApexThrown | Uncatchable | None:
    """Give events to their triggers, as the Automated Process user."""
    _transaction_of(m, job, "event", shared)
    m.running = job
    try:
        run_triggers(m, job.target[0].info, "AFTER_INSERT", list(job.target), None)
    except (TriggerFailed, Uncatchable) as error:
        m.org.database.restore(m.undo)
        m.transaction.jobs = []
        cause = error.__cause__
        return cause if isinstance(cause, ApexThrown) else cast("Uncatchable", error)
    finally:
        m.running = None
    commit(m)
    return None


_RUNNERS = {
    "event": _run_event,
    "queueable": _run_queueable,
    "scheduled": _run_scheduled,
    "batch": _run_batch,
    "future": _run_future,
}
