"""Where the platform's methods are written down, and found again by Apex name.

A function is registered under ``Type.member``. When its first parameter is called ``m`` it is given
the machine; then, for a method of an object, the object; then the arguments, whose number chooses
between overloads. A null is passed to a parameter that is declared as `Value` or with ``None``; to
any other it is a NullPointerException.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from apex.emulator.values import ApexType, EnumValue, Value

Function = Callable[..., Value]
_F = TypeVar("_F", bound=Function)
_ANY_NUMBER: Final = -1


class Thrower(Protocol):
    """What a member needs of the machine that it is called on."""

    def null_pointer(self) -> Exception:
        """Return what Apex throws at a null."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One overload of a platform method."""

    function: Function
    wants_machine: bool
    takes_null: tuple[bool, ...]
    """By parameter; the last one goes for all that follow."""

    def call(self, m: Thrower, *args: Value) -> Value:
        """Run it. A null where a value is needed is a NullPointerException."""
        for place, arg in enumerate(args):
            if arg is None and not self.takes_null[min(place, len(self.takes_null) - 1)]:
                raise m.null_pointer()
        return self.function(m, *args) if self.wants_machine else self.function(*args)


@dataclass(eq=False, slots=True)
class PlatformType:
    """What is known of one type of the platform; members by lower-case name and argument count."""

    name: str
    statics: dict[str, dict[int, Member]] = field(default_factory=dict)
    methods: dict[str, dict[int, Member]] = field(default_factory=dict)
    constructors: dict[int, Member] = field(default_factory=dict)
    getters: dict[str, Member] = field(default_factory=dict)
    setters: dict[str, Member] = field(default_factory=dict)
    static_getters: dict[str, Member] = field(default_factory=dict)
    constants: tuple[EnumValue, ...] = ()
    supertypes: tuple[str, ...] = ()


TYPES: Final[dict[str, PlatformType]] = {}
"""By lower-case name."""


def platform_type(name: str) -> PlatformType:
    """Return the entry of a type, made when there is none."""
    return TYPES.setdefault(name.lower(), PlatformType(name))


def find_member(table: dict[str, dict[int, Member]], name: str, count: int) -> Member | None:
    """Return the overload for so many arguments."""
    overloads = table.get(name.lower(), {})
    return overloads.get(count) or overloads.get(_ANY_NUMBER)


def static(path: str) -> Callable[[_F], _F]:
    """Register a static method, ``Type.name``."""
    return _registering(path, lambda entry, name: entry.statics.setdefault(name, {}), 0)


def method(path: str) -> Callable[[_F], _F]:
    """Register a method of an object, ``Type.name``."""
    return _registering(path, lambda entry, name: entry.methods.setdefault(name, {}), 1)


def constructor(name: str, *, takes: int | None = None) -> Callable[[_F], _F]:
    """Register ``new Type(...)``; ``takes`` says how many arguments when the signature does not."""
    if takes is None:
        return _registering(f"{name}.new", lambda entry, _: entry.constructors, 0)

    def register(function: _F) -> _F:
        platform_type(name).constructors[takes] = _member(function)[0]
        return function

    return register


def getter(path: str) -> Callable[[_F], _F]:
    """Register a property that can be read."""
    return _property(path, lambda entry: entry.getters)


def setter(path: str) -> Callable[[_F], _F]:
    """Register a property that can be written."""
    return _property(path, lambda entry: entry.setters)


def static_getter(path: str) -> Callable[[_F], _F]:
    """Register a static property, ``Type.name``."""
    return _property(path, lambda entry: entry.static_getters)


def enum(name: str, *constants: str) -> None:
    """Register an enum of the platform."""
    entry = platform_type(name)
    entry.constants = tuple(EnumValue(name, text, place) for place, text in enumerate(constants))


def interface(*names: str) -> None:
    """Register interfaces that user classes may implement."""
    for name in names:
        platform_type(name)


def platform_enum(name: str, constant: str) -> EnumValue:
    """Return a constant of an enum of the platform."""
    return next(c for c in TYPES[name.lower()].constants if c.name == constant)


def supertypes(name: str) -> list[str]:
    """Return the type's name and those of the types above it, nearest first."""
    entry = TYPES.get(name.lower())
    return [name, *(entry.supertypes if entry else ())]


def canonical(name: str) -> str | None:
    """Return a platform type's name as the platform writes it, or None."""
    found = TYPES.get(name.lower())
    return found.name if found else None


def _member(function: Function) -> tuple[Member, int]:
    parameters = list(inspect.signature(function).parameters.values())
    wants = bool(parameters) and parameters[0].name == "m"
    given = parameters[wants:]
    any_number = any(each.kind is each.VAR_POSITIONAL for each in given)
    return Member(function, wants, tuple(map(_takes_null, given))), (
        _ANY_NUMBER if any_number else len(given)
    )


def _takes_null(parameter: inspect.Parameter) -> bool:
    return parameter.annotation == "Value" or "None" in str(parameter.annotation)


def _registering(
    path: str, table: Callable[[PlatformType, str], dict[int, Member]], receivers: int
) -> Callable[[_F], _F]:
    type_name, _, name = path.rpartition(".")

    def register(function: _F) -> _F:
        member, count = _member(function)
        held = table(platform_type(type_name), name.lower())
        if count == _ANY_NUMBER:
            held[_ANY_NUMBER] = member
            return function
        optional = sum(
            1 for p in inspect.signature(function).parameters.values() if p.default is not p.empty
        )
        for fewer in range(optional + 1):
            held[count - receivers - fewer] = member
        return function

    return register


def _property(path: str, table: Callable[[PlatformType], dict[str, Member]]) -> Callable[[_F], _F]:
    type_name, _, name = path.rpartition(".")

    def register(function: _F) -> _F:
        table(platform_type(type_name))[name.lower()] = _member(function)[0]
        return function

    return register


def typed(name: str, *args: str) -> ApexType:
    """Return a type from names: ``typed("List", "String")``."""
    return ApexType(name, tuple(ApexType(arg) for arg in args))
