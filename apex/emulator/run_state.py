"""Where the Apex that runs is: its transaction, its line, and how it fails there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex, NoId, NotEmulated
from apex.emulator.platform.transaction import Transaction
from apex.emulator.system_exceptions import SYSTEM_EXCEPTIONS
from apex.emulator.values import ApexList, ApexObject, ApexThrown, type_of

if TYPE_CHECKING:
    from pathlib import Path

    from apex.emulator.platform.database import Row
    from apex.emulator.platform.job import Job
    from apex.emulator.platform.org import Org
    from apex.emulator.platform.testing import TestContext
    from apex.emulator.platform.transaction import Frame
    from apex.emulator.source.classes import Program
    from apex.emulator.type_rules import TypeRules
    from apex.emulator.values import ApexType, Value


class RunState:
    """Of one program in one org, a transaction at a time."""

    def __init__(self, program: Program, org: Org, types: TypeRules) -> None:
        self.program = program
        self.org = org
        self.types = types
        self.transaction = Transaction(user_id=org.identity.user_id)
        self.path: Path | None = None
        self.line = 0
        self.frame: Frame | None = None
        """Of the Apex that runs now: where dynamic SOQL finds its variables."""
        self.hits: dict[Path, set[int]] = {}
        """Lines that ran, by file: what coverage counts."""
        self.running: Job | None = None
        """The asynchronous job that runs now."""
        self.undo: dict[str, dict[str, Row]] = org.database.snapshot()
        """What the database goes back to when the transaction fails."""
        self.test: TestContext | None = None
        """Set while a test method runs."""

    @property
    def request_id(self) -> str:
        """What ``Request.getRequestId`` gives; one per transaction."""
        if not self.transaction.request_id:
            self.transaction.request_id = self.org.random_bytes(12).hex()
        return self.transaction.request_id

    def begin_undo(self) -> None:
        """Make now what a failure goes back to."""
        self.undo = self.org.database.snapshot()

    # --- failures

    def throw(self, name: str, message: str, **fields: Value) -> ApexThrown:
        """Return an exception of the platform, to be raised."""
        info = SYSTEM_EXCEPTIONS[name.lower()]
        return ApexThrown(ApexObject(info, {"message": message, "place": self.place, **fields}))

    def null_pointer(self) -> ApexThrown:
        """Return what Apex throws at a null."""
        return self.throw("NullPointerException", "Attempt to de-reference a null object")

    def not_emulated(self, what: str) -> NotEmulated:
        """Return the refusal to guess, with the place in the source."""
        return NotEmulated(f"not emulated: {what} at {self.place}")

    @property
    def place(self) -> str:
        """The file and line that run now."""
        return f"{self.path.name if self.path else '?'}:{self.line}"

    # --- values

    def convert(self, value: Value, wanted: ApexType) -> Value:
        """Return the value as a variable of the type holds it; see `TypeRules.convert`."""
        if value is None or type_of(value) is wanted:
            return value
        try:
            value = self.one_of_query(value, wanted)
            return self.types.convert(value, wanted)
        except NoId as error:
            raise self.throw("StringException", str(error)) from error
        except IllegalApex as error:
            raise IllegalApex(f"{error} at {self.place}") from error

    def one_of_query(self, value: Value, wanted: ApexType) -> Value:
        """Return the one record that a query found, when a record is what it is assigned to."""
        if not (isinstance(value, ApexList) and value.queried):
            return value
        if not self.types.is_sobject(wanted):
            value.queried = False
            return value
        if not value.items:
            raise self.throw("QueryException", "List has no rows for assignment to SObject")
        if len(value.items) > 1:
            raise self.throw("QueryException", "List has more than 1 row for assignment to SObject")
        return value.items[0]

    # --- places

    def at(self, frame: Frame, number: int) -> None:
        """Note that a line runs."""
        self.path, self.line, self.frame = frame.cls.path, number, frame
        if self.path is not None:
            self.hits.setdefault(self.path, set()).add(number)

    def frame_or_fail(self) -> Frame:
        """Return the frame of the Apex that runs."""
        if self.frame is None:
            raise self.not_emulated("this outside of Apex")
        return self.frame
