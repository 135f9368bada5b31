"""The machine that Apex runs on: calls, objects, fields. What a node means it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apex.emulator.errors import IllegalApex, Uncatchable
from apex.emulator.platform.transaction import Frame, Variable
from apex.emulator.run_state import RunState
from apex.emulator.source.classes import ClassInfo, Field, Method
from apex.emulator.system_exceptions import BASE
from apex.emulator.values import ApexObject, ApexType, Value, type_of
from apex.parser.tree import kind, line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from apex.emulator.platform.org import Org
    from apex.emulator.platform.transaction import Signal
    from apex.emulator.source.classes import Program
    from apex.emulator.type_rules import TypeRules
    from apex.parser.tree import Node

_DEEPEST: Final = 1000
"""Calls inside calls, as Apex allows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """What Apex means, for the machine that runs it: expressions and statements by kind of node."""

    expressions: Mapping[str, Callable[[Machine, Frame, Node], Value]]
    statements: Mapping[str, Callable[[Machine, Frame, Node], Signal | None]]
    declare: Callable[[Machine, Frame, Node], None]
    call_on: Callable[[Machine, Value, str, Sequence[Value], Sequence[ApexType | None]], Value]
    construct: Callable[[Machine, ClassInfo, ApexObject, Sequence[Value]], None]
    enqueue_future: Callable[[Machine, Method, Sequence[Value]], None]


class Machine(RunState):
    """Runs Apex of one program in one org, a transaction at a time."""

    def __init__(self, language: Language, program: Program, org: Org, types: TypeRules) -> None:
        super().__init__(program, org, types)
        self._language = language

    def evaluate(self, frame: Frame, node: Node) -> Value:
        """Return the value of an expression."""
        found = self._language.expressions.get(kind(node))
        if found is None:
            raise self.not_emulated(kind(node))
        return found(self, frame, node)

    def execute(self, frame: Frame, node: Node) -> Signal | None:
        """Run a statement; what it returns tells how it ended."""
        name = kind(node)
        found = self._language.statements.get(name)
        if name != "Stmnt$BlockStmnt":
            self.at(frame, line(node))
        if found is None:
            raise self.not_emulated(name)
        return found(self, frame, node)

    def declare(self, frame: Frame, decls: Node) -> None:
        """Declare the variables of a trigger or anonymous block."""
        self.at(frame, line(decls))
        self._language.declare(self, frame, decls)

    # --- calls

    def call(self, method: Method, this: ApexObject | None, args: Sequence[Value]) -> Value:
        """Call a method or constructor with arguments that fit it; a future method is queued."""
        if "future" in method.annotations:
            return self._language.enqueue_future(self, method, args)
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
        if method.returns is None or method.is_void:
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
        return self._language.call_on(
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
        self._language.construct(self, info, made, args)

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
