"""Which method a call means: overloads, overrides, the platform's methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from apex.emulator import registry
from apex.emulator.errors import IllegalApex
from apex.emulator.operations import custom_metadata
from apex.emulator.records import Record
from apex.emulator.system_exceptions import BASE, SYSTEM_EXCEPTIONS
from apex.emulator.values import ApexObject, ApexType, EnumValue, Value, apex_list, type_of
from apex.parser.tree import kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from apex.emulator.machine import Machine
    from apex.emulator.source.classes import ClassInfo, Method

ArgTypes: TypeAlias = "Sequence[ApexType | None]"
"""Types of arguments; None for a null whose type the source does not tell."""


def choose(m: Machine, candidates: Iterable[Method], types: ArgTypes) -> Method | None:
    """Return the overload that fits the arguments best; the first one of equals wins.

    Candidates come from the object's own class upwards, so an override is met before what it
    overrides.

    Raises:
        IllegalApex: two overloads of one class fit equally well.
    """
    best: list[tuple[int, Method]] = []
    for method in candidates:
        costs = _costs(m, method, types)
        if costs is None:
            continue
        if not best or costs < best[0][0]:
            best = [(costs, method)]
        elif costs == best[0][0] and method.owner is best[0][1].owner:
            best.append((costs, method))
    if len(best) > 1:
        raise IllegalApex(
            f"ambiguous call of {best[0][1].owner.name}.{best[0][1].name} at {m.place}"
        )
    return best[0][1] if best else None


def _costs(m: Machine, method: Method, types: ArgTypes) -> int | None:
    if len(method.parameters) != len(types):
        return None
    total = 0
    for parameter, given in zip(method.parameters, types, strict=True):
        if given is None:
            continue
        cost = m.types.cost(given, m.types.resolve(parameter.type, method.owner))
        if cost is None:
            return None
        total += cost
    return total


def call_on(m: Machine, value: Value, name: str, args: Sequence[Value], types: ArgTypes) -> Value:
    """Call an instance method of a value."""
    if value is None:
        raise m.null_pointer()
    if isinstance(value, ApexObject):
        method = find_method(m, value.cls, name, types)
        if method is not None:
            return m.call(method, value, args)
    return call_platform(m, value, name, args)


def find_method(m: Machine, info: ClassInfo, name: str, types: ArgTypes) -> Method | None:
    """Return the method of a class or the classes above it."""
    key = (info, name.lower(), tuple(types))
    if key not in m.types.chosen:
        candidates = (x for c in info.lineage() for x in c.methods.get(key[1], []))
        m.types.chosen[key] = choose(m, candidates, types)
    return m.types.chosen[key]


def platform_names(value: Value) -> list[str]:
    """Return the names under which the platform's methods of a value are registered."""
    if isinstance(value, ApexObject):
        return ["Exception", "Object"] if BASE in value.cls.lineage() else ["Object"]
    if isinstance(value, Record):
        return ["SObject", "Object"]
    names = registry.supertypes(type_of(value).name)
    return [*names, "Enum", "Object"] if isinstance(value, EnumValue) else [*names, "Object"]


def call_platform(m: Machine, value: Value, name: str, args: Sequence[Value]) -> Value:
    """Call a method that the platform gives a value."""
    for type_name in platform_names(value):
        entry = registry.TYPES.get(type_name.lower())
        member = registry.find_member(entry.methods, name, len(args)) if entry else None
        if member is not None:
            return member.call(m, value, *args)
    raise m.not_emulated(f"{type_of(value)}.{name} with {len(args)} arguments")


def call_static(
    m: Machine, owner: ApexType, name: str, args: Sequence[Value], types: ArgTypes
) -> Value:
    """Call ``Type.name(args)``."""
    info = m.types.class_of(owner)
    if info is not None:
        method = find_method(m, info, name, types)
        if method is not None and method.static:
            return m.call(method, None, args)
        if info.kind == "enum":
            return _enum_static(m, owner.name, enum_constants(m, owner), name, args)
        raise m.not_emulated(f"{owner.name}.{name} with {len(args)} arguments")
    held = m.program.schema.find(owner.name)
    if held is not None and held.is_metadata:
        return custom_metadata.call(m, held, name, args)
    entry = registry.TYPES.get(owner.name.lower())
    member = registry.find_member(entry.statics, name, len(args)) if entry else None
    if member is not None:
        return member.call(m, *args)
    if entry is not None and entry.constants:
        return _enum_static(m, owner.name, entry.constants, name, args)
    raise m.not_emulated(f"{owner.name}.{name} with {len(args)} arguments")


def enum_constants(m: Machine, owner: ApexType) -> tuple[EnumValue, ...]:
    """Return the constants of an enum; none when the type is no enum."""
    info = m.program.find(owner.name)
    if info is not None:
        return tuple(EnumValue(info.name, text, place) for place, text in enumerate(info.constants))
    entry = registry.TYPES.get(owner.name.lower())
    return entry.constants if entry else ()


def _enum_static(
    m: Machine, owner: str, constants: tuple[EnumValue, ...], name: str, args: Sequence[Value]
) -> Value:
    if name.lower() == "values" and not args:
        return apex_list(ApexType(owner), constants)
    if name.lower() == "valueof" and len(args) == 1:
        for constant in constants:
            if args[0] is not None and constant.name.lower() == str(args[0]).lower():
                return constant
        raise m.throw("NoSuchElementException", f"No enum constant {owner}.{args[0]}")
    raise m.not_emulated(f"{owner}.{name} with {len(args)} arguments")


def construct(
    m: Machine,
    info: ClassInfo,
    made: ApexObject,
    args: Sequence[Value],
    types: ArgTypes | None = None,
) -> None:
    """Run one class's constructor, what it calls first, and the initialisers between."""
    if info in SYSTEM_EXCEPTIONS.values():
        _fill_exception(m, made, args)
        return
    m.initialise(info)
    known = types if types is not None else [None if a is None else type_of(a) for a in args]
    chosen = choose(m, info.constructors, known)
    if chosen is None:
        _implicit_constructor(m, info, made, args)
        return
    first = _first_call(chosen)
    if first is None:
        if info.parent is not None:
            construct(m, info.parent, made, [])
        m.initialise_object(info, made)
    m.call(chosen, made, args)


def _implicit_constructor(
    m: Machine, info: ClassInfo, made: ApexObject, args: Sequence[Value]
) -> None:
    is_exception = BASE in info.lineage()
    if args and not (is_exception and len(args) <= 2):
        raise IllegalApex(f"no constructor of {info.name} fits {len(args)} arguments, at {m.place}")
    if info.constructors and not is_exception:
        raise IllegalApex(f"no constructor of {info.name} without arguments, at {m.place}")
    if info.parent is not None:
        construct(m, info.parent, made, args if is_exception else [])
    m.initialise_object(info, made)


def _first_call(method: Method) -> str | None:
    """Return whether a constructor begins with ``this(...)`` or ``super(...)``."""
    body = (method.body or {}).get("stmnts", [])
    if not body or kind(body[0]) != "Stmnt$ExpressionStmnt":
        return None
    name = kind(body[0]["expr"])
    return name if name in ("Expr$ThisMethodCallExpr", "Expr$SuperMethodCallExpr") else None


def _fill_exception(m: Machine, made: ApexObject, args: Sequence[Value]) -> None:
    made.fields.setdefault("message", None)
    made.fields.setdefault("place", m.place)
    for arg in args:
        if isinstance(arg, ApexObject):
            made.fields["cause"] = arg
        elif made.cls is not SYSTEM_EXCEPTIONS["aurahandledexception"]:
            # Its constructor's text is for the component; Apex reads what setMessage() was given.
            made.fields["message"] = arg
