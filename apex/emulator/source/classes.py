"""The classes and triggers of a project, read from their syntax trees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apex.parser.tree import kind, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apex.emulator.source.schema import Schema
    from apex.parser.tree import Node


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method."""

    name: str
    type: Node


@dataclass(eq=False, slots=True)
class Method:
    """A method or constructor."""

    name: str
    owner: ClassInfo
    parameters: tuple[Parameter, ...]
    returns: Node | None
    body: Node | None
    modifiers: frozenset[str]
    annotations: dict[str, dict[str, str]]

    @property
    def static(self) -> bool:
        """Whether it needs no object."""
        return "static" in self.modifiers

    @property
    def is_void(self) -> bool:
        """Whether it gives nothing, as a constructor does."""
        given = self.returns
        return given is None or (
            kind(given) == "TypeRefs$ClassTypeRef" and text(given["names"][0]).lower() == "void"
        )


@dataclass(eq=False, slots=True)
class Field:
    """A field or property of a class."""

    name: str
    owner: ClassInfo
    type: Node
    initial: Node | None
    modifiers: frozenset[str]
    getter: Node | None = None
    """A getter's body, when the source writes one."""
    setter: Node | None = None
    is_property: bool = False
    writable: bool = True

    @property
    def static(self) -> bool:
        """Whether it belongs to the class."""
        return "static" in self.modifiers


@dataclass(eq=False, slots=True)
class ClassInfo:
    """A class, interface or enum."""

    name: str
    """``Outer`` or ``Outer.Inner``."""
    kind: str = "class"
    """``class``, ``interface`` or ``enum``."""
    path: Path | None = None
    outer: ClassInfo | None = None
    superclass: Node | None = None
    interfaces: tuple[Node, ...] = ()
    modifiers: frozenset[str] = frozenset()
    annotations: dict[str, dict[str, str]] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    methods: dict[str, list[Method]] = field(default_factory=dict)
    constructors: list[Method] = field(default_factory=list)
    initialisers: list[Field | Node] = field(default_factory=list)
    """Of an object: fields with a value and blocks, in the order of the source."""
    static_initialisers: list[Field | Node] = field(default_factory=list)
    inner: dict[str, ClassInfo] = field(default_factory=dict)
    constants: tuple[str, ...] = ()
    """Of an enum."""
    parent: ClassInfo | None = None
    """The superclass, once linked."""

    def lineage(self) -> Iterator[ClassInfo]:
        """Yield the class and its superclasses."""
        each: ClassInfo | None = self
        while each is not None:
            yield each
            each = each.parent

    @property
    def is_found_by_name(self) -> bool:
        """Whether ``Type.forName`` finds it: public or global, as all classes around it are.

        Source: https://developer.salesforce.com/docs/atlas.en-us.apexref.meta/apexref/apex_methods_system_type.htm
        """
        return bool({"public", "global"} & self.modifiers) and (
            self.outer is None or self.outer.is_found_by_name
        )

    @property
    def is_test(self) -> bool:
        """Whether the class, or the one around it, is annotated ``@isTest``."""
        return "istest" in self.annotations or (self.outer is not None and self.outer.is_test)


@dataclass(frozen=True, slots=True)
class TriggerInfo:
    """A trigger."""

    name: str
    path: Path
    object_name: str
    usages: frozenset[str]
    """``BEFORE_INSERT`` and the like."""
    body: tuple[Node, ...]
    holder: ClassInfo
    """A class without members, for the names in the trigger's body."""


@dataclass(eq=False, slots=True)
class Program:
    """Everything that does not change while Apex runs."""

    schema: Schema
    classes: dict[str, ClassInfo] = field(default_factory=dict)
    """Outer classes by lower-case name."""
    triggers: list[TriggerInfo] = field(default_factory=list)
    lines: dict[Path, frozenset[int]] = field(default_factory=dict)
    """The lines of each file that hold a statement."""

    def find(self, name: str) -> ClassInfo | None:
        """Return the class ``Outer`` or ``Outer.Inner``, by a name in any case."""
        outer, _, inner = name.lower().partition(".")
        found = self.classes.get(outer)
        return found.inner.get(inner) if found and inner else found

    def every_class(self) -> Iterator[ClassInfo]:
        """Yield each class, inner ones after their outer one."""
        for outer in self.classes.values():
            yield outer
            yield from outer.inner.values()
