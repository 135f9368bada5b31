"""What an object and a field are, and the fields that every object has."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field of an object."""

    name: str
    kind: str = "string"
    """``string``, ``double``, ``int``, ``boolean``, ``date``, ``datetime``, ``reference``, ``id``
    or ``base64``."""

    length: int = 255
    """For ``string``: the longest value, in UTF-16 code units."""

    required: bool = False
    """Whether a new record must have a value, and keep one."""

    writable: str = "always"
    """``always``, ``create`` or ``never``."""

    default: object = None
    """The value of a new record that gives none; booleans are false then."""

    refers_to: tuple[str, ...] = ()
    """For ``reference``: the objects whose ids it holds."""

    relationship: str = ""
    """For ``reference``: how queries name the record it refers to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectType:
    """An object: what a record can be of."""

    name: str
    prefix: str
    """The first three characters of its ids."""

    fields: Mapping[str, Field]
    children: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By the relationship's name: the object of the children, and their field that refers here."""

    creatable: bool = True
    """Whether the REST interface creates, updates and deletes its records here."""

    name_field: str = "Name"
    """The field that names a record where it may be one of several objects."""

    def column(self, name: str) -> Field | None:
        """Return the field of that name, in any case."""
        found = self.fields.get(name)
        if found is None:
            same = (f for f in self.fields.values() if f.name.casefold() == name.casefold())
            found = next(same, None)
        return found

    def parent(self, relationship: str) -> Field | None:
        """Return the reference that queries name so, in any case."""
        wanted = relationship.casefold()
        return next(
            (f for f in self.fields.values() if f.relationship.casefold() == wanted and wanted),
            None,
        )


def reference(
    name: str, *refers_to: str, writable: str = "always", required: bool = False
) -> Field:
    """Return a field that holds the id of another record; ``AccountId`` is shown as ``Account``."""
    return Field(
        name=name,
        kind="reference",
        refers_to=refers_to,
        relationship=name.removesuffix("Id"),
        required=required,
        writable=writable,
    )


def texts(**lengths: int) -> Iterable[Field]:
    """Return text fields, each with its length."""
    return [Field(name=name, length=length) for name, length in lengths.items()]


def of_kind(kind: str, *names: str, writable: str = "always") -> Iterable[Field]:
    """Return fields of one kind."""
    return [Field(name=name, kind=kind, writable=writable) for name in names]


def by_name(*fields: Field) -> Mapping[str, Field]:
    """Return fields by their name."""
    return MappingProxyType({each.name: each for each in fields})


STANDARD: Final = (
    Field(name="Id", kind="id", writable="never"),
    Field(name="IsDeleted", kind="boolean", writable="never"),
    Field(name="CreatedDate", kind="datetime", writable="never"),
    reference("CreatedById", "User", writable="never"),
    Field(name="LastModifiedDate", kind="datetime", writable="never"),
    reference("LastModifiedById", "User", writable="never"),
    Field(name="SystemModstamp", kind="datetime", writable="never"),
)
"""Fields that every object has, kept by the org itself."""

OWNER: Final = reference("OwnerId", "User")
