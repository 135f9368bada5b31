"""Apex values in Python.

| Apex | Python | | Apex | Python |
|---|---|---|---|---|
| null | None | | String, Id | str, `Id` |
| Boolean | bool | | Blob | bytes |
| Integer, Long | int, `Long` | | Date, Datetime, Time | those of ``datetime``, UTC |
| Decimal, Double | Decimal, float | | List, Set, Map | `ApexList`, `ApexSet`, `ApexMap` |

Objects of classes are `ApexObject`; whatever the platform gives has a class in ``library/``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from apex.emulator.source.classes import ClassInfo

Value: TypeAlias = Any
"""Any Apex value. mypy cannot follow what Apex holds: `type_of` tells at run time."""
NotNull: TypeAlias = Any
"""Any Apex value but null: a platform method with such a parameter is not called with a null."""


@dataclass(frozen=True, slots=True)
class ApexType:
    """A type by its canonical name and type arguments: ``Map`` of ``String`` and ``Object``."""

    name: str
    args: tuple[ApexType, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}<{','.join(map(str, self.args))}>" if self.args else self.name


OBJECT = ApexType("Object")
STRING = ApexType("String")
ID = ApexType("Id")
INTEGER = ApexType("Integer")
SOBJECT = ApexType("SObject")


class Long(int):
    """An Apex Long: 64 bits."""


class Id(str):
    """An Apex Id, 18 characters."""

    __slots__ = ()


class Element:
    """A value that the platform made: its type is told by ``apex_name``."""

    apex_name: str = "Object"

    @property
    def type(self) -> ApexType:
        """The value's Apex type."""
        return ApexType(self.apex_name)


@dataclass(eq=False, slots=True)
class ApexObject:
    """An object of a class; its fields by lower-case name."""

    cls: ClassInfo
    fields: dict[str, Value] = field(default_factory=dict)

    @property
    def type(self) -> ApexType:
        """The object's own class."""
        return ApexType(self.cls.name)


@dataclass(eq=False)
class ApexThrown(Exception):
    """An Apex exception on its way to a ``catch``."""

    value: ApexObject
    """The exception as Apex sees it."""

    def __str__(self) -> str:
        return f"{self.value.cls.name}: {self.value.fields.get('message')}"


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One constant of an enum."""

    enum: str
    name: str
    ordinal: int

    @property
    def type(self) -> ApexType:
        """The enum."""
        return ApexType(self.enum)


@dataclass(frozen=True, slots=True)
class TypeValue:
    """``System.Type``: a class as a value."""

    of: ApexType

    @property
    def type(self) -> ApexType:
        """The type of types."""
        return ApexType("Type")


@dataclass(eq=False, slots=True)
class ApexList:
    """An Apex List, or array."""

    of: ApexType
    items: list[Value] = field(default_factory=list)
    queried: bool = False
    """Fresh from SOQL, so assignable to one record."""

    @property
    def type(self) -> ApexType:
        """``List<of>``."""
        return ApexType("List", (self.of,))

    def __iter__(self) -> Iterator[Value]:
        return iter(list(self.items))


@dataclass(eq=False, slots=True)
class ApexSet:
    """An Apex Set; keeps the order of insertion, as Apex does."""

    of: ApexType
    held: dict[Any, Value] = field(default_factory=dict)

    @property
    def type(self) -> ApexType:
        """``Set<of>``."""
        return ApexType("Set", (self.of,))

    def __iter__(self) -> Iterator[Value]:
        return iter(list(self.held.values()))


@dataclass(eq=False, slots=True)
class ApexMap:
    """An Apex Map; keeps the order of insertion, as Apex does."""

    key: ApexType
    value: ApexType
    held: dict[Any, tuple[Value, Value]] = field(default_factory=dict)

    @property
    def type(self) -> ApexType:
        """``Map<key, value>``."""
        return ApexType("Map", (self.key, self.value))


_PRIMITIVES: dict[type, ApexType] = {
    bool: ApexType("Boolean"),
    int: INTEGER,
    Long: ApexType("Long"),
    Decimal: ApexType("Decimal"),
    float: ApexType("Double"),
    str: STRING,
    Id: ID,
    bytes: ApexType("Blob"),
    date: ApexType("Date"),
    datetime: ApexType("Datetime"),
    time: ApexType("Time"),
}


PRIMITIVES: dict[str, ApexType] = {held.name: held for held in _PRIMITIVES.values()}
"""The one instance of each, so that equal types are mostly identical."""


def type_of(value: Value) -> ApexType:
    """Return the run-time type of a value that is not null."""
    found: ApexType = _PRIMITIVES.get(type(value)) or value.type
    return found


def apex_list(of: ApexType, items: Iterable[Value] = ()) -> ApexList:
    """Return a new List."""
    return ApexList(of, list(items))


@lru_cache(maxsize=65_536)
def id18(text: str) -> Id | None:
    """Return the 18-character form of an id, or None when it cannot be one.

    Source: https://help.salesforce.com/s/articleView?id=000385008
    """
    if len(text) not in (15, 18) or not (text.isascii() and text.isalnum()):
        return None
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    ends = ""
    for start in (0, 5, 10):
        bits = (text[start + place].isupper() << place for place in range(5))
        ends += letters[sum(bits)]
    return Id(text[:15] + ends)


def identity_of(value: Value) -> Any:  # noqa: ANN401, PLR0911 - keys of any kind
    """Return what makes two values one key of a Map or Set, or equal by ``equals``.

    Strings are compared with their case here, unlike ``==``. Objects that define ``equals`` are
    dealt with by the caller.
    """
    if value is None or isinstance(value, bool):
        return ("null-or-boolean", value)
    if isinstance(value, int | float | Decimal):
        return ("number", value)
    if isinstance(value, str):
        return ("string", str(value))
    if isinstance(value, ApexList):
        return ("list", tuple(identity_of(item) for item in value.items))
    if isinstance(value, ApexSet):
        return ("set", frozenset(value.held))
    if isinstance(value, ApexMap):
        return ("map", frozenset((key, identity_of(v)) for key, (_, v) in value.held.items()))
    own = getattr(value, "identity", None)
    if own is not None:
        return own()
    if isinstance(value, EnumValue | TypeValue | bytes | date | time):
        return ("value", value)
    return ("object", id(value))
