"""Which names are types, what may be assigned to what, and what a cast does."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from apex.emulator import registry
from apex.emulator.errors import IllegalApex, NoId
from apex.emulator.records import Record
from apex.emulator.system_exceptions import SYSTEM_EXCEPTIONS
from apex.emulator.values import (
    OBJECT,
    PRIMITIVES,
    SOBJECT,
    ApexList,
    ApexMap,
    ApexSet,
    ApexType,
    Long,
    Value,
    id18,
    type_of,
)
from apex.parser.tree import Node, kind, text

if TYPE_CHECKING:
    from apex.emulator.source.classes import ClassInfo, Method, Program

_WIDENS: Final = {
    "Integer": ("Long", "Double", "Decimal"),
    "Long": ("Double", "Decimal"),
    "Double": ("Decimal",),
    "Decimal": ("Double",),
    "Id": ("String",),
    "String": ("Id",),
    "Date": ("Datetime",),
}
_PREFIXES: Final = ("system.", "schema.")
_IN_COLLECTIONS: Final = ("List", "Set", "Map", "Iterable", "Iterator")


class TypeRules:
    """The type system of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._resolved: dict[tuple[int, str], ApexType] = {}
        self._kept: list[Node] = []
        self._named: dict[tuple[str, ClassInfo | None], ApexType | None] = {}
        self.chosen: dict[tuple[ClassInfo, str, tuple[ApexType | None, ...]], Method | None] = {}
        """Overloads that were found before, by class, name and types of arguments."""
        for info in program.every_class():
            if info.superclass is not None:
                info.parent = self.class_of(self.resolve(info.superclass, info))

    def class_of(self, type_: ApexType) -> ClassInfo | None:
        """Return the class behind a type: the program's or an exception of the platform."""
        return self.program.find(type_.name) or SYSTEM_EXCEPTIONS.get(type_.name.lower())

    def resolve(self, node: Node, scope: ClassInfo | None) -> ApexType:
        """Return the type a source names.

        Raises:
            IllegalApex: no such type.
        """
        key = (id(node), scope.name if scope else "")
        if key not in self._resolved:
            self._resolved[key] = self._resolve(node, scope)
            # Held, so that no other node gets the same id().
            self._kept.append(node)
        return self._resolved[key]

    def _resolve(self, node: Node, scope: ClassInfo | None) -> ApexType:
        if kind(node) == "TypeRefs$ArrayTypeRef":
            return ApexType("List", (self.resolve(node["heldType"], scope),))
        name = ".".join(text(part) for part in node["names"])
        found = self.named(name, scope)
        if found is None:
            raise IllegalApex(f"no such type: {name}")
        args = tuple(self.resolve(arg, scope) for arg in node["typeArguments"])
        return PRIMITIVES.get(found.name) or ApexType(found.name, args)

    def named(self, name: str, scope: ClassInfo | None = None) -> ApexType | None:
        """Return the type of a name in any case, seen from a class; None when there is none."""
        key = (name, scope)
        if key not in self._named:
            self._named[key] = self._find(name, scope)
        return self._named[key]

    def _find(self, name: str, scope: ClassInfo | None) -> ApexType | None:
        each = scope
        while each is not None:
            for above in each.lineage():
                inner = above.inner.get(name.lower())
                if inner is not None:
                    return ApexType(inner.name)
            each = each.outer
        own = self.program.find(name)
        if own is not None:
            return ApexType(own.name)
        return self._platform(name)

    def _platform(self, name: str) -> ApexType | None:
        lower = name.lower()
        for tried in (lower, *(lower.removeprefix(p) for p in _PREFIXES if lower.startswith(p))):
            if tried in SYSTEM_EXCEPTIONS:
                return ApexType(SYSTEM_EXCEPTIONS[tried].name)
            known = registry.canonical(tried)
            if known is not None:
                return ApexType(known)
            found = self.program.schema.find(tried)
            if found is not None:
                return ApexType(found.name)
        return None

    def is_sobject(self, type_: ApexType) -> bool:
        """Whether values of the type are records."""
        return type_ == SOBJECT or (
            not self.program.find(type_.name) and self.program.schema.find(type_.name) is not None
        )

    def cost(self, given: ApexType, wanted: ApexType) -> int | None:
        """Return how far an argument's type is from a parameter's; None when it does not fit."""
        if given == wanted:
            return 0
        if wanted == OBJECT:
            return 50
        if wanted.name in _WIDENS.get(given.name, ()):
            return 5 + _WIDENS[given.name].index(wanted.name)
        if wanted == SOBJECT and self.is_sobject(given):
            return 10
        if given.name in _IN_COLLECTIONS and wanted.name in _IN_COLLECTIONS:
            return self._collection_cost(given, wanted)
        return self._class_cost(given, wanted)

    def _collection_cost(self, given: ApexType, wanted: ApexType) -> int | None:
        if given.name != wanted.name and not (
            given.name in ("List", "Set") and wanted.name == "Iterable"
        ):
            return None
        if len(given.args) != len(wanted.args):
            return None
        costs = [self._element_cost(a, b) for a, b in zip(given.args, wanted.args, strict=True)]
        known = [cost for cost in costs if cost is not None]
        return 1 + sum(known) if len(known) == len(costs) else None

    def _element_cost(self, given: ApexType, wanted: ApexType) -> int | None:
        # A List<SObject> may become a List<Account>: Apex looks at the elements when it must.
        if given == SOBJECT and self.is_sobject(wanted):
            return 11
        return self.cost(given, wanted)

    def _class_cost(self, given: ApexType, wanted: ApexType) -> int | None:
        info = self.class_of(given)
        if info is None:
            above = [name.lower() for name in registry.supertypes(given.name)]
            return above.index(wanted.name.lower()) if wanted.name.lower() in above else None
        if info.kind == "enum":
            return None
        for distance, each in enumerate(info.lineage()):
            if each.name == wanted.name:
                return 1 + distance
            for declared in each.interfaces:
                found = self.resolve(declared, each)
                if found.name == wanted.name:
                    return 2 + distance
                below = self._class_cost(found, wanted)
                if below is not None:
                    return 2 + distance + below
        return None

    def is_instance(self, value: Value, wanted: ApexType) -> bool:
        """Return what ``value instanceof wanted`` says."""
        if value is None:
            return False
        given = type_of(value)
        if wanted in (given, OBJECT):
            return True
        if given.name == "String" and wanted.name == "Id":
            return id18(value) is not None
        if given.name in ("Integer", "Long", "Double", "Decimal") and wanted.name in (
            "Double",
            "Decimal",
        ):
            return wanted.name in _WIDENS.get(given.name, ())
        return given.name not in _WIDENS and self.cost(given, wanted) is not None

    def convert(self, value: Value, wanted: ApexType) -> Value:
        """Return the value as an assignment to a variable of the type stores it.

        Raises:
            IllegalApex: the compiler would have refused the assignment.
            NoId: the text is not an Id.
        """
        if value is None or wanted == OBJECT:
            return value
        given = type_of(value)
        if given == wanted:
            return value
        if wanted.name in _WIDENS.get(given.name, ()):
            return widen(value, wanted.name)
        if self.cost(given, wanted) is None:
            raise IllegalApex(f"Illegal assignment from {given} to {wanted}")
        return value

    def retype(self, value: Value, wanted: ApexType) -> Value:
        """Give an empty or SObject collection the type it is cast to, when its elements allow."""
        if isinstance(value, ApexList) and wanted.name == "List":
            if all(self.is_instance(item, wanted.args[0]) or item is None for item in value.items):
                return value if value.of != SOBJECT else ApexList(wanted.args[0], value.items)
            return None
        if isinstance(value, ApexSet | ApexMap) and value.type.name == wanted.name:
            return value
        return None


def narrow(value: Value, name: str) -> Value:
    """Return a number as ``(Integer)`` and the like cut it."""
    if name == "Double":
        return float(value)
    long = name == "Long"
    bits = 64 if long else 32
    wrapped = (int(value) + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1))
    return Long(wrapped) if long else wrapped


def widen(value: Value, name: str) -> Value:
    """Return a number, id or text as the wider type."""
    match name:
        case "Long":
            return Long(value)
        case "Double":
            return float(value)
        case "Decimal":
            return Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        case "Id":
            found = id18(value)
            if found is None:
                raise NoId(f"Invalid id: {value}")
            return found
        case "String":
            return str(value)
        case _:
            return datetime.combine(value, time(), UTC)


def is_record_of(value: Value, name: str) -> bool:
    """Whether a value is a record of an object, by its name in any case."""
    return isinstance(value, Record) and value.info.name.lower() == name.lower()
