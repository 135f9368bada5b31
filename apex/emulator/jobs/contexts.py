"""What a job is told about itself: AsyncOptions and the contexts."""

from __future__ import annotations

from dataclasses import dataclass, field

from apex.emulator.registry import (
    constructor,
    enum,
    getter,
    method,
    platform_enum,
    platform_type,
    setter,
)
from apex.emulator.values import ApexObject, ApexType, Element, Id, Value


@dataclass(eq=False)
class AsyncOptions(Element):
    """``System.AsyncOptions``."""

    apex_name = "AsyncOptions"
    values: dict[str, Value] = field(default_factory=dict)


constructor("AsyncOptions", takes=0)(AsyncOptions)


def _option(name: str) -> None:
    @getter(f"AsyncOptions.{name}")
    def _read(options: AsyncOptions) -> Value:
        return options.values.get(name)

    @setter(f"AsyncOptions.{name}")
    def _write(options: AsyncOptions, value: Value) -> None:
        options.values[name] = value


for _name in ("MinimumQueueableDelayInMinutes", "MaximumQueueableStackDepth", "DuplicateSignature"):
    _option(_name)


@dataclass(eq=False)
class JobContext(Element):
    """``QueueableContext``, ``SchedulableContext`` and ``Database.BatchableContext``."""

    job_id: Id
    name: str = "QueueableContext"

    @property
    def type(self) -> ApexType:
        """One of the three."""
        return ApexType(self.name)


for _context in ("SchedulableContext", "Database.BatchableContext"):
    platform_type(_context).supertypes = ("QueueableContext",)


@dataclass(eq=False)
class FinalizerContext(Element):
    """``System.FinalizerContext``."""

    job_id: Id
    error: ApexObject | None
    apex_name = "FinalizerContext"


@method("QueueableContext.getJobId")
def _job_id(context: JobContext) -> Id:
    return context.job_id


@method("QueueableContext.getTriggerId")
def _trigger_id(context: JobContext) -> Id:
    return context.job_id


@method("QueueableContext.getChildJobId")
def _child_job_id(context: JobContext) -> Id:
    return context.job_id


@method("FinalizerContext.getAsyncApexJobId")
def _finalizer_job_id(context: FinalizerContext) -> Id:
    return context.job_id


@method("FinalizerContext.getRequestId")
def _finalizer_request_id(context: FinalizerContext) -> str:
    return f"TID:{context.job_id}"


@method("FinalizerContext.getResult")
def _finalizer_result(context: FinalizerContext) -> Value:
    return platform_enum("ParentJobResult", "UNHANDLED_EXCEPTION" if context.error else "SUCCESS")


@method("FinalizerContext.getException")
def _finalizer_exception(context: FinalizerContext) -> ApexObject | None:
    return context.error


enum("ParentJobResult", "SUCCESS", "UNHANDLED_EXCEPTION")
