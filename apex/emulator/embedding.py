"""Apex inside a Python test: run it, read and write records, drain the queue.

Each call is a transaction of its own: triggers fire, and what fails is undone. Calls may come from
several threads: one transaction runs at a time, and a callout lets others run meanwhile.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from apex.emulator.errors import Uncatchable
from apex.emulator.field_values import from_text
from apex.emulator.jobs.running import begin, commit, run_job
from apex.emulator.language import dispatch
from apex.emulator.operations.text_form import to_text
from apex.emulator.platform.org import Org, OrgIdentity
from apex.emulator.platform.transaction import Frame
from apex.emulator.records import Record
from apex.emulator.saving import dml
from apex.emulator.soql import query as soql
from apex.emulator.source.classes import ClassInfo
from apex.emulator.source.source_trees import tree_of
from apex.emulator.source.statement_lines import is_declaration
from apex.emulator.values import ApexThrown, ApexType, Id, Value, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from apex.emulator.machine import Machine
    from apex.emulator.platform.job import Job
    from apex.emulator.runner import Project
    from apex.emulator.source.schema import ObjectInfo


class ApexFailed(Exception):
    """A transaction failed and was undone; the text is what Salesforce would show."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What became of one asynchronous job."""

    name: str
    """The class that ran."""
    failure: str | None


class EmbeddedOrg:
    """An org that lives as long as a Python test wants it.

    Args:
        project: the loaded Apex and metadata.
        org: to choose clock, transport, randomness and certificates; by default nothing can be
            called out to.
    """

    def __init__(self, project: Project, org: Org | None = None) -> None:
        self.org = org or Org(project.program, OrgIdentity())
        self._project = project
        self._hits: dict[Path, set[int]] = {}

    def run(self, source: str) -> list[str]:
        """Run anonymous Apex; return the lines that it wrote by ``System.debug``.

        Raises:
            ApexFailed: an exception or limit ended it.
        """
        unit = tree_of(source, "anonymous Apex", anonymous=True)
        before = len(self.org.log)
        with self._transaction() as m:
            frame = Frame(ClassInfo("Anonymous"))
            for member in unit["members"]:
                if is_declaration(member):
                    m.declare(frame, member["variableDecls"])
                elif "stmnt" not in member:
                    raise m.not_emulated("a method or class in anonymous Apex")
                elif m.execute(frame, member["stmnt"]) is not None:
                    break
        return self.org.log[before:]

    def call(self, name: str, *args: Value) -> Value:
        """Call the static method ``Class.method``; return the Apex value it gives."""
        owner, _, method = name.rpartition(".")
        types = [None if each is None else type_of(each) for each in args]
        with self._transaction() as m:
            return dispatch.call_static(m, ApexType(owner), method, args, types)

    def run_jobs(self, *, wait: bool = False, most: int = 100) -> list[JobOutcome]:
        """Run queued jobs and what they enqueue, until none is left.

        Args:
            wait: respect delays: jobs that are not due by the org's clock stay in the queue.
            most: jobs to run; more are an error, since a chain may go on for ever.
        """
        done: list[JobOutcome] = []
        while job := self._next_job(wait=wait):
            if len(done) == most:
                raise ApexFailed(f"still jobs in the queue after {most}")
            done.append(self._run_job(job))
        return done

    def run_scheduled(self, name: str) -> JobOutcome:
        """Fire the scheduled job of that name now."""
        details = self.org.database.rows("CronJobDetail")
        for job in self.org.schedule:
            row = self.org.database.rows("CronTrigger")[job.id]
            if details[row["cronjobdetailid"]]["name"] == name:
                return self._run_job(job)
        raise KeyError(name)

    def _next_job(self, *, wait: bool) -> Job | None:
        with self.org.turn:
            for job in self.org.queue:
                if not wait or job.due <= self.org.now():
                    self.org.queue.remove(job)
                    return job
        return None

    def _run_job(self, job: Job) -> JobOutcome:
        m = self._machine()
        with self.org.turn:
            failure = run_job(m, job)
        return JobOutcome(job.name, _text_of(m, failure) if failure else None)

    # --- records, as the REST API shows and changes them

    def insert(self, name: str, fields: Mapping[str, Any]) -> str:
        """Create a record; return its id."""
        with self._transaction() as m:
            record = _record(m, name, fields)
            _saved(m, "insert", record)
            return str(record.values["id"])

    def update(self, name: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Change fields of a record, as a PATCH does: triggers run.

        Raises:
            ApexFailed: with the status code, such as ``STRING_TOO_LONG``.
        """
        with self._transaction() as m:
            record = _record(m, name, fields)
            record.values["id"] = m.convert(record_id, ApexType("Id"))
            _saved(m, "update", record)

    def query(self, source: str) -> list[dict[str, Any]]:
        """Return the rows of a query: values by field name as the schema writes it."""
        with self._transaction() as m:
            found = soql.dynamic_query(m, source)
            return [_plain(record) for record in found.items]

    def put_row(self, name: str, **fields: Any) -> str:  # noqa: ANN401 - values of any field
        """Store a row as it is, custom metadata too: no trigger, no check but the field's name."""
        info = self._info(name)
        row = {"id": self.org.database.new_id(info.key_prefix)}
        for field, value in fields.items():
            row[info.fields[field.lower()].name.lower()] = _value(info, field, value)
        self.org.database.put(name, row)
        return str(row["id"])

    def change_metadata(self, name: str, developer_name: str, **fields: Any) -> None:  # noqa: ANN401
        """Change fields of a custom metadata record of the project, such as ``Endpoint__c``."""
        info = self._info(name)
        for row in self.org.database.rows(name).values():
            if row["developername"] == developer_name:
                changed = {
                    field.lower(): _value(info, field, value) for field, value in fields.items()
                }
                self.org.database.put(name, {**row, **changed})
                return
        raise KeyError(developer_name)

    def assign_permission_set(self, name: str) -> None:
        """Assign a permission set of the project to the running user."""
        for record_id, row in self.org.database.rows("PermissionSet").items():
            if row["name"] == name:
                self.put_row(
                    "PermissionSetAssignment",
                    PermissionSetId=record_id,
                    AssigneeId=self.org.identity.user_id,
                    IsActive=True,
                )
                return
        raise KeyError(name)

    def _info(self, name: str) -> ObjectInfo:
        return self._project.program.schema.objects[name.lower()]

    def _machine(self) -> Machine:
        m = self._project.machine(self.org)
        m.hits = self._hits
        return m

    @contextmanager
    def _transaction(self) -> Iterator[Machine]:
        m = self._machine()
        with self.org.turn:
            begin(m, "synchronous", self.org.identity.user_id)
            try:
                yield m
            except (ApexThrown, Uncatchable) as error:
                self.org.database.restore(m.undo)
                raise ApexFailed(_text_of(m, error)) from error
            except BaseException:
                self.org.database.restore(m.undo)
                raise
            commit(m)


def _text_of(m: Machine, error: ApexThrown | Uncatchable) -> str:
    if isinstance(error, Uncatchable):
        return str(error)
    return f"{to_text(m, error.value)} ({error.value.fields.get('place', '?')})"


def _record(m: Machine, name: str, fields: Mapping[str, Any]) -> Record:
    info = m.program.schema.find(name)
    if info is None:
        raise ApexFailed(f"NOT_FOUND: {name}")
    made = Record(info)
    for field, value in fields.items():
        if field.lower() not in info.fields:
            raise ApexFailed(f"INVALID_FIELD: No such column '{field}' on sobject of type {name}")
        made.values[field.lower()] = _value(info, field, value)
    return made


def _value(info: ObjectInfo, field: str, value: Any) -> Value:  # noqa: ANN401 - as JSON has them
    if isinstance(value, bool) or value is None or isinstance(value, bytes | Id):
        return value
    return from_text(info.fields[field.lower()], str(value))


def _saved(m: Machine, operation: str, record: Record) -> None:
    try:
        dml.statement(m, operation, record)
    except ApexThrown as thrown:
        errors = thrown.value.fields.get("dml")
        raise ApexFailed(str(errors[0][1]) if errors else _text_of(m, thrown)) from thrown


def _plain(record: Record) -> dict[str, Any]:
    names = record.info.fields
    made = {names[field].name: _plain_value(value) for field, value in record.values.items()}
    return made | {
        name: _plain(parent) if parent else None for name, parent in record.parents.items()
    }


def _plain_value(value: Value) -> Any:  # noqa: ANN401 - as JSON has them
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value) if isinstance(value, str) else value
