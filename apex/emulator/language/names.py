"""What a dotted name means: a variable, a field, a class, a constant, a record's field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apex.emulator import registry
from apex.emulator.errors import IllegalApex
from apex.emulator.language import dispatch
from apex.emulator.operations.record_fields import read_record, write_record
from apex.emulator.operations.schema_tokens import describe_of, token_of
from apex.emulator.records import Record
from apex.emulator.values import ApexObject, ApexType, Value, type_of

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.transaction import Frame
    from apex.emulator.source.classes import ClassInfo, Field


@dataclass(frozen=True, slots=True)
class TypeName:
    """A name that is a type, on the way to a static member."""

    of: ApexType


def find_field(info: ClassInfo, this: ApexObject | None, name: str) -> Field | None:
    """Return the field that a simple name means inside a class: its own, inherited, or outer."""
    for each in info.lineage():
        held = each.fields.get(name)
        if held is not None and (held.static or this is not None):
            return held
    outer = info.outer
    while outer is not None:
        for each in outer.lineage():
            held = each.fields.get(name)
            if held is not None and held.static:
                return held
        outer = outer.outer
    return None


def start(m: Machine, frame: Frame, names: list[str]) -> tuple[Value | TypeName, list[str]]:
    """Return what the first name or names mean, and the names that are left.

    Raises:
        IllegalApex: nothing has that name.
    """
    variable = frame.find(names[0].lower())
    if variable is not None:
        return variable.value, names[1:]
    held = find_field(frame.cls, frame.this, names[0].lower())
    if held is not None:
        return m.read_field(held, frame.this, frame), names[1:]
    for length in range(len(names), 0, -1):
        found = m.types.named(".".join(names[:length]), frame.cls)
        if found is not None:
            return TypeName(found), names[length:]
    raise IllegalApex(f"no such name: {'.'.join(names)} at {m.place}")


def follow(m: Machine, frame: Frame, value: Value | TypeName, names: list[str]) -> Value | TypeName:
    """Return what names lead to, from a value or type."""
    for name in names:
        if isinstance(value, TypeName):
            value = static_member(m, frame, value.of, name)
        else:
            value = member(m, frame, value, name)
    return value


def static_member(m: Machine, frame: Frame, owner: ApexType, name: str) -> Value:
    """Return ``Type.name``: a static field, a constant, a token."""
    info = m.types.class_of(owner)
    if info is not None:
        for each in info.lineage():
            held = each.fields.get(name.lower())
            if held is not None and held.static:
                return m.read_field(held, None, frame)
    for constant in dispatch.enum_constants(m, owner):
        if constant.name.lower() == name.lower():
            return constant
    entry = registry.TYPES.get(owner.name.lower())
    found = entry.static_getters.get(name.lower()) if entry else None
    if found is not None:
        return found.call(m)
    token = describe_of(m, name) if owner.name == "SObjectType" else token_of(m, owner, name)
    if token is not None:
        return token
    raise m.not_emulated(f"{owner}.{name}")


def member(m: Machine, frame: Frame, value: Value, name: str) -> Value:
    """Return ``value.name``."""
    if value is None:
        raise m.null_pointer()
    if isinstance(value, ApexObject):
        return m.read_field(_own_field(m, value, name), value, frame)
    if isinstance(value, Record):
        return read_record(m, value, name)
    for type_name in registry.supertypes(type_of(value).name):
        entry = registry.TYPES.get(type_name.lower())
        if entry is not None and name.lower() in entry.getters:
            return entry.getters[name.lower()].call(m, value)
    raise m.not_emulated(f"{type_of(value)}.{name}")


def write_member(
    m: Machine, frame: Frame, owner: Value | TypeName, name: str, value: Value
) -> None:
    """Set ``owner.name``."""
    if owner is None:
        raise m.null_pointer()
    if isinstance(owner, TypeName):
        m.write_field(_static_field(m, owner.of, name), None, value, frame)
    elif isinstance(owner, ApexObject):
        m.write_field(_own_field(m, owner, name), owner, value, frame)
    elif isinstance(owner, Record):
        write_record(m, owner, name, value)
    else:
        entry = registry.TYPES.get(type_of(owner).name.lower())
        if entry is None or name.lower() not in entry.setters:
            raise m.not_emulated(f"setting {type_of(owner)}.{name}")
        entry.setters[name.lower()].call(m, owner, value)


def _own_field(m: Machine, value: ApexObject, name: str) -> Field:
    for each in value.cls.lineage():
        held = each.fields.get(name.lower())
        if held is not None:
            return held
    raise IllegalApex(f"{value.cls.name} has no field {name}, at {m.place}")


def _static_field(m: Machine, owner: ApexType, name: str) -> Field:
    info = m.types.class_of(owner)
    for each in info.lineage() if info else ():
        held = each.fields.get(name.lower())
        if held is not None and held.static:
            return held
    raise IllegalApex(f"{owner} has no static field {name}, at {m.place}")
