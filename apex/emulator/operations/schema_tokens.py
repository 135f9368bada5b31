"""Tokens and describes of objects and fields: ``Account.Name``, ``Schema.SObjectType.Account``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from apex.emulator.values import ApexType

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.source.schema import FieldInfo, ObjectInfo


@dataclass(frozen=True, slots=True)
class ObjectToken:
    """``Schema.SObjectType``; its describe is the same value with another type."""

    info: ObjectInfo
    described: bool = False

    @property
    def type(self) -> ApexType:
        """Token or describe."""
        return ApexType("DescribeSObjectResult" if self.described else "SObjectType")

    def identity(self) -> tuple[str, str]:
        """One token per object."""
        return ("object", self.info.name)

    def to_text(self) -> str:
        """The object's name."""
        return self.info.name


@dataclass(frozen=True, slots=True)
class FieldToken:
    """``Schema.SObjectField``; its describe is the same value with another type."""

    owner: ObjectInfo
    info: FieldInfo
    described: bool = False

    @property
    def type(self) -> ApexType:
        """Token or describe."""
        return ApexType("DescribeFieldResult" if self.described else "SObjectField")

    def identity(self) -> tuple[str, str, str]:
        """One token per field."""
        return ("field", self.owner.name, self.info.name)

    def to_text(self) -> str:
        """The field's name."""
        return self.info.name


@dataclass(frozen=True, slots=True)
class FieldsOf:
    """``describe.fields``: leads to a field's describe, or to their map."""

    owner: ObjectInfo

    @property
    def type(self) -> ApexType:
        """A type that no source names."""
        return ApexType("SObjectTypeFields")


def describe_of(m: Machine, name: str) -> ObjectToken | None:
    """Return ``Schema.SObjectType.Name``."""
    info = m.program.schema.find(name)
    return ObjectToken(info, described=True) if info else None


def token_of(m: Machine, owner: ApexType, name: str) -> ObjectToken | FieldToken | None:
    """Return ``Account.SObjectType`` or ``Account.Name``."""
    info = m.program.schema.find(owner.name)
    if info is None:
        return None
    if name.lower() == "sobjecttype":
        return ObjectToken(info)
    held = info.fields.get(name.lower())
    return FieldToken(info, held) if held else None
