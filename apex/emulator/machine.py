"""The machine that Apex runs on: calls, objects, fields; expressions and statements plug in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator import dispatch, expressions, jobs, statements
from apex.emulator.errors import ApexThrown, IllegalApex, NoId, NotEmulated, Uncatchable
from apex.emulator.program import ClassInfo, Field, Method
from apex.emulator.system_exceptions import BASE, SYSTEM_EXCEPTIONS
from apex.emulator.transaction import Frame, Transaction, Variable
from apex.emulator.type_rules import TypeRules
from apex.emulator.values import ApexObject, ApexType, Value, type_of
from apex.parser.tree import kind, line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from apex.emulator.database import Row
    from apex.emulator.loops import Signal
    from apex.emulator.org import Org
    from apex.emulator.program import Program
    from apex.emulator.testing import TestContext
    from apex.parser.tree import Node

_DEEPEST: Final = 1000
"""Calls inside calls, as Apex allows."""


class Machine:
    """Runs Apex of one program in one org, a transaction at a time."""

    def __init__(self, program: Program, org: Org, types: TypeRules | None = None) -> None:
        self.program = program
        self.org = org
        self.types = types or TypeRules(program)
        self.transaction = Transaction(user_id=org.identity.user_id)
        self.path: Path | None = None
        self.line = 0
        self.frame: Frame | None = None
        """Of the Apex that runs now: where dynamic SOQL finds its variables."""
        self.hits: dict[Path, set[int]] = {}
        """Lines that ran, by file: what coverage counts."""
        self.running: jobs.Job | None = None
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
            value = expressions.one_of_query(self, value, wanted)
            return self.types.convert(value, wanted)
        except NoId as error:
            raise self.throw("StringException", str(error)) from error
        except IllegalApex as error:
            raise IllegalApex(f"{error} at {self.place}") from error

    def evaluate(self, frame: Frame, node: Node) -> Value:
        """Return the value of an expression."""
        found = expressions.EVALUATORS.get(kind(node))
        if found is None:
            raise self.not_emulated(kind(node))
        return found(self, frame, node)

    def execute(self, frame: Frame, node: Node) -> Signal | None:
        """Run a statement; what it returns tells how it ended."""
        name = kind(node)
        found = statements.EXECUTORS.get(name)
        if name != "Stmnt$BlockStmnt":
            self.at(frame, line(node))
        if found is None:
            raise self.not_emulated(name)
        return found(self, frame, node)

    def declare(self, frame: Frame, decls: Node) -> None:
        """Declare the variables of a trigger or anonymous block."""
        self.at(frame, line(decls))
        statements.declare(self, frame, decls)

    def at(self, frame: Frame, number: int) -> None:
        """Note that a line runs."""
        self.path, self.line, self.frame = frame.cls.path, number, frame
        if self.path is not None:
            self.hits.setdefault(self.path, set()).add(number)

    # --- calls

    def call(self, method: Method, this: ApexObject | None, args: Sequence[Value]) -> Value:
        """Call a method or constructor with arguments that fit it; a future method is queued."""
        if "future" in method.annotations:
            return jobs.enqueue_future(self, method, args)
        return self.run_method(method, this, args)

    def run_method(self, method: Method, this: ApexObject | None, args: Sequence[Value]) -> Value:
        """Run the body of a method or constructor."""
        if method.body is None:
            raise IllegalApex(f"{method.owner.name}.{method.name} has no body, at {self.place}")
        if method.static:
            self.initialise(method.owner)
        frame = Frame(method.owner, None if method.static else this)
        for parameter, value in zip(method.parameters, args, strict=True):
            wanted = self.types.resolve(parameter.type, method.owner)
            frame.scopes[0][parameter.name.lower()] = Variable(wanted, self.convert(value, wanted))
        if method.returns is not None:
            frame.returns = self.return_type(method)
        return self.run_body(frame, method.body)

    def return_type(self, method: Method) -> ApexType | None:
        """Return the type of what a method returns; None for ``void``."""
        if method.returns is None or dispatch.is_void(method.returns):
            return None
        return self.types.resolve(method.returns, method.owner)

    def run_body(self, frame: Frame, body: Node) -> Value:
        """Run a block as a call, and come back to the caller's place."""
        path, number, caller = self.path, self.line, self.frame
        self.transaction.depth += 1
        if self.transaction.depth > _DEEPEST:
            raise Uncatchable("System.LimitException: Maximum stack depth reached: 1001")
        try:
            signal = self.execute(frame, body)
            return signal.value if signal is not None else None
        finally:
            self.transaction.depth -= 1
            self.path, self.line, self.frame = path, number, caller

    def invoke(self, value: Value, name: str, args: Sequence[Value]) -> Value:
        """Call a method of a value by name, as ``value.name(args)`` does."""
        return dispatch.call_on(
            self, value, name, args, [type_of(a) if a is not None else None for a in args]
        )

    def has_method(self, value: Value, name: str) -> bool:
        """Whether an object's own class, not the platform, defines a method."""
        return isinstance(value, ApexObject) and any(
            name.lower() in c.methods for c in value.cls.lineage()
        )

    # --- objects

    def instantiate(self, info: ClassInfo, args: Sequence[Value]) -> ApexObject:
        """Return ``new Class(args)``."""
        if "abstract" in info.modifiers or info.kind != "class":
            raise IllegalApex(f"{info.name} cannot be constructed, at {self.place}")
        made = ApexObject(info)
        if BASE in info.lineage():
            made.fields["place"] = self.place
        self.construct(info, made, args)
        return made

    def construct(self, info: ClassInfo, made: ApexObject, args: Sequence[Value]) -> None:
        """Run the constructor of one class of the object's lineage."""
        dispatch.construct(self, info, made, args)

    def initialise_object(self, info: ClassInfo, made: ApexObject) -> None:
        """Give the fields that one class declares their first values."""
        for held in info.fields.values():
            if not held.static:
                made.fields[held.name.lower()] = None
        frame = Frame(info, made)
        for each in info.initialisers:
            if not isinstance(each, Field):
                self.execute(frame, each)
            elif each.initial is not None:
                made.fields[each.name.lower()] = self._initial(frame, each)

    def initialise(self, info: ClassInfo) -> None:
        """Initialise the static fields of a class, once per transaction."""
        for each in reversed(list(info.lineage())):
            if each.name in self.transaction.statics:
                continue
            held = self.transaction.statics[each.name] = {
                f: None for f, v in each.fields.items() if v.static
            }
            path, number = self.path, self.line
            frame = Frame(each)
            for part in each.static_initialisers:
                if not isinstance(part, Field):
                    self.execute(frame, part)
                elif part.initial is not None:
                    held[part.name.lower()] = self._initial(frame, part)
            self.path, self.line = path, number

    def _initial(self, frame: Frame, held: Field) -> Value:
        if held.initial is None:
            return None
        self.at(frame, line(held.initial))
        return self.convert(
            self.evaluate(frame, held.initial), self.types.resolve(held.type, held.owner)
        )

    # --- fields

    def read_field(self, held: Field, this: ApexObject | None, frame: Frame | None = None) -> Value:
        """Return a field's or property's value."""
        if held.getter is not None and (frame is None or frame.accessor is not held):
            inside = Frame(held.owner, None if held.static else this, accessor=held)
            if held.static:
                self.initialise(held.owner)
            inside.returns = self.types.resolve(held.type, held.owner)
            return self.run_body(inside, held.getter)
        return self._store(held, this)[held.name.lower()]

    def write_field(
        self, held: Field, this: ApexObject | None, value: Value, frame: Frame | None = None
    ) -> None:
        """Set a field or property."""
        wanted = self.types.resolve(held.type, held.owner)
        value = self.convert(value, wanted)
        own = frame is not None and frame.accessor is held
        if held.setter is not None and not own:
            inside = Frame(held.owner, None if held.static else this, accessor=held)
            inside.scopes[0]["value"] = Variable(wanted, value)
            self.run_body(inside, held.setter)
            return
        if held.is_property and not held.writable and not own:
            raise IllegalApex(f"{held.owner.name}.{held.name} cannot be written, at {self.place}")
        self._store(held, this)[held.name.lower()] = value

    def _store(self, held: Field, this: ApexObject | None) -> dict[str, Value]:
        if held.static:
            self.initialise(held.owner)
            return self.transaction.statics[held.owner.name]
        if this is None:
            raise IllegalApex(f"{held.owner.name}.{held.name} needs an object, at {self.place}")
        return this.fields

    def frame_or_fail(self) -> Frame:
        """Return the frame of the Apex that runs."""
        if self.frame is None:
            raise self.not_emulated("this outside of Apex")
        return self.frame
