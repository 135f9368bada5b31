"""The objects whose records can be created and queried, and their fields.

Source: object reference for the Salesforce platform, cut to what functions use most.
"""

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

    refers_to: str = ""
    """For ``reference``: the object whose ids it holds."""

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


def reference(name: str, refers_to: str, relationship: str, *, writable: str = "always") -> Field:
    """Return a field that holds the id of another record."""
    return Field(
        name=name,
        kind="reference",
        refers_to=refers_to,
        relationship=relationship,
        writable=writable,
    )


def by_name(fields: Iterable[Field]) -> Mapping[str, Field]:
    """Return fields by their name."""
    return MappingProxyType({each.name: each for each in fields})


STANDARD: Final = (
    Field(name="Id", kind="id", writable="never"),
    Field(name="IsDeleted", kind="boolean", writable="never"),
    Field(name="CreatedDate", kind="datetime", writable="never"),
    reference("CreatedById", "User", "CreatedBy", writable="never"),
    Field(name="LastModifiedDate", kind="datetime", writable="never"),
    reference("LastModifiedById", "User", "LastModifiedBy", writable="never"),
    Field(name="SystemModstamp", kind="datetime", writable="never"),
)
"""Fields that every object has, kept by the org itself."""

_OWNER: Final = reference("OwnerId", "User", "Owner")

_ACCOUNT: Final = ObjectType(
    name="Account",
    prefix="001",
    fields=by_name(
        (
            *STANDARD,
            _OWNER,
            Field(name="Name", required=True),
            Field(name="AccountNumber", length=40),
            Field(name="AnnualRevenue", kind="double"),
            Field(name="BillingCity", length=40),
            Field(name="BillingCountry", length=80),
            Field(name="Description", length=32_000),
            Field(name="Industry"),
            Field(name="NumberOfEmployees", kind="int"),
            reference("ParentId", "Account", "Parent"),
            Field(name="Phone", length=40),
            Field(name="Type"),
            Field(name="Website"),
        )
    ),
    children=MappingProxyType(
        {"ChildAccounts": ("Account", "ParentId"), "Contacts": ("Contact", "AccountId")}
    ),
)
_CONTACT: Final = ObjectType(
    name="Contact",
    prefix="003",
    fields=by_name(
        (
            *STANDARD,
            _OWNER,
            reference("AccountId", "Account", "Account"),
            Field(name="Birthdate", kind="date"),
            Field(name="Description", length=32_000),
            Field(name="Email", length=80),
            Field(name="EmailBouncedDate", kind="datetime"),
            Field(name="FirstName", length=40),
            Field(name="HasOptedOutOfEmail", kind="boolean"),
            Field(name="LastName", length=80, required=True),
            Field(name="MailingCity", length=40),
            Field(name="Name", length=121, writable="never"),
            Field(name="Phone", length=40),
            Field(name="Title", length=128),
        )
    ),
)
_CONTENT_DOCUMENT: Final = ObjectType(
    name="ContentDocument",
    prefix="069",
    creatable=False,  # the platform makes one for the first version of a file
    fields=by_name((*STANDARD, _OWNER, Field(name="Title", writable="never"))),
    children=MappingProxyType({"ContentVersions": ("ContentVersion", "ContentDocumentId")}),
)
_CONTENT_VERSION: Final = ObjectType(
    name="ContentVersion",
    prefix="068",
    fields=by_name(
        (
            *STANDARD,
            _OWNER,
            reference("ContentDocumentId", "ContentDocument", "ContentDocument", writable="create"),
            Field(name="ContentSize", kind="int", writable="never"),
            Field(name="Description", length=1000),
            Field(name="PathOnClient", length=500, required=True, writable="create"),
            Field(name="Title"),
            Field(name="VersionData", kind="base64", required=True, writable="create"),
        )
    ),
)
_USER: Final = ObjectType(
    name="User",
    prefix="005",
    creatable=False,  # the control API does that
    fields=by_name(
        (
            Field(name="Id", kind="id", writable="never"),
            Field(name="IsActive", kind="boolean", writable="never"),
            Field(name="Name", length=121, writable="never"),
            Field(name="Username", length=80, writable="never"),
        )
    ),
)

OBJECTS: Final = (_ACCOUNT, _CONTACT, _CONTENT_DOCUMENT, _CONTENT_VERSION, _USER)
"""Every object but AsyncFunctionInvocationRequest__c, which is a module of its own."""


def object_type(name: str) -> ObjectType | None:
    """Return the object of that name, spelled exactly so."""
    return next((each for each in OBJECTS if each.name == name), None)
